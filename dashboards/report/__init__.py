"""The weekly report: typed results → JSON → two pages that an executive reads in three minutes, and an appendix.

- ``executive_summary``, with ``headline``, ``numbers``, ``rate_change``, ``diverging_segments``, ``related_findings``,
  ``handoffs_and_promises``, ``week_over_week``: what the two pages say
- ``content``: summary and appendix, typed; ``without_contacts``: the report of complaints and survey answers alone;
  ``basis``: what both begin with, and how they become JSON
- ``pictures``, ``page`` and the templates: how it looks; ``chromium``, ``printing``: on paper and as pictures
- ``mail``, ``delivery``: as a mail; ``write``: all of it in place

The page is one file. Its two pages need no script; the appendix carries plotly.js inlined once (about 4.8 MB), so that its
figures are the very ones of the application, with n and interval on hover. Nothing in it asks the network for anything.
"""

from dashboards.report.chromium import PrintingError
from dashboards.report.delivery import DeliveryError
from dashboards.report.mail import MailError
from dashboards.report.write import PublishedReport, publish_report, write_report
from dashboards.wording.weeks import ReportError, Week, parse_week

__all__ = [
    "DeliveryError",
    "MailError",
    "PrintingError",
    "PublishedReport",
    "ReportError",
    "Week",
    "parse_week",
    "publish_report",
    "write_report",
]
