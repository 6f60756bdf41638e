"""Typed results from published frames: rates with intervals, averages, targets and data quality. No wording, no drawing."""
