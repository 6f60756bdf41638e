"""The report as a mail: plain text, HTML for mail programs with the pictures inline, and the PDF attached where made.

Header injection is impossible: subject and sender are cleared of everything that is not printable before they become
headers, addresses are checked, and the message's policy refuses a line break in any header.
"""

from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr

from dashboards.report.content import PartReport, WeeklyReport
from dashboards.report.page import received_text, render_received, template
from dashboards.report.pictures import LINE_SIZE
from dashboards.report.printing import DIAGRAM
from dashboards.report.without_contacts import ReceivedReport
from dashboards.wording.report import only_of, part_title, subject
from pipelines.config.presentation import checked_address

NO_PICTURES = "This mail comes without pictures: the machine that made it has no Chromium. The report's page has them."
#: Bytes of the HTML part: Gmail cuts a mail after 102 kB. What is beyond loses the sections that say nothing new.
LARGEST_BODY = 90_000
_TEXT_WIDTH = 78


class MailError(ValueError):
    """The mail cannot be made as asked; the message names the value and the remedy."""


def compose(
    report: WeeklyReport | PartReport,
    *,
    sender: str,
    recipient: str,
    pictures: Mapping[str, bytes],
    pdf: bytes | None = None,
    text_only: bool = False,
    address: str = "",
) -> EmailMessage:
    """The mail of ``report`` to one ``recipient``, who learns of no other.

    ``sender``: an address, or a name and <address>; ``pictures``: name → PNG, may be empty; ``text_only``: plain text and
    nothing else; ``address``: the dashboards, may be empty.

    Raises MailError for an address that is none.
    """
    news = subject(report.name, report.week, report.summary.lead.subject)
    if report.summary.part:
        news = subject(part_title(report.name, report.summary.part), report.week, report.summary.lead.subject)
    message = _headed(news, sender, recipient)
    # Short enough to stay on the line of their header, which not every mail program unfolds.
    ids = {key: f"<{key.replace('_', '-')}@aftercall.invalid>" for key in pictures}
    note = "" if pictures or text_only else NO_PICTURES
    message.set_content(plain_text(report, note=note, has_pdf=pdf is not None, address=address))
    if not text_only:
        shown = {
            "report": report,
            "summary": report.summary,
            "only_of": only_of(report.summary.part),
            "cids": {key: each[1:-1] for key, each in ids.items()},
            "diagram": DIAGRAM,
            "line_width": LINE_SIZE[0],
            "note": note,
            "has_pdf": pdf is not None,
            "address": address,
        }
        page = template("mail.html.j2").render(shown, short=False)
        if len(page.encode()) > LARGEST_BODY:
            page = template("mail.html.j2").render(shown, short=True)
        message.add_alternative(page, subtype="html")
        html = message.get_payload()[1]  # type: ignore[index]
        for key, picture in pictures.items():
            if f"cid:{ids[key][1:-1]}" in page:
                html.add_related(picture, "image", "png", cid=ids[key], disposition="inline", filename=f"{key}.png")  # type: ignore[union-attr]
    _attach(message, pdf, report.week)
    return message


def compose_received(
    report: ReceivedReport, *, sender: str, recipient: str, pdf: bytes | None = None, text_only: bool = False
) -> EmailMessage:
    """The mail of a report without contacts; it has no pictures. Raises MailError for an address that is none."""
    message = _headed(subject(report.name, report.week, report.lead.removesuffix(".")), sender, recipient)
    text = _printable(received_text(report, has_pdf=pdf is not None))
    message.set_content("\n".join(_wrapped(line) for line in text.split("\n")))
    if not text_only:
        message.add_alternative(render_received(report), subtype="html")
    _attach(message, pdf, report.week)
    return message


def _headed(title: str, sender: str, recipient: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    name, address = parseaddr(sender)
    # Where a subject is folded, a dash beyond ASCII costs a blank.
    message["Subject"] = _one_line(title.replace("–", "-"))
    message["From"] = _address(address, _one_line(name))
    message["To"] = _address(recipient)
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain=address.rpartition("@")[2])
    # Nobody's absence notice need answer a machine.
    message["Auto-Submitted"] = "auto-generated"
    return message


def _attach(message: EmailMessage, pdf: bytes | None, week: str) -> None:
    if pdf is not None:
        message.add_attachment(pdf, "application", "pdf", filename=f"aftercall-{week}.pdf")


def plain_text(report: WeeklyReport | PartReport, *, note: str, has_pdf: bool, address: str = "") -> str:
    """The two pages as text that reads well: paragraphs of at most 78 characters."""
    text: str = template("mail.txt.j2").render(
        report=report,
        summary=report.summary,
        only_of=only_of(report.summary.part),
        note=note,
        has_pdf=has_pdf,
        address=address,
    )
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
