"""Links from report and mail to the dashboards, where the configuration says at which address these are reached."""

import json
from urllib.parse import urlencode

from dashboards.snapshot.groups import Group


def segment_address(dashboards: str, segment: Group) -> str:
    """The page of ``segment`` at ``dashboards`` (such as ``https://aftercall.example``); empty without an address."""
    # As the tables write it, which is how the page names it.
    text = json.dumps(dict(segment.parts), sort_keys=True, ensure_ascii=False)
    return f"{dashboards}/divergence?{urlencode({'segment': text})}" if dashboards else ""
