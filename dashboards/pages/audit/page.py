"""Audit log: who opened which case, looked for a customer, judged, downloaded, logged in or was refused, and when."""

from collections.abc import Mapping
from typing import get_args

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.access import AuditEntry, read_audit
from dashboards.access.audit import Action
from dashboards.casebook.safe_text import name
from dashboards.components.blocks import aria_label, choices, lead, table
from dashboards.components.view import DATA, Page, View
from dashboards.panels.panel import Table

PAGE_ENTRIES = 100
#: Entries that are looked through, from the latest back; the files hold the earlier ones.
MOST_ENTRIES = 10_000
_ACTIONS: Mapping[str, str] = {"": "all", **{each: each for each in get_args(Action)}}


def render(view: View) -> list[Component]:
    """The page. Raises AddressError."""
    action, who = view.choice("action", _ACTIONS, ""), view.selection.argument("name") or ""
    entries = read_audit(view.data_dir, MOST_ENTRIES)
    found = [each for each in entries if action in ("", each.action) and who in ("", each.name)]
    pages = max(-(-len(found) // PAGE_ENTRIES), 1)
    number = min(view.number("page", 1), pages)
    rows = found[(number - 1) * PAGE_ENTRIES : number * PAGE_ENTRIES]
    people = {
        "": "everybody",
        **{each: name(each, 40) or "nobody" for each in sorted({e.name for e in entries if e.name})[:30]},
    }
    links: list[Component] = []
    links += [dcc.Link("Later entries", href=view.here({"page": str(number - 1)}))] if number > 1 else []
    links.append(html.Span(f"Page {number} of {pages}"))
    links += [dcc.Link("Earlier entries", href=view.here({"page": str(number + 1)}))] if number < pages else []
    return [
        lead(
            f"{wording.count(len(found))} entr{'y' if len(found) == 1 else 'ies'} of the audit log.",
            "Latest first. Customers who were searched for appear by pseudonym only; the files below audit/ in the data "
            f"folder hold everything{', of which the latest 10,000 entries are looked through here' if len(entries) == MOST_ENTRIES else ''}.",
        ),
        choices("Action", view, "action", _ACTIONS, action),
        *([choices("Who", view, "name", people, who)] if len(people) > 2 or who else []),
        html.Div(table(_rows(rows, view.frames.time_zone), words=True), className="panel wide log")
        if rows
        else html.P("Nothing of this kind was logged.", className="sub"),
        html.Nav(links, className="pager", **aria_label("Pages of the log")),
    ]


def _rows(entries: list[AuditEntry], time_zone: str) -> Table:
    rows = tuple(
        (
            wording.short_moment(each.at, time_zone),
            name(each.action, 40),
            name(each.name, 60) or wording.MISSING,
            name(each.role, 20) or wording.MISSING,
            name(each.address, 60) or wording.MISSING,
            "; ".join(
                f"{name(key, 40)} {name(str(value), 120)}" for key, value in each.facts.items() if value is not None
            )
            or wording.MISSING,
        )
        for each in entries
    )
    return Table(("When", "What", "Who", "Role", "From", "About"), rows, f"Times of {time_zone}.")


PAGE = Page(
    "/audit",
    "Audit log",
    "Who looked at what, and when?",
    render,
    audience="admin",
    weekly=False,
    filtered=False,
    keep=False,
    group=DATA,
)
