"""Can the numbers be trusted?"""
