"""A real SMTP server on a free loopback port, in a thread: it takes mail, asks for a login, speaks TLS, or refuses."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class Taken:
    """One mail as the server got it."""

    sender: str
    recipients: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        found = message_from_bytes(self.raw, policy=default)
        assert isinstance(found, EmailMessage)
        return found


@dataclass
class Behaviour:
    """``login``: what is asked for; ``answers``: command → what is answered instead; ``context``: TLS is offered."""

    login: tuple[str, str] | None = None
    answers: dict[str, str] = field(default_factory=dict)
    context: ssl.SSLContext | None = None
    silent: bool = False
    taken: list[Taken] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        behaviour: Behaviour = self.server.behaviour  # type: ignore[attr-defined]
        if behaviour.silent:
            behaviour.done.wait(20)
            return
        self._answer("220 made.example ESMTP")
        sender, recipients, trusted = "", [], behaviour.login is None
        while line := self.rfile.readline():
            text = line.decode("ascii").rstrip("\r\n")
            behaviour.said.append(text)
            verb = text.split(" ", 1)[0].upper()
            refused = next(
                (answer for start, answer in behaviour.answers.items() if text.upper().startswith(start)), ""
            )
            if refused:
                self._answer(refused)
            elif verb == "EHLO":
                offers = ["AUTH PLAIN"] if behaviour.login else []
                offers += ["STARTTLS"] if behaviour.context else []
                self._answer("\r\n".join([f"250-{each}" for each in ["made.example", *offers]] + ["250 SIZE 50000000"]))
            elif verb == "STARTTLS" and behaviour.context:
                self._answer("220 go on")
                self.connection = behaviour.context.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)  # type: ignore[assignment]
            elif verb == "AUTH":
                _, user, password = base64.b64decode(text.rsplit(" ", 1)[1]).decode().split("\0")
                trusted = (user, password) == behaviour.login
                self._answer("235 welcome" if trusted else "535 5.7.8 who are you?")
            elif verb == "MAIL":
                sender, recipients = text[text.index("<") + 1 : text.index(">")], []
                self._answer("250 ok" if trusted else "530 5.7.0 log in first")
            elif verb == "RCPT":
                recipients.append(text[text.index("<") + 1 : text.index(">")])
                self._answer("250 ok")
            elif verb == "DATA":
                self._answer("354 go on")
                lines = []
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(part[1:] if part.startswith(b"..") else part)
                behaviour.taken.append(Taken(sender, recipients, b"".join(lines)))
                self._answer("250 taken")
            elif verb == "QUIT":
                self._answer("221 bye")
                return
            else:
                self._answer("250 ok" if verb in ("RSET", "NOOP") else "502 what?")

    def _answer(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mail_server(behaviour: Behaviour | None = None) -> Iterator[tuple[int, Behaviour]]:
    """The port of a server that lives as long as the block, and what it did."""
    behaviour = behaviour or Behaviour()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        server.behaviour = behaviour  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1], behaviour
        finally:
            behaviour.done.set()
            server.shutdown()
            thread.join()
