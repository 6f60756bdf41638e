"""Links from report and mail to the dashboards, where the configuration says at which address these are reached."""

from dashboards.snapshot.groups import Group
from dashboards.snapshot.segment_ids import segment_id


def segment_address(dashboards: str, segment: Group) -> str:
    """The page of ``segment`` at ``dashboards`` (such as ``https://aftercall.example``); empty without an address."""
    return f"{dashboards}/segments/{segment_id(segment)}" if dashboards else ""
