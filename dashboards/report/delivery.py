"""Handing a mail to the configured SMTP server, and saying clearly what went wrong."""

import contextlib
import os
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage

from dashboards.report.mail import MailError
from pipelines.config.presentation import SMTP_PASSWORD_VARIABLE, Email


class DeliveryError(Exception):
    """The server did not take a mail; the message says at which step, whose, and what it answered.

    ``partly``: it took the mails of some recipients, who would get them twice if they were sent again.
    """

    partly = False


class PartlyDeliveredError(DeliveryError):
    partly = True


def require_settings(settings: Email) -> None:
    """Raise MailError unless ``settings`` name a server, and a password where they name a user."""
    if not settings.host:
        raise MailError("[email] host is not set; name the server that mail goes through, and from")
    if settings.user and not os.environ.get(SMTP_PASSWORD_VARIABLE):
        raise MailError(
            f"{SMTP_PASSWORD_VARIABLE} is not set, but [email] user is; set it to the password of {settings.user!r}"
        )


def deliver(messages: Sequence[EmailMessage], settings: Email) -> None:
    """Send each of ``messages`` to its one recipient, as ``settings`` say; a mail that fails does not stop the others.

    Raises MailError, or DeliveryError once all were tried; the password is never said.
    """
    require_settings(settings)
    place = f"mail server {settings.host}:{settings.smtp_port}"
    failed: list[str] = []
    server: smtplib.SMTP | None = None
    for number, message in enumerate(messages):
        try:
            # A server that has hung up is called again.
            server = server if server is not None and server.sock is not None else _open(settings, place)
        except DeliveryError as error:
            if number == 0:
                raise
            # It will not answer for those that are left either.
            failed += [f"{each['To']} ({str(error).removeprefix(place).strip()})" for each in messages[number:]]
            break
        fault = _sent(server, message)
        failed += [f"{message['To']} ({fault})"] if fault else []
    if server is not None and server.sock is not None:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.quit()
    if len(failed) == len(messages) and failed:
        raise DeliveryError(f"{place} did not take the mail for {'; '.join(failed)}")
    if failed:
        raise PartlyDeliveredError(f"{place} took the mail for some only; not for {'; '.join(failed)}")


def _sent(server: smtplib.SMTP, message: EmailMessage) -> str:
    """Why ``server`` did not take ``message``; empty if it did."""
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        ((code, said),) = error.recipients.values()
        return f"{code} {_text(said)}"
    except smtplib.SMTPResponseException as error:
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    except (smtplib.SMTPException, OSError) as error:
        server.close()
        return _text(str(error)) or type(error).__name__
    return ""


def _open(settings: Email, place: str) -> smtplib.SMTP:
    """A connection, protected and logged in as ``settings`` say. Raises DeliveryError naming the step that failed."""
    step = "cannot be reached"
    server: smtplib.SMTP | None = None
    try:
        server = _connect(settings)
        step = "refused a protected connection"
        if settings.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        step = "refused the login"
        if settings.user:
            server.login(settings.user, os.environ[SMTP_PASSWORD_VARIABLE])
        step = "refused the greeting"
        server.ehlo_or_helo_if_needed()
    except (smtplib.SMTPException, OSError) as error:
        if server is not None:
            server.close()
        if isinstance(error, smtplib.SMTPResponseException):
            raise DeliveryError(f"{place} {step}: {error.smtp_code} {_text(error.smtp_error)}") from error
        if isinstance(error, ssl.SSLError):
            raise DeliveryError(f"{place} has no certificate that can be trusted: {error.reason or error}") from error
        raise DeliveryError(f"{place} {step}: {_text(str(error)) or type(error).__name__}") from error
    return server


def _connect(settings: Email) -> smtplib.SMTP:
    where, seconds = (settings.host, settings.smtp_port), settings.timeout_seconds
    if settings.security == "tls":
        return smtplib.SMTP_SSL(*where, timeout=seconds, context=ssl.create_default_context())
    return smtplib.SMTP(*where, timeout=seconds)


def _text(said: bytes | str) -> str:
    """A server's answer as one printable line."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return "".join(each if each.isprintable() else " " for each in text)[:300].strip()
