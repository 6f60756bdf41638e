"""What do claims of resolution hold?"""
