"""What may go wrong with access, as exceptions."""

import math


class AccessError(ValueError):
    """The application must not be served as asked, or a users file is unusable; the message names value and remedy."""


class Forbidden(Exception):  # noqa: N818  # the name of the answer it becomes
    """The person asking may not do this; the message is a sentence for that person."""


class TooManyLookUpsError(Exception):
    """The person asking has opened too much in too short a time; the message is a sentence for that person."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"You have opened many cases, lists or searches in a short time. Wait {in_words(seconds)}.")
        self.seconds = math.ceil(seconds)


def in_words(seconds: float) -> str:
    """``30 seconds``, ``2 minutes``: rounded up, so that waiting so long is enough."""
    amount, unit = (math.ceil(seconds), "second") if seconds <= 59 else (math.ceil(seconds / 60), "minute")
    return f"{amount} {unit}{'' if amount == 1 else 's'}"
