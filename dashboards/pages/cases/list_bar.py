"""From a case to the one before and after it in its list, and back to the list: by button and by key."""

from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.casebook.case_query import CaseQuery
from dashboards.casebook.flags import PAGE_ROWS
from dashboards.casebook.key import CaseKey
from dashboards.casebook.neighbours import Neighbour, Neighbours, in_flag_list, in_work_list
from dashboards.casebook.verdicts import Recorded
from dashboards.casebook.worklist import work_list
from dashboards.components.blocks import aria_label
from dashboards.components.forms import on_key, shown_key
from dashboards.components.links import case_link, judge_link
from dashboards.components.view import View
from dashboards.pages.cases.address import list_view, read_case_query
from dashboards.pages.cases.reader import reader_name, today

#: Rows of a list that can be named in an address.
_MOST_PLACES = 999_999


def list_text(view: View) -> str:
    """The own arguments of a list as they go along in the address of a case."""
    return urlencode(sorted((name, value) for name, value in view.selection.arguments if name != "page"))


def list_bar(view: View, key: CaseKey, recorded: Recorded) -> list[Component]:
    """Nothing where the case was not opened from a list. Raises AddressError where that list means nothing."""
    text = view.selection.argument("list")
    if text is None:
        return []
    of_list = list_view(view, text)
    asked = read_case_query(of_list)
    place = view.number("place", 0, least=0, most=_MOST_PLACES)
    found = _neighbours(of_list, asked, recorded, key, place)
    page = None if asked.work or place < PAGE_ROWS else str(place // PAGE_ROWS + 1)
    links = [_link(dcc.Link("Back to the list", href=of_list.here({"page": page})), "l")]
    links += [_link(dcc.Link("Previous", href=_href(view, asked, found.previous, text)), "k")] if found.previous else []
    links += [_link(dcc.Link("Next", href=_href(view, asked, found.next, text)), "j")] if found.next else []
    words = found.words if found.next else f"{found.words}; nothing comes after it".removeprefix("; ")
    return [
        html.Nav([*links, html.Span(words)], className="list-bar", **aria_label("In the list")),
    ]


#: What the keys of a list do on a page of a case, and in the list itself.
CASE_KEYS = (("j", "next"), ("k", "previous"), ("l", "back to the list"))
LIST_KEYS = (("s", "start with the first"), ("j", "down"), ("k", "up"), ("Enter", "open"))


def keys_line(*known: tuple[str, str]) -> Component:
    """The keys of the page, each with what it does, and the way to turn them off."""
    parts = [html.Span([html.Kbd(key), f" {what}"]) for key, what in known]
    switch = html.Button("Turn keys off", type="button", className="keys-switch", disable_n_clicks=True)
    return html.P([html.Span("Keys"), *parts, switch], className="keys")


def _neighbours(of_list: View, asked: CaseQuery, recorded: Recorded, key: CaseKey, place: int) -> Neighbours:
    if asked.work:
        found = work_list(of_list.queries, of_list.data_dir, asked, recorded, reader_name(), today=today(of_list))
        return in_work_list(found, key)
    return in_flag_list(of_list.queries, asked, recorded, key, place)


def _href(view: View, asked: CaseQuery, other: Neighbour, text: str) -> str:
    """Cases of a work list are judged before they are read, unless the list showed what their flags say."""
    place = None if other.place is None else str(other.place)
    blind = asked.work and list_view(view, text).selection.argument("wording") != "shown"
    return (judge_link if blind else case_link)(view, other.key, list=text, place=place)


def _link(link: Component, key: str) -> Component:
    return html.Span([link, *shown_key(key)], **on_key(key))
