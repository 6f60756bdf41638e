"""What stands beside the words of a case: facts of the contact, promises, complaints, and the customer's timeline."""

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.casebook.case import Case, Complaint, Contact, Promise
from dashboards.casebook.followed import followed
from dashboards.casebook.safe_text import name, segment, shortened
from dashboards.casebook.timeline import FATES, Moment, maker, promised, timeline
from dashboards.components.links import case_link
from dashboards.components.view import View

_YES = {True: "yes", False: "no", None: "not known"}
#: What did not happen is known only once its window has closed.
_LATER = {True: "yes", False: "no", None: "not known yet"}
_UNVERIFIABLE = {
    "no_crm_events": "no source delivers CRM events",
    "kind_without_event": "no event of the CRM would show it",
    "no_customer": "the customer is not known",
}
_LONGEST_WORDS = 4_000


def facts(case: Case) -> Component:
    """The contact itself, what was said of it, and what is known to have followed."""
    contact, after = case.contact, followed(case)
    shown = _plain_facts(contact)
    if contact.ai_confidence is not None:
        shown.append(("The AI's confidence", wording.percent(contact.ai_confidence)))
    shown += [
        ("Claimed resolved", _YES[contact.resolved_claimed]),
        ("Held for 30 days", _LATER[after.held]),
        ("Came back within 30 days", _LATER[after.came_back]),
        ("About the same issue", _LATER[after.same_issue]),
        ("Complained within 30 days", _LATER[after.complained]),
        ("Case reopened within 30 days", _LATER[after.reopened]),
        ("Closed the account", _LATER[after.closed_account]),
        (
            "Sentiment, opening to closing",
            f"{wording.score(contact.opening_sentiment)} to {wording.score(contact.closing_sentiment)}",
        ),
        ("Survey", _survey(contact)),
    ]
    return _listed(shown)


def neutral_facts(contact: Contact) -> Component:
    """The contact itself: nothing that anybody claimed of it, or that followed."""
    return _listed(_plain_facts(contact))


def _listed(shown: list[tuple[str, str]]) -> Component:
    parts = [part for title, value in shown for part in (html.Dt(title), html.Dd(value, dir="auto"))]
    return html.Div(html.Dl(parts, className="facts"), className="panel")


def _plain_facts(contact: Contact) -> list[tuple[str, str]]:
    segments = (
        ("Workflow", "workflow", contact.workflow),
        ("Queue", "queue", contact.queue),
        ("Issue", "issue", contact.issue),
        ("Product", "product", contact.product),
        ("Channel", "channel", contact.channel),
        ("Region", "region", contact.region),
        ("Language", "language", contact.language),
        ("AI model", "ai_model", contact.ai_model),
    )
    named = (
        ("Agent", contact.agent_id),
        ("Case in the CRM", contact.case_id),
        ("System", contact.system),
    )
    shown = [(title, segment(dimension, value)) for title, dimension, value in segments if value is not None]
    shown += [(title, name(value)) for title, value in named if value is not None]
    shown.append(("Legs and transfers", f"{contact.legs}, {contact.transfer_count}"))
    if contact.handle_seconds is not None:
        shown.append(("Handle time", wording.duration(contact.handle_seconds)))
    return shown


def _survey(contact: Contact) -> str:
    if contact.csat is not None:
        return f"rated {contact.csat:.3g} of 5"
    return {True: "answered without a rating", False: "not answered", None: "no rating"}[contact.has_survey]


def survey_words(contact: Contact) -> Component:
    """What the customer wrote in the survey that counts for the contact, redacted; their rating before it."""
    rated = _survey(contact)
    return html.Section(
        [
            html.P(f"{rated[:1].upper()}{rated[1:]}", className="basis"),
            html.Blockquote(shortened(contact.survey_words or "", _LONGEST_WORDS), dir="auto"),
        ],
        className="panel",
    )


def promises(found: tuple[Promise, ...], time_zone: str) -> list[Component]:
    """Each promise with what became of it, and the words in which it was made."""
    return [_promise(each, time_zone) for each in found]


def _promise(each: Promise, time_zone: str) -> Component:
    by = f" by {maker(each.made_by)}" if each.made_by else ""
    due = "due by default" if each.is_due_by_default else "due"
    known = "recorded" if each.source == "recorded" else "only spoken"
    fate = FATES[each.status]
    if each.fulfilled_at is not None:
        fate += f", {wording.short_moment(each.fulfilled_at, time_zone)}"
    if each.unverifiable_reason is not None:
        fate += f": {_UNVERIFIABLE.get(each.unverifiable_reason, name(each.unverifiable_reason))}"
    return html.Section(
        [
            html.H3(f"{promised(each).capitalize() if each.amount is None else promised(each)}{by}"),
            html.P(fate, className=f"fate {each.status}"),
            html.P(f"{known} · {due} {wording.short_moment(each.due_at, time_zone)}", className="basis"),
            *([html.Blockquote(shortened(each.quote, _LONGEST_WORDS), dir="auto")] if each.quote else []),
        ],
        className="panel",
    )


def complaints(found: tuple[Complaint, ...], time_zone: str) -> list[Component]:
    """Each complaint of the customer, with the words in which it was made."""
    return [_complaint(each, time_zone) for each in found]


def _complaint(each: Complaint, time_zone: str) -> Component:
    about = " · ".join(
        segment(of, value, 80) for of, value in (("product", each.product), ("issue", each.issue)) if value
    )
    linked = (
        f"links to this contact ({each.link_rule.replace('_', ' ')})"
        if each.is_linked
        else "does not link to this contact"
    )
    answered = [] if each.company_response is None else [f"answered: {name(each.company_response, 80)}"]
    answered += ["late"] if each.timely is False else []
    answered += ["disputed by the customer"] if each.disputed else []
    return html.Section(
        [
            html.H3(f"To {name(each.regulator, 60)}, {wording.short_moment(each.received_at, time_zone)}"),
            html.P(f"{linked}{f' · {about}' if about else ''}", className="basis"),
            *([html.P(", ".join(answered).capitalize(), className="basis")] if answered else []),
            *([html.Blockquote(shortened(each.narrative, _LONGEST_WORDS), dir="auto")] if each.narrative else []),
        ],
        className="panel",
    )


def timeline_list(view: View, case: Case) -> Component:
    """The customer's weeks around the case, the earliest first."""
    return html.Div(html.Ol([_moment(view, each) for each in timeline(case)]), className="panel timeline")


def _moment(view: View, each: Moment) -> Component:
    title: Component | str = each.title
    if each.contact is not None:
        title = dcc.Link(each.title, href=case_link(view, each.contact))
    same = [html.Mark("same issue")] if each.same_issue else []
    return html.Li(
        [
            html.P(wording.short_moment(each.at, view.frames.time_zone), className="at"),
            html.P([html.Strong(title) if each.kind == "this" else title, " ", *same], className="what"),
            *([html.P(each.detail, className="basis")] if each.detail else []),
        ],
        className=f"moment {each.kind}",
    )
