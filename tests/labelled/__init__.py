"""Conversations labelled by hand, against which what is read out of texts is measured; ``README.md`` is the guide."""
