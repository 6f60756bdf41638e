"""Templates of a mapping: text with the names of fields in braces; a brace that is meant is doubled."""

import re

_PART = re.compile(r"\{\{|\}\}|\{([^{}]+)\}|[{}]|[^{}]+")


class BadTemplateError(ValueError):
    """A text that is no template. The message says why."""


def parsed_template(text: str) -> tuple[tuple[str, bool], ...]:
    """(text or field, whether it is a field) in order. Raises BadTemplateError."""
    parts: list[tuple[str, bool]] = []
    for found in _PART.finditer(text):
        piece = found.group()
        if piece in ("{", "}"):
            raise BadTemplateError("has a brace that nothing closes; write {field}, and {{ for a brace")
        if found.group(1) is not None:
            parts.append((found.group(1), True))
        else:
            parts.append((piece.replace("{{", "{").replace("}}", "}"), False))
    if not any(is_field for _, is_field in parts):
        raise BadTemplateError("names no field; write {field}, or constant in place of template")
    return tuple(parts)
