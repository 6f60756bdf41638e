"""Words → numbers: sentiment of what customers said (the embedded model, other models by configuration), language detection,
and the sentence encoder with the rule that tells who says again after a handoff what they had said before it (M7, M11).

Training, quantisation and evaluation live here too, beside what they make; they need the extra ``torch`` and run by
hand. Reading texts from the warehouse and caching their scores does not belong here.
"""
