"""The flags of a case: evidence as a list of facts, what reviewers said so far, and the form for a verdict."""

from dash import dcc, html
from dash.development.base_component import Component

from dashboards import wording
from dashboards.casebook.case import Case
from dashboards.casebook.flag_evidence import Fact, laid_out
from dashboards.casebook.flags import FlaggedContact
from dashboards.casebook.history import KnownVerdict, known_verdicts
from dashboards.casebook.review_log import LONGEST_REASON, NEEDS_REASON
from dashboards.casebook.safe_text import name, shortened
from dashboards.casebook.verdicts import Recorded
from dashboards.components.forms import area, button, form
from dashboards.components.links import case_link
from dashboards.components.view import View
from dashboards.pages.cases.reader import is_admin, reader_name
from dashboards.wording.flags import rule_name

#: The verdicts in a reviewer's words, and what each means.
_BUTTONS = (
    ("confirmed", "Confirm", "It is as the flag says."),
    ("explained", "Explain", "True, but for a good reason: say which."),
    ("dismissed", "Dismiss", "The flag is wrong."),
)


def flag_list(view: View, case: Case, recorded: Recorded, *, keys: bool = False) -> list[Component]:
    """Every flag of the case, the most severe first. ``keys``: the first that waits for a verdict takes one by key."""
    said = {each.rule: known_verdicts(view.queries, recorded, each) for each in case.flags}
    waiting = [each.rule for each in case.flags if all(known.is_stale for known in said[each.rule])]
    first = waiting[0] if keys and waiting else None
    return [_flag(view, case, each, said[each.rule], keys=each.rule == first) for each in case.flags]


def _flag(view: View, case: Case, flag: FlaggedContact, said: tuple[KnownVerdict, ...], *, keys: bool) -> Component:
    zone = view.frames.time_zone
    return html.Section(
        [
            html.Div(
                [
                    html.H3(f"{flag.code} · {rule_name(flag.rule)}", id=f"flag-{flag.code}"),
                    html.Span(f"severity {flag.severity}", className=f"severity s{flag.severity}"),
                ],
                className="tile-head",
            ),
            html.P(shortened(flag.sentence, 1_500), className="sentence", dir="auto"),
            html.Dl(
                [part for fact in laid_out(flag.evidence, zone) for part in _fact(view, case, fact)], className="facts"
            ),
            *([html.Ul([_item(view, case, each, zone) for each in said], className="said-so-far")] if said else []),
            _judge(view, flag, given=bool(said), keys=keys),
        ],
        className="panel flag",
    )


def _fact(view: View, case: Case, fact: Fact) -> list[Component]:
    value: Component | str = fact.value
    if fact.contact_id is not None:
        known = next(
            (each for each in case.around if (each.system, each.contact_id) == (case.contact.system, fact.contact_id)),
            None,
        )
        if known is not None:
            value = dcc.Link(name(fact.contact_id, 60), href=case_link(view, known.key), className="id")
    return [html.Dt(fact.name), html.Dd(value, dir="auto")]


def _item(view: View, case: Case, each: KnownVerdict, zone: str) -> Component:
    """One verdict; whoever gave it can take it back here."""
    parts = _said(each, zone)
    if not is_admin() and each.decided_by != reader_name():
        return html.Li(parts)
    key = case.contact.key
    hidden = {"system": key.system, "contact": key.contact_id, "day": key.day.isoformat()}
    hidden |= {"disposition": each.id, "back": view.here({})}
    own = each.decided_by == reader_name()
    undo = form(
        "/case/undo", [button("Undo", key="u" if own else "")], hidden=hidden, post=True, label="Undo this verdict"
    )
    return html.Li([*parts, undo])


def _said(each: KnownVerdict, zone: str) -> list[Component | str]:
    when = f"{name(each.decided_by, 60)}, {wording.short_moment(each.decided_at, zone)}"
    parts: list[Component | str] = [html.Strong(each.verdict), f" by {when}. "]
    parts += ["Given before the flag was read. "] if each.given_blind else []
    parts += [shortened(each.reason, LONGEST_REASON), " "] if each.reason else []
    if each.is_stale:
        parts.append(html.Em("The evidence has changed since; judge it again."))
    elif each.is_new:
        parts.append(html.Em("Counts from the next night on whose data reach that far."))
    return parts


def _judge(view: View, flag: FlaggedContact, *, given: bool, keys: bool) -> Component:
    hidden = {
        "system": flag.system,
        "contact": flag.contact_id,
        "day": flag.day.isoformat(),
        "rule": flag.rule,
        "evidence_hash": flag.evidence_hash,
        "back": f"{view.here({})}#flag-{flag.code}",
    }
    buttons = [
        html.Span(
            [
                button(text, "verdict", value, unchecked=value not in NEEDS_REASON, key=str(place) if keys else ""),
                html.Small(meaning),
            ]
        )
        for place, (value, text, meaning) in enumerate(_BUTTONS, start=1)
    ]
    children = [
        area(
            "Reason (no names or numbers of customers)",
            "reason",
            most=LONGEST_REASON,
            required=True,
            key="r" if keys else "",
        ),
        html.Div(buttons, className="buttons"),
    ]
    sent = form("/case/disposition", children, hidden=hidden, post=True, label=f"Verdict on {flag.code}")
    return html.Details([html.Summary("Give another verdict" if given else "Give a verdict"), sent], open=keys)
