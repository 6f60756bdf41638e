"""Glossary: what every metric and every word of the pages means, with a search."""

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.components.blocks import lead, marked
from dashboards.components.view import DATA, Page, View
from pipelines.contract.metrics import DEFINITIONS
from pipelines.contract.terms import TERMS

#: Longest search that is taken from the address.
_LONGEST = 80


def render(view: View) -> list[Component]:
    """The page. ``entry`` in the address names what stands first, ``search`` what is searched. Raises AddressError."""
    entries = {each.number: _entry(each.number, each.name, "", each.text) for each in DEFINITIONS}
    entries |= {each.key: _entry("", each.plain, each.term, each.text) for each in TERMS}
    names = {each.number: each.name for each in DEFINITIONS} | {each.key: each.plain for each in TERMS}
    chosen = view.choice("entry", {"": None, **entries}, "")
    asked = (view.selection.argument("search") or "")[:_LONGEST]
    line = dcc.Input(type="search", id="glossary-search", value=asked, placeholder="Search", maxLength=_LONGEST)
    terms = sorted((each.key for each in TERMS), key=lambda key: names[key].lower())
    first = [html.Div(entries[chosen], className="panel chosen-entry")] if chosen else []
    return [
        lead(
            names[chosen] if chosen else "What the words and numbers mean",
            "Metrics have a number, which stands beside every figure. Statistical terms have a plain name on the pages.",
        ),
        *first,
        html.Section(
            [
                html.Label([html.Span("Search the glossary"), line], className="field search-line"),
                html.P("Nothing of that name.", className="unmatched", role="status", hidden=True),
                html.H2("Words"),
                html.Div([entries[key] for key in terms], className="term-list"),
                html.H2("Metrics"),
                html.Div([entries[each.number] for each in DEFINITIONS], className="term-list"),
            ],
            className="searched",
            **marked(data_search=asked),
        ),
    ]


def _entry(number: str, name: str, term: str, text: str) -> Component:
    said: list[Component | str] = [html.Strong(name)]
    said += [" ", html.Span(number, className="metric")] if number else []
    said += [html.Span(f" {term}", className="basis")] if term else []
    return html.Div([html.H3(said), html.P(text)], className="term-entry")


PAGE = Page(
    "/glossary",
    "Glossary",
    "What do the words and numbers mean?",
    render,
    weekly=False,
    filtered=False,
    group=DATA,
)
