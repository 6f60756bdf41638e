"""Tables of what complaints are about (M8)."""

from dashboards import wording
from dashboards.panels.panel import Table
from dashboards.results.complaints import Named


def named_table(title: str, rows: tuple[Named, ...], most: int = 15) -> Table:
    shown = tuple(
        (
            each.name,
            wording.count(each.complaints),
            wording.count(each.linked),
            wording.MISSING if each.disputed is None else wording.count(each.disputed),
            wording.MISSING if each.late is None else wording.count(each.late),
        )
        for each in rows[:most]
    )
    caption = f"{wording.count(len(rows) - most)} rarer ones are not listed." if len(rows) > most else ""
    return Table((title, "Complaints", "Linked", "Disputed", "Answered late"), shown, caption)
