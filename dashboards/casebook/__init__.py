"""Single cases as typed results: which are asked for, a page of them, and one in full.

- ``asked``       what a page's address asks for, checked
- ``key``         what names a case
- ``verdicts``    what reviewers said of flags: counted by a night, or recorded since; ``history`` all of it of one flag
- ``flags``       flagged contacts: how many, and any stretch of them in order
- ``customers``   contacts of one customer or of one id; the pseudonym of an id that somebody typed
- ``case``        one contact with everything that belongs to it; ``timeline`` puts it in the order of time,
  ``transcript`` reads what was said
- ``evidence``    evidence of a flag as people read it; ``visible`` text of the data as text, nothing of it unseen
- ``claims``      the claims that are to be reviewed

Does not belong here: components, routes, what is written (``dashboards.casebook.review_log``).
"""
