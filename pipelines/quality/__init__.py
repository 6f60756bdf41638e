"""The audit between write and publish: which checks a table must pass, and Great Expectations running them in the database.

``rules`` states the checks (most of them derived from the contract), ``auditor`` runs them, ``data_docs`` keeps what they
found as files for people (``data_docs_page`` makes one page, ``data_docs_look`` holds its templates). What a failure does
is the check's severity: ``blocking`` keeps the night from publishing, ``warning`` is shown and changes nothing.
"""
