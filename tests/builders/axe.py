"""axe-core over a page that a test has open already: what it calls serious or critical is a fault."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

#: Only what is wrong is told, and style sheets are not fetched once more.
_ASKED: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
#: The one rule that hangs on the scheme of colours; it costs more than all others together.
_CONTRAST = "color-contrast"
#: Hides (or shows again) rows of a table that look like one before them: same elements, classes and styles.
_ALIKE = """hidden => {
    for (const table of document.querySelectorAll('table')) {
        const looks = new Set();
        for (const row of table.querySelectorAll('tbody > tr')) {
            const look = [row, ...row.querySelectorAll('*')]
                .map(each => [each.tagName, each.getAttribute('class'), each.getAttribute('style')]).join();
            if (looks.has(look)) row.hidden = hidden;
            looks.add(look);
        }
    }
}"""


def grave_faults(page: Page, *schemes: str) -> list[tuple[str, str]]:
    """Rule and first element of each fault of ``page`` as it stands.

    Contrast is measured in each of ``schemes``, and not at all without one, of one row of each look in a table;
    everything else is looked at once, and whole.
    """
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    found = _told(page, {"rules": {_CONTRAST: {"enabled": False}}})
    page.evaluate(_ALIKE, True)
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found += [(f"{rule} ({scheme})", element) for rule, element in _told(page, {"runOnly": [_CONTRAST]})]
    page.evaluate(_ALIKE, False)
    return found


def _told(page: Page, only: dict[str, Any]) -> list[tuple[str, str]]:
    told: dict[str, Any] = page.evaluate("asked => axe.run(document, asked)", _ASKED | only)
    return [
        (each["id"], each["nodes"][0]["html"][:200])
        for each in told["violations"]
        if each["impact"] in ("serious", "critical")
    ]
