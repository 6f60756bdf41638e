"""One module per input format: bytes → raw canonical rows, and the registry of formats.

A reader knows its format and the contract, nothing of the warehouse. It hands over *raw* values (text as
it stood in the file, or native Parquet types); typing, range checks, pseudonyms, redaction, winners and the
ledger are the same for every format and happen once, in ``pipelines.warehouse``.
"""
