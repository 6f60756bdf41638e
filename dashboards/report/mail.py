"""The report as a mail: plain text, HTML for mail programs with the pictures inline, and the PDF attached where made.

Header injection is impossible: subject and sender are cleared of everything that is not printable before they become
headers, addresses are checked, and the message's policy refuses a line break in any header.
"""

from collections.abc import Mapping, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr

from dashboards.report.content import WeeklyReport
from dashboards.report.page import received_text, render_received_pages, template
from dashboards.report.pictures import LINE_SIZE
from dashboards.report.printing import DIAGRAM
from dashboards.report.without_contacts import ReceivedReport
from pipelines.config.presentation import checked_address

NO_PICTURES = "This mail comes without pictures: the machine that made it has no Chromium. The report's page has them."
_TEXT_WIDTH = 78


class MailError(ValueError):
    """The mail cannot be made as asked; the message names the value and the remedy."""


def compose(
    report: WeeklyReport,
    *,
    sender: str,
    recipients: Sequence[str],
    pictures: Mapping[str, bytes],
    pdf: bytes | None = None,
) -> EmailMessage:
    """The mail of ``report``. ``sender``: an address, or a name and <address>; ``pictures``: name → PNG, may be empty.

    Raises MailError for an address that is none.
    """
    message = _headed(report.title, sender, recipients)
    # Short enough to stay on the line of their header, which not every mail program unfolds.
    ids = {key: f"<{key.replace('_', '-')}@aftercall.invalid>" for key in pictures}
    note = "" if pictures else NO_PICTURES
    shown = {
        "report": report,
        "summary": report.summary,
        "cids": {key: each[1:-1] for key, each in ids.items()},
        "diagram": DIAGRAM,
        "line_width": LINE_SIZE[0],
        "note": note,
        "has_pdf": pdf is not None,
    }
    message.set_content(plain_text(report, note=note, has_pdf=pdf is not None))
    message.add_alternative(template("mail.html.j2").render(shown), subtype="html")
    html = message.get_payload()[1]  # type: ignore[index]
    for key, picture in pictures.items():
        html.add_related(picture, "image", "png", cid=ids[key], disposition="inline", filename=f"{key}.png")  # type: ignore[union-attr]
    _attach(message, pdf, report.week)
    return message


def compose_received(
    report: ReceivedReport, *, sender: str, recipients: Sequence[str], pdf: bytes | None = None
) -> EmailMessage:
    """The mail of a report without contacts; it has no pictures. Raises MailError for an address that is none."""
    message = _headed(report.title, sender, recipients)
    text = _printable(received_text(report, has_pdf=pdf is not None))
    message.set_content("\n".join(_wrapped(line) for line in text.split("\n")))
    message.add_alternative(render_received_pages(report, paper="A4"), subtype="html")
    _attach(message, pdf, report.week)
    return message


def _headed(title: str, sender: str, recipients: Sequence[str]) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    name, address = parseaddr(sender)
    message["Subject"] = _one_line(title)
    message["From"] = _address(address, _one_line(name))
    message["To"] = [_address(each) for each in recipients]
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain=address.rpartition("@")[2])
    # Nobody's absence notice need answer a machine.
    message["Auto-Submitted"] = "auto-generated"
    return message


def _attach(message: EmailMessage, pdf: bytes | None, week: str) -> None:
    if pdf is not None:
        message.add_attachment(pdf, "application", "pdf", filename=f"aftercall-{week}.pdf")


def plain_text(report: WeeklyReport, *, note: str, has_pdf: bool) -> str:
    """The two pages as text that reads well: paragraphs of at most 78 characters."""
    text: str = template("mail.txt.j2").render(report=report, summary=report.summary, note=note, has_pdf=has_pdf)
    return "\n".join(_wrapped(line) for line in _printable(text).split("\n"))


def _wrapped(line: str) -> str:
    """``line`` broken at blanks; what follows stands under its text."""
    text = line.lstrip(" ")
    start = " " * (len(line) - len(text))
    under = start + ("  " if text.startswith("- ") else "")
    lines: list[str] = []
    current = start
    for word in text.split(" "):
        if current.strip(" -") and len(current) + 1 + len(word) > _TEXT_WIDTH:
            lines.append(current)
            current = under + word
        else:
            current = current + word if current == start else f"{current} {word}"
    return "\n".join([*lines, current])


def _printable(text: str) -> str:
    """``text`` without control characters and marks that turn its direction, line feeds apart."""
    return "".join(each for each in text if each == "\n" or each.isprintable() or each in "\u00a0\u202f")


def _one_line(text: str) -> str:
    return " ".join(_printable(text).split())[:200]


def _address(address: str, name: str = "") -> Address:
    try:
        return Address(display_name=name, addr_spec=checked_address(address))
    except ValueError as error:
        raise MailError(f"{address!r} {error}") from error
