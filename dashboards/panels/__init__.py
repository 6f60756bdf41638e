"""Panels that several pages and the report share: a figure with its sentence, its metric number and the table behind it."""
