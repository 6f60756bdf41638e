"""Sentiment of what customers said: the embedded text model, other models by configuration, and language detection.

Training, quantisation and evaluation live here too, beside what they make; they need the extra ``torch`` and run by
hand. Reading texts from the warehouse and caching their scores does not belong here.
"""
