"""The one reader of a published snapshot for pages and report: its tables, queries over them, filters and the address."""
