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


def area(title: str, name: str, *, most: int, required: bool = False, key: str = "") -> Component:
    """Several lines to type in, under their title. ``key``: the key that leads there."""
    given: dict[str, Any] = {"required": True} if required else {}
    box = html.Textarea(name=name, maxLength=most, rows=2, **given, **on_key(key))
    return html.Label([html.Span([title, *shown_key(key)]), box], className="field")


def button(
    text: str, name: str = "", value: str = "", *, kind: str = "", key: str = "", unchecked: bool = False
) -> Component:
    """A button that sends the form, and ``value`` under ``name`` with it.

    ``key`` presses it; ``unchecked``: the form is sent though something that it requires is missing.
    """
    sent: dict[str, Any] = {"name": name, "value": value} if name else {}
    sent |= {"formNoValidate": True} if unchecked else {}
    content: list[Component | str] = [text, *shown_key(key)]
    return html.Button(content, type="submit", className=kind, disable_n_clicks=True, **sent, **on_key(key))


def on_key(key: str) -> dict[str, Any]:
    """The attribute by which ``assets/keys.js`` finds what a key presses or leads to."""
    return {"data-key": key} if key else {}


def shown_key(key: str) -> list[Component]:
    return [html.Kbd(key)] if key else []
