"""How do two segments, two periods or two snapshots differ? (M16)"""
