"""Which contacts end at the regulator? (M8)"""
