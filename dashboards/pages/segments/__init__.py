"""Why did the outcome of a segment change, and since when? (M16)"""
