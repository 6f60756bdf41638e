"""How do customers feel afterwards? (M7)"""
