"""The application's pages: what was read of a snapshot and a selection in, Dash components out.

Belongs here: layout and wording of a page. Does not belong here: reading files, computing numbers, serving.
Each page has a ``render`` function; ``app`` finds it by path in ``PAGES``.
"""

from dashboards.pages import overview

#: Pages by the path at which they stand.
PAGES = {"/": overview.render}

__all__ = ["PAGES"]
