"""Forms: what a reader sends with a button rather than by following a link. Routes of the server answer them.

Plain forms, so that they work by keyboard and leave nothing in the page's state; that a request comes from a page of
ours is checked by ``access.origins`` before any route runs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component


def form(
    action: str, children: list[Component], *, hidden: Mapping[str, str | Sequence[str]], post: bool, label: str
) -> Component:
    """A form with ``hidden`` values (several under one name in a sequence) besides what the reader types. ``label`` names it to a screen reader."""
    kept = [
        dcc.Input(type="hidden", name=name, value=value)
        for name, given in hidden.items()
        for value in ([given] if isinstance(given, str) else given)
    ]
    named: dict[str, Any] = {"aria-label": label}
    return html.Form(
        [*kept, *children],
        action=action,
        method="POST" if post else "GET",
        autoComplete="off",
        className="form",
        disable_n_clicks=True,
        **named,
    )


def field(title: str, name: str, value: str = "", *, most: int = 200, hint: str = "", **given: Any) -> Component:
    """A line to type in, under its title."""
    line = dcc.Input(type="text", name=name, value=value, maxLength=most, placeholder=hint, spellCheck=False, **given)
    return html.Label([html.Span(title), line], className="field")


def area(title: str, name: str, *, most: int) -> Component:
    """Several lines to type in, under their title."""
    box = html.Textarea(name=name, maxLength=most, rows=2)
    return html.Label([html.Span(title), box], className="field")


def button(text: str, name: str = "", value: str = "", *, kind: str = "") -> Component:
    """A button that sends the form, and ``value`` under ``name`` with it."""
    sent: dict[str, Any] = {"name": name, "value": value} if name else {}
    return html.Button(text, type="submit", className=kind, disable_n_clicks=True, **sent)
