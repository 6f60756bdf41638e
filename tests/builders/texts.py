"""The texts of a rendered page."""

from typing import Any

from dash.development.base_component import Component


def texts(part: Any) -> list[str]:
    """Every text below ``part``, in order; figures apart."""
    if isinstance(part, Component):
        return texts(getattr(part, "children", None))
    if isinstance(part, list | tuple):
        return [text for each in part for text in texts(each)]
    return [] if part is None else [str(part)]
