"""The faces: a Dash application and a weekly report, both drawn from a published snapshot and nothing else.

Where to find what:

- ``frames``    what the faces read of a snapshot, of all contacts or of those that filters leave; ``queries`` asks the same
  snapshot by SQL and keeps answers; ``remembering`` is the store that keeps them
- ``filters``, ``selection``  what can be filtered by, and how a choice stands in the address
- ``weeks``     ISO weeks in the business time zone
- ``measures``  frames → typed weekly results (rates with intervals, maturity); ``sentiment`` those of sentiment
- ``cases``, ``quality``  flagged contacts; ledger, checks and the last run's outcome, as typed results
- ``evidence/``  tables of statistics → their headlines, typed, and as statements; ``evidence_panels`` draws them
- ``tiles``, ``voice``, ``wording``, ``glossary``  results → words: figures as people read them, what customers said in
  sentences, definitions by metric number
- ``panels``, ``sentiment_panels``  a figure with its sentence and the table behind it
- ``figures/``  frame → Plotly figure, pure; ``links`` leads from a point or a row to the cases behind it
- ``casebook/`` single cases as typed results; ``dispositions`` is what reviewers decide, left for the next night;
  ``case_routes`` are the search, the download and the forms
- ``report/``   the weekly report: typed results → JSON and one self-contained HTML page
- ``pages/``    pages of the application (its docstring says how to add one); ``view`` is what a page is given; ``app``
  serves them, ``access`` says to whom

Does not belong here: the warehouse, SQL, reading landing files, computing outcomes. A number that a face shows is a
sum of published counts or a published value; what it means is defined by its metric number.
"""
