"""Who had to come back? (M2, M4)"""
