"""The weekly report: typed results → JSON → one self-contained HTML page.

``content`` decides what is said, ``page`` how it looks, ``write`` puts both files in place. The page carries plotly.js
inlined once (about 4.8 MB) rather than static pictures: the figures are then the very ones of the application, with n
and interval on hover, and no Chromium is needed to make a report. Nothing in the page asks the network for anything.
"""

from dashboards.report.write import write_report
from dashboards.weeks import ReportError, Week, parse_week

__all__ = ["ReportError", "Week", "parse_week", "write_report"]
