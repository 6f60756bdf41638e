"""Snapshots that hold complaints or survey answers and no contacts"""
