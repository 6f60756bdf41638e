"""How are we doing?"""
