"""The application's pages: a view of a snapshot in, Dash components out.

Belongs here: layout and wording of a page. Does not belong here: reading files, computing numbers, serving.

To add a page, write ``pages/<name>.py`` with one ``PAGE = Page(path, name, question, render)`` (see ``dashboards.components.view``)
and enter it in ``_IN_ORDER``; navigation, filters, banner, messages and the kept copy come with it. ``render`` gets a
``View``: ``view.results`` (weekly results of the chosen contacts), ``view.frames`` (the tables of statistics),
``view.queries.frame(sql, parameters)`` for any published table by name, ``view.choice`` and ``view.number`` for the
page's own arguments in the address, ``view.here`` for links that change them, ``links.cases_link`` for the cases behind
a figure. Numbers come as typed results from a module outside ``pages``; ``components.panel`` draws a figure with its
sentence, metric number and table. A page that knows single contacts says ``audience="analyst"``; one that must not be
kept (it depends on the reader or on what was written since the night) says ``keep=False``.
"""

from dashboards.components.view import Page
from dashboards.pages.audit import page as audit
from dashboards.pages.calibration import page as calibration
from dashboards.pages.cases import case_page, list_page, review_page
from dashboards.pages.compare import page as compare
from dashboards.pages.complaints import page as complaints
from dashboards.pages.data_quality import page as data_quality
from dashboards.pages.divergence import page as divergence
from dashboards.pages.glossary import page as glossary
from dashboards.pages.handoffs import page as handoffs
from dashboards.pages.overview import page as overview
from dashboards.pages.people import page as people
from dashboards.pages.promises import page as promises
from dashboards.pages.repeats import page as repeats
from dashboards.pages.resolution import page as resolution
from dashboards.pages.segments import page as segments
from dashboards.pages.sentiment import page as sentiment

_IN_ORDER: tuple[Page, ...] = (
    overview.PAGE,
    resolution.PAGE,
    divergence.PAGE,
    segments.PAGE,
    compare.PAGE,
    repeats.PAGE,
    sentiment.PAGE,
    complaints.PAGE,
    calibration.PAGE,
    handoffs.PAGE,
    promises.PAGE,
    people.PAGE,
    list_page.PAGE,
    case_page.PAGE,
    review_page.PAGE,
    data_quality.PAGE,
    glossary.PAGE,
    audit.PAGE,
)

#: Pages by the path at which they stand, in the order of the navigation.
PAGES: dict[str, Page] = {page.path: page for page in _IN_ORDER}

__all__ = ["PAGES"]
