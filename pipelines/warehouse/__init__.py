"""The engine behind the SQL models: a DuckDB file that one process writes.

``landing`` holds what was read (typed, pseudonymised, redacted), ``resolve_versions`` decides which version of a record
counts and balances the ledger, ``models`` runs the SELECTs of ``sql/``. No metric is defined here.
"""
