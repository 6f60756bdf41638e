"""A change that is taken apart, as pages show it: what it goes with, what it is made of, what else moved."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.components.blocks import meaning, panel, table
from dashboards.findings.explained_change import OTHER, ExplainedChange, GoesWith, is_apart
from dashboards.findings.moved_beside import MovedBeside
from dashboards.panels.explained import cells_table, parts_panel
from dashboards.wording import explained as sentences
from dashboards.wording.explained import NOW_AND_BEFORE

#: Parts that are named one by one, and other names of each.
_NAMED, _OTHER_NAMES = 3, 4


def goes_with(found: ExplainedChange, sides: tuple[str, str] = NOW_AND_BEFORE) -> list[Component]:
    """What the change goes with, one thing a line; ``sides``: the letters of two segments."""
    *said, caution = goes_with_words(found, sides)
    lines = [html.Ul([html.Li(html.Div(each)) for each in said], className="lines panel")] if said else []
    return [*lines, html.P(caution, className="sub")]


def goes_with_words(found: ExplainedChange, sides: tuple[str, str] = NOW_AND_BEFORE) -> list[str]:
    """The same as text: what is named, a shift of the mix, that nothing stands out; last, what none of it says."""
    if not found.is_significant:
        return [sentences.no_change_to_explain(sides)]
    said = []
    standing = [each for each in found.named if each.same_as is None and each.within is None]
    # What accounts for all of it leaves nothing to others.
    for each in standing[: 1 if standing and standing[0].is_all else _NAMED]:
        said.append(_named_words(found, each, sides))
        same = [other for other in found.named if other.same_as == each.values][:_OTHER_NAMES]
        inner = [other for other in found.named if other.within == each.values][:_OTHER_NAMES]
        said += [sentences.same_contacts([sentences.contacts_of(other.values) for other in same])] if same else []
        said += [sentences.within_them([sentences.contacts_of(other.values) for other in inner])] if inner else []
    mixed = found.mixed
    if mixed is not None:
        leading = max((cell for cell in mixed.cells if cell.value != OTHER), key=lambda cell: abs(cell.parts.mix.value))
        totals = mixed.whole.contacts
        shares = (leading.parts.contacts[0] / totals[0], leading.parts.contacts[1] / totals[1])
        said.append(
            sentences.mix_sentence(
                found.measure,
                mixed.dimension,
                mix=mixed.whole.mix.value,
                whole=found.whole.change.value,
                value=sentences.value_name(mixed.dimension, leading.value, OTHER),
                shares=shares,
                sides=sides,
            )
        )
        if not found.overlaps(mixed):
            said.append(sentences.no_overlap(mixed.dimension))
    if not said:
        said.append(sentences.nothing_stands_out([each.dimension for each in found.dimensions], found.looked_at, sides))
    if _models_are_alike(found):
        said.append(models_words(found, sides))
    return [*said, sentences.not_a_cause(sides)]


def _named_words(found: ExplainedChange, each: GoesWith, sides: tuple[str, str]) -> str:
    inside = each.means if each.inside.value == each.inside.value else None  # NaN: too few on a side
    return sentences.named_sentence(
        each.values,
        found.measure,
        shares=each.shares,
        inside=inside,
        without=(each.without.value, each.without.lower, each.without.upper),
        whole=found.whole.change.value,
        is_all=each.is_all,
        sides=sides,
    )


def _models_are_alike(found: ExplainedChange) -> bool:
    """Whether there are several models, and neither one of them nor their mix is named."""
    named = any(name == "ai_model" for each in found.named for name, _ in each.values)
    mixed = found.mixed is not None and found.mixed.dimension == "ai_model"
    return not named and not mixed and sum(model is not None for model in found.models) > 1


def models_words(found: ExplainedChange, sides: tuple[str, str] = NOW_AND_BEFORE) -> str:
    """What the cut by AI model shows, where no model is named."""
    cut = next((each for each in found.dimensions if each.dimension == "ai_model"), None)
    cells = [] if cut is None else [each for each in cut.cells if each.value is not None and each.value != OTHER]
    seen = [each for each in cells if max(each.parts.contacts) >= found.min_n]
    if cut is None or not seen:
        return sentences.models_alike()
    totals = cut.whole.contacts
    shares = {each.value: (each.parts.contacts[0] / totals[0], each.parts.contacts[1] / totals[1]) for each in seen}
    moved = max(seen, key=lambda each: shares[each.value][1] - shares[each.value][0])
    both = [each for each in seen if min(each.parts.contacts) >= found.min_n]
    sign = 1 if found.whole.change.value > 0 else -1
    alike = [each for each in both if is_apart(each.parts.rate) and each.parts.rate.value * sign > 0]
    return sentences.models_shown(
        found.measure,
        moved=sentences.value_name("ai_model", moved.value, OTHER),
        shares=shares[moved.value],
        contacts=moved.parts.contacts,
        has_enough=moved in both,
        compared=[(sentences.value_name("ai_model", each.value, OTHER), each.parts.means) for each in both],
        # The model whose share moved most stands last: it went as the others did.
        alike=[
            (sentences.value_name("ai_model", each.value, OTHER), each.parts.means)
            for each in sorted(alike, key=lambda each: (each is moved, -sum(each.parts.contacts)))
        ],
        is_moved_alike=moved in alike,
        sides=sides,
    )


def made_of(found: ExplainedChange, min_n: int, sides: tuple[str, str]) -> list[Component]:
    """The parts of the change as a figure, and the values of each dimension in a table that opens."""
    if not found.dimensions:
        return []
    tables = [
        html.Details(
            [
                html.Summary(f"By {sentences.dimension_name(cut.dimension)}"),
                table(cells_table(found, cut, min_n, sides)),
            ]
        )
        for cut in found.dimensions
    ]
    return [
        html.Div([html.H2(sentences.made_of_title(sides)), meaning("M16")], className="tile-head"),
        panel(parts_panel(found, sentences.parts_sentence())),
        html.Div(tables, className="panel wide below"),
    ]


def moved_lines(
    moved: Sequence[MovedBeside], compared: int, currency: str, sides: tuple[str, str] = NOW_AND_BEFORE
) -> list[Component]:
    """What else moved, one line each."""
    if not moved:
        return [html.P(sentences.nothing_moved(compared, sides), className="sub")]
    lines = [
        html.Li(
            sentences.moved_sentence(
                each.name,
                (each.before, each.after),
                (each.change.lower, each.change.upper),
                q=each.q,
                currency=currency,
                sides=sides,
            )
        )
        for each in moved
    ]
    return [html.Ul(lines, className="lines panel")]


def link_line(links: Sequence[tuple[str, str | None]]) -> list[Component]:
    """Links in one line; those without an address are left out."""
    shown = [dcc.Link(text, href=href) for text, href in links if href]
    if not shown:
        return []
    parts: list[Component | str] = []
    for each in shown:
        parts += [" · ", each] if parts else [each]
    return [html.P(parts, className="sub crumbs")]
