"""Blocks that every page is built of: the shell around it, links, forms, drill-down, weekly panels, and what a page is given."""
