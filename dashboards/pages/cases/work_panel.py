"""Whose a case is, until when it is due, and what was noted of it."""

from dash import html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.casebook.casework import LONGEST_NAME, LONGEST_NOTE, CaseWork, Casework
from dashboards.casebook.key import CaseKey
from dashboards.casebook.safe_text import name, shortened
from dashboards.components.forms import area, button, field, form
from dashboards.components.view import View
from dashboards.pages.cases.reader import reader_name, today
from dashboards.pages.cases.work_table import due_words

_SHOWN_NOTES = 20


def work_panel(view: View, key: CaseKey) -> list[Component]:
    """Under a heading; the forms return to the page on which they stand."""
    work = Casework(view.data_dir).of(key.system, key.contact_id)
    hidden = {"system": key.system, "contact": key.contact_id, "day": key.day.isoformat(), "back": view.here({})}
    reader = reader_name()
    take = [] if work.assignee == reader or not reader else [button("Take it", "to", reader, key="t")]
    whose = f"{name(work.assignee, LONGEST_NAME)} has this case" if work.assignee else "Nobody has this case"
    due = f"; {due_words(work.due, today(view))}." if work.due else "."
    given = work.due.isoformat() if work.due else ""
    return [
        html.H2("Work"),
        html.Section(
            [
                html.P(f"{whose}{due}", className="whose"),
                *([form("/case/assign", [*take], hidden=hidden, post=True, label="Take the case")] if take else []),
                _details(
                    "Give it to somebody, or say until when",
                    [
                        form(
                            "/case/assign",
                            [
                                field("User’s name (empty: nobody)", "to", work.assignee or "", most=LONGEST_NAME),
                                button("Assign"),
                            ],
                            hidden=hidden,
                            post=True,
                            label="Assign the case",
                        ),
                        form(
                            "/case/due",
                            [
                                field("Due on", "due", given, most=10, hint="YYYY-MM-DD", pattern=r"\d{4}-\d{2}-\d{2}"),
                                button("Set"),
                            ],
                            hidden=hidden,
                            post=True,
                            label="Due date",
                        ),
                    ],
                ),
                *_notes(view, work),
                form(
                    "/case/note",
                    [
                        area(
                            "Note (no names or numbers of customers)", "note", most=LONGEST_NOTE, required=True, key="n"
                        ),
                        button("Add note"),
                    ],
                    hidden=hidden,
                    post=True,
                    label="Note",
                ),
            ],
            className="panel work-panel",
        ),
    ]


def _details(title: str, children: list[Component]) -> Component:
    return html.Details([html.Summary(title), *children])


def _notes(view: View, work: CaseWork) -> list[Component]:
    if not work.notes:
        return []
    items = [
        html.Li(
            [
                html.P(shortened(each.text, LONGEST_NOTE), className="said", dir="auto"),
                html.P(
                    f"{name(each.by, 60)}, {wording.short_moment(each.at, view.frames.time_zone)}", className="basis"
                ),
            ]
        )
        for each in work.notes[-_SHOWN_NOTES:]
    ]
    more = len(work.notes) - len(items)
    earlier = [html.P(f"{more} earlier notes are kept and not shown.", className="basis")] if more else []
    return [*earlier, html.Ul(items, className="notes-so-far")]
