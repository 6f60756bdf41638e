"""axe-core over a page that a test has open already: what it calls serious or critical is a fault."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

#: Only what is wrong is told, and style sheets are not fetched once more.
_ASKED: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
#: The one rule that hangs on the scheme of colours; it costs more than all others together.
_CONTRAST = "color-contrast"


def grave_faults(page: Page, *schemes: str) -> list[tuple[str, str]]:
    """Rule and first element of each fault of ``page`` as it stands.

    Contrast is measured in each of ``schemes``, and not at all without one; everything else is looked at once.
    """
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    found = _told(page, {"rules": {_CONTRAST: {"enabled": False}}})
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found += [(f"{rule} ({scheme})", element) for rule, element in _told(page, {"runOnly": [_CONTRAST]})]
    return found


def _told(page: Page, only: dict[str, Any]) -> list[tuple[str, str]]:
    told: dict[str, Any] = page.evaluate("asked => axe.run(document, asked)", _ASKED | only)
    return [
        (each["id"], each["nodes"][0]["html"][:200])
        for each in told["violations"]
        if each["impact"] in ("serious", "critical")
    ]
