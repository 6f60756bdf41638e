"""Text dialogs → turns: e-mails (MIME or plain) and chat messages.

A reply carries the mails that it answers. They are turns of their own, so what is quoted is cut off where it starts
at a line that mail programs write there; a mail that begins with such a line is kept whole.
"""

import email
import email.policy
import re
from email.message import EmailMessage
from html.parser import HTMLParser

from pipelines.sources.vcon.container import body_of, seconds_between
from pipelines.sources.vcon.conversation import Conversation, Dialog, is_mail, media_type
from pipelines.sources.vcon.transcripts import VconTurn

_QUOTE_STARTS = re.compile(
    r"^[ \t>]*(?:"
    r"On\b[^\n]{4,200}(?:\n[^\n]{0,120})?\bwrote:"
    r"|Am\b[^\n]{4,200}(?:\n[^\n]{0,120})?\bschrieb\b[^\n]{0,120}:"
    r"|Le\b[^\n]{4,200}(?:\n[^\n]{0,120})?\ba écrit ?:"
    r"|-{2,}[ \t]*(?:Original Message|Forwarded message|Ursprüngliche Nachricht)[ \t]*-{2,}"
    r"|From:[^\n]{1,200}\n[ \t>]*(?:Sent|Date):"
    r")[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_FROM_BLOCK = re.compile(
    r"^[ \t>]*From:[^\n]{1,200}\n[ \t>]*(?:Sent|Date):[^\n]{1,200}\n[ \t>]*(?:To|Subject):", re.MULTILINE
)
_BLOCKS = frozenset(("p", "div", "br", "li", "tr", "h1", "h2", "h3", "blockquote"))


def message_turn(conversation: Conversation, dialog: Dialog) -> VconTurn | None:
    """The turn that a text dialog is; null where it has no inline text."""
    body = body_of(dialog.content)
    if not isinstance(body, str):
        return None
    text = _plain_text(body, media_type(dialog.content))
    if is_mail(conversation, dialog):
        text = without_quotes(text)
    if not text.strip():
        return None
    offset = seconds_between(conversation.start, dialog.start) if conversation.start and dialog.start else None
    # A text without a sender is nobody's in particular.
    speaker = conversation.cast.speaker(dialog.parties[0] if dialog.parties else None) or "system"
    place = f"{conversation.container.place}.dialog[{dialog.index}].body"
    return VconTurn(text.strip(), place, speaker, offset=offset, duration=dialog.duration or None)


def without_quotes(text: str) -> str:
    """A mail without the mails that it answers; unchanged where nothing of its own would remain."""
    text = text.replace("\r\n", "\n")
    starts = [match.start() for pattern in (_QUOTE_STARTS, _FROM_BLOCK) if (match := pattern.search(text))]
    own = text[: min(starts)] if starts else _without_tail(text)
    return own if own.strip() else text


def _without_tail(text: str) -> str:
    """Cuts the quoted lines at the end, line by line: a pattern over all of them is slow on long mails."""
    lines = text.split("\n")
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    return "\n".join(lines[:end])


def _plain_text(body: str, media: str) -> str:
    kind = media.lower()
    if kind.startswith("message/"):
        return _mail_text(body) or body
    if kind.startswith("multipart/"):
        return _mail_text(f"MIME-Version: 1.0\nContent-Type: {media}\n\n{body}") or body
    return _without_tags(body) if kind.startswith("text/html") else body


def _mail_text(source: str) -> str:
    message = email.message_from_string(source, policy=email.policy.default)
    part = message.get_body(("plain", "html")) if isinstance(message, EmailMessage) else None
    if part is None:
        return ""
    try:
        content = str(part.get_content())
    except (LookupError, ValueError, KeyError):  # an unknown charset, a broken transfer encoding
        return ""
    return _without_tags(content) if part.get_content_subtype() == "html" else content


class _Text(HTMLParser):
    """Collects the text of a page, a line break for each block; nothing of scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's interface
        self._hidden += tag in ("script", "style")
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _without_tags(page: str) -> str:
    parser = _Text()
    parser.feed(page)
    parser.close()
    return re.sub(r"\n\s*\n+", "\n", "".join(parser.parts))
