"""Is the AI as often right as it says? (M9)"""
