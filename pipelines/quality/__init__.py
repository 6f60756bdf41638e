"""The audit between write and publish: which checks a table must pass, and Great Expectations running them in the database.

``rules`` states the checks (most of them derived from the contract), ``expectations`` what Great Expectations is asked,
``auditor`` runs them, ``data_docs`` keeps what they found as files for people, drawn from ``pages/``. What a failure does
is the check's severity: ``blocking`` keeps the run from publishing, ``warning`` is shown and changes nothing.
"""
