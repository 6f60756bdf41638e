"""Where do the usual figures and the outcomes diverge? (M16)"""
