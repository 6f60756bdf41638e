"""Handing a mail to the configured SMTP server, and saying clearly what went wrong."""

import os
import smtplib
import ssl
from email.message import EmailMessage

from dashboards.report.mail import MailError
from pipelines.config.presentation import SMTP_PASSWORD_VARIABLE, Email


class DeliveryError(Exception):
    """The server did not take the mail; the message says at which step, and what it answered.

    ``partly``: it took it for some recipients, who would get it twice if it were sent again.
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


def deliver(message: EmailMessage, settings: Email) -> None:
    """Send ``message`` as ``settings`` say. Raises MailError or DeliveryError; the password is never said."""
    require_settings(settings)
    place = f"mail server {settings.host}:{settings.smtp_port}"
    step = "cannot be reached"
    try:
        with _connect(settings) as server:
            step = "refused a protected connection"
            if settings.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            step = "refused the login"
            if settings.user:
                server.login(settings.user, os.environ[SMTP_PASSWORD_VARIABLE])
            step = "did not take the mail"
            refused = server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        raise DeliveryError(f"{place} refused {_refused(error.recipients)}") from error
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(f"{place} {step}: {error.smtp_code} {_text(error.smtp_error)}") from error
    except ssl.SSLError as error:
        raise DeliveryError(f"{place} has no certificate that can be trusted: {error.reason or error}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryError(f"{place} {step}: {_text(str(error)) or type(error).__name__}") from error
    if refused:
        raise PartlyDeliveredError(f"{place} took the mail for some only; it refused {_refused(refused)}")


def _connect(settings: Email) -> smtplib.SMTP:
    where, seconds = (settings.host, settings.smtp_port), settings.timeout_seconds
    if settings.security == "tls":
        return smtplib.SMTP_SSL(*where, timeout=seconds, context=ssl.create_default_context())
    return smtplib.SMTP(*where, timeout=seconds)


def _refused(recipients: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{address} ({code} {_text(said)})" for address, (code, said) in sorted(recipients.items()))


def _text(said: bytes | str) -> str:
    """A server's answer as one printable line."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return "".join(each if each.isprintable() else " " for each in text)[:300].strip()
