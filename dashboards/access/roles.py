"""The three roles, each holding the rights of those before it, and what of the actions each may do.

A viewer sees aggregates, an analyst also cases with redacted transcripts, an admin also the audit log. Which page, route
and callback needs which role stands in ``registry``; here are the actions about which page code asks once more where the
data is at hand.
"""

from collections.abc import Iterable, Mapping

from pipelines.config.access import Role

#: From the least to the most that a person may do.
ROLES: tuple[Role, ...] = ("viewer", "analyst", "admin")

#: Action that page code asks about → least role.
ACTIONS: Mapping[str, Role] = {
    "open case": "analyst",
    "find customer": "analyst",
    "export cases": "analyst",
    "read data docs": "analyst",
    "review": "analyst",
    "assign case": "analyst",
    "note case": "analyst",
    "search transcripts": "analyst",
    "read audit": "admin",
}


def holds(role: str, least: str) -> bool:
    """Whether ``role`` has the rights of ``least``. A word that is no role has none, and nobody has those of one."""
    return role in ROLES and least in ROLES and ROLES.index(role) >= ROLES.index(least)


def may(role: str, action: str) -> bool:
    """Whether ``role`` may do ``action``. An action that stands in no table is allowed to nobody."""
    least = ACTIONS.get(action)
    return least is not None and holds(role, least)


def role_of(groups: Iterable[str], roles: Mapping[str, Role]) -> Role | None:
    """The highest role that one of ``groups`` has; None: none of them has any."""
    return max((roles[group] for group in groups if group in roles), key=ROLES.index, default=None)
