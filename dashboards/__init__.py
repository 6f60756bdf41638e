"""Dashboards and weekly report, both drawn from a published snapshot and nothing else.

Where to find what, lowest first; each room may know those above it in this list:

- ``wording``     numbers, dates, display names and the sentences of findings: values → text
- ``access``      who may see the application, and the audit log
- ``figures``     frame → Plotly figure, pure
- ``snapshot``    the one reader of snapshots: tables as frames, SQL over them with a result cache, filters, the address,
  the snapshot of a week ago
- ``results``     counts and published rates as typed results: weekly rates, sentiment, complaints, data quality, targets
- ``findings``    tables of statistics → typed headlines and statements, shared by pages and report
- ``casebook``    single cases and their flags, claims and verdicts
- ``panels``      a figure with its sentence and the table behind it; tiles
- ``components``  Dash building blocks, links to cases, the frame of a page
- ``report``      the weekly report: typed results → JSON, HTML, PDF, mail
- ``pages``       one folder a question; its docstring says how to add one
- ``serving``     beside pages: files without data, compression, a chart's table as CSV
- ``app``         serves the pages

Does not belong here: the warehouse, reading landing files, computing outcomes. A number that is shown is a sum of
published counts or a published value; what it means is defined by its metric number.
"""
