"""Single cases as typed results: which are asked for, a page of them, and one in full.

- ``case_query``  what a page's address asks for, checked
- ``key``         what names a case
- ``verdicts``    what reviewers said of flags: counted by a night, or recorded since; ``history`` all of it of one flag
- ``flags``       flagged contacts: how many, and any stretch of them in order
- ``customers``   contacts of one customer or of one id; the pseudonym of an id that somebody typed
- ``case``        one contact with everything that belongs to it; ``timeline`` puts it in the order of time,
  ``transcript`` reads what was said
- ``flag_evidence``  evidence of a flag as people read it; ``safe_text`` text of the data as text, nothing of it unseen
- ``claims``      the claims that are to be reviewed
- ``worklist``    the cases that wait, in order; ``new_flags`` what the last night brought, ``neighbours`` before and after a case
- ``blind``       a case without what would anchor a reviewer
- ``search``      words in transcripts of flagged contacts; ``transcript_index`` the index that finds them

What is written: ``review_log`` (verdicts, which a night reads), ``casework`` (assignees, due dates, notes, saved views).
Does not belong here: components, routes.
"""
