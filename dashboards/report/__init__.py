"""The weekly report: typed results → JSON → two pages that an executive reads in three minutes, and an appendix.

- ``executive_summary``, with ``headline``, ``week_over_week``, ``diverging_segments``, ``cost``, ``related_findings``,
  ``actions``, ``numbers``, ``rate_change``, ``handoffs_and_promises``: what the two pages say
- ``content``: summary and appendix, typed, of all contacts or of a part; ``without_contacts``: the report of complaints and
  survey answers alone; ``basis``: what all begin with, and how they become JSON
- ``pictures``, ``charts``, ``page`` and the templates: how it looks; ``chromium``, ``printing``: on paper and as pictures;
  ``links``: to the dashboards
- ``mail``, ``mailing``, ``delivery``: as mails, to whom; ``write``: all of it in place; ``archive``: what was written

The page is one file without a script: its charts are SVG, each with its words and the table behind it. Nothing in it asks the
network for anything.
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
