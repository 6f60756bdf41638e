"""What is known to have followed a contact: an event that has happened is known, whatever window is still open.

The published columns stay null until their window has closed, for rates would be biased otherwise (M3). Of one contact
a person may know earlier: who has come back has come back. Only that nothing happened waits for the end of the window.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.casebook.case import Case, CrmEvent

_WINDOW = timedelta(days=30)


@dataclass(frozen=True)
class Followed:
    """Each True as soon as it has happened, False once its window has closed without it, None until then.

    ``held`` is False as soon as anything says that the contact was not resolved (M5).
    """

    came_back: bool | None
    same_issue: bool | None
    complained: bool | None
    reopened: bool | None
    closed_account: bool | None
    held: bool | None


def followed(case: Case) -> Followed:
    """What followed the contact of ``case`` within 30 days of its end, as far as the snapshot knows."""
    contact = case.contact

    def within(at: datetime | None) -> bool:
        return at is not None and at <= contact.ended_at + _WINDOW

    def known(published: bool | None, happened: bool) -> bool | None:
        return True if happened else published

    came_back = known(contact.repeat_any_30d, within(contact.next_contact_at))
    same_issue = known(contact.repeat_issue_30d, within(contact.next_same_issue_at))
    complained = known(
        contact.complaint_within_30d,
        any(
            each.is_linked and each.received_at >= contact.ended_at and within(each.received_at)
            for each in case.complaints
        ),
    )
    after = [each for each in case.events if each.occurred_at >= contact.ended_at and within(each.occurred_at)]
    reopened = known(contact.reopened_within_30d, any(_reopens(case, each) for each in after))
    closed = known(contact.closed_account_within_30d, any(each.event_type == "account_closed" for each in after))
    failed = (came_back if contact.issue is None else same_issue, complained, reopened)
    return Followed(
        came_back, same_issue, complained, reopened, closed, False if True in failed else contact.resolved_outcome
    )


def _reopens(case: Case, event: CrmEvent) -> bool:
    """Whether the event reopens this contact's case: it names the contact, or the case and no later contact stands between."""
    if event.event_type != "case_reopened":
        return False
    if event.contact_id is not None:
        return event.contact_id == case.contact.contact_id
    between = any(case.contact.started_at < each.started_at <= event.occurred_at for each in case.around)
    return event.case_id is not None and event.case_id == case.contact.case_id and not between
