"""Which contacts should a person look at? (M15)"""
