"""Pages of a snapshot that holds no contacts: what it does hold, and what only contacts could tell."""

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.components.blocks import lead, panel, table
from dashboards.components.view import View
from dashboards.panels.received import about_tables, answers_panel, complaints_received_panel
from dashboards.results.received import NO_CONTACTS, Answers, Complaints, ReceivedRecords, counted, received


def received_here(view: View) -> ReceivedRecords:
    """What arrived in the chosen number of weeks up to the latest in which anything did."""
    weeks = received(view.frames).weeks
    return received(view.frames, weeks[-1], view.selection.weeks) if weeks else ReceivedRecords(None, None)


def overview_without_contacts(view: View) -> list[Component]:
    found = received_here(view)
    parts = [each for each in (found.complaints, found.answers) if each is not None]
    if not parts:
        return [lead("There are no contacts here yet", f"{NO_CONTACTS} Nothing else arrived either.")]
    return [
        lead(parts[0].sentence, " ".join([*(each.sentence for each in parts[1:]), NO_CONTACTS])),
        *(complaints_section(found.complaints) if found.complaints else []),
        *(answers_section(found.answers) if found.answers else []),
        html.P(dcc.Link("How the data came in", href=view.at("/data-quality")), className="sub"),
    ]


def complaints_without_contacts(view: View) -> list[Component]:
    found = received_here(view).complaints
    if found is None:
        return [lead("No complaints are known here", NO_CONTACTS)]
    return [lead(found.sentence, NO_CONTACTS), *complaints_section(found)]


def answers_without_contacts(view: View) -> list[Component]:
    found = received_here(view).answers
    if found is None:
        return [lead("No customer feedback yet", NO_CONTACTS)]
    return [lead(found.sentence, NO_CONTACTS), *answers_section(found)]


def complaints_section(found: Complaints) -> list[Component]:
    """Complaints by week, and by product and issue."""
    products, issues = about_tables(found)
    return [
        html.H2("Complaints"),
        html.P(found.detail, className="sub"),
        panel(complaints_received_panel(found)),
        html.H2("What they are about"),
        html.P(
            "As the complaint says, in the weeks shown; a disputed answer is one that the customer did not accept.",
            className="sub",
        ),
        html.Div(
            [html.Div(table(each), className="panel wide") for each in (products, issues)], className="pair notes"
        ),
    ]


def answers_section(found: Answers, *, whole: bool = False) -> list[Component]:
    """Survey answers by week and rating; ``whole``: the view is of some contacts, these are of all."""
    note = " All answers, regardless of filters." if whole else ""
    return [
        html.H2("Survey answers"),
        html.P(f"{found.detail}{note}", className="sub"),
        panel(answers_panel(found)),
    ]


def page_about_contacts(view: View) -> list[Component]:
    """What a page says that is about contacts alone, with the way to what there is."""
    found = received_here(view)
    there = [
        ("/complaints", counted(found.complaints.total("complaints"), "complaint") if found.complaints else ""),
        ("/sentiment", counted(found.answers.total("answers"), "survey answer") if found.answers else ""),
    ]
    links: list[Component] = [
        html.Li(dcc.Link(what, href=view.at(path))) for path, what in there if what and path in view.paths
    ]
    return [
        lead("This page is about contacts, and there are none here", NO_CONTACTS),
        *([html.P("What there is:", className="sub"), html.Ul(links)] if links else []),
    ]
