"""The faces: a Dash application and a weekly report, both drawn from a published snapshot and nothing else.

Where to find what:

- ``frames``    what the faces read of a snapshot, and the only place that touches its tables
- ``weeks``     ISO weeks in the business time zone
- ``measures``  frames → typed weekly results (rates with intervals, maturity); ``sentiment`` those of sentiment
- ``cases``, ``quality``  flagged contacts; ledger, checks and the last run's outcome, as typed results
- ``evidence/``  tables of statistics → their headlines, typed, and as statements; ``evidence_panels`` draws them
- ``tiles``, ``voice``, ``wording``, ``glossary``  results → words: figures as people read them, what customers said in
  sentences, definitions by metric number
- ``panels``, ``sentiment_panels``  a figure with its sentence and the table behind it
- ``figures/``  frame → Plotly figure, pure
- ``report/``   the weekly report: typed results → JSON and one self-contained HTML page
- ``pages/``    pages of the application; ``app`` serves them, ``access`` says to whom

Does not belong here: the warehouse, SQL, reading landing files, computing outcomes. A number that a face shows is a
sum of published counts or a published value; what it means is defined by its metric number.
"""
