"""What may go wrong with access, as two exceptions."""


class AccessError(ValueError):
    """The application must not be served as asked, or a users file is unusable; the message names value and remedy."""


class Forbidden(Exception):  # noqa: N818  # the name of the answer it becomes
    """The person asking may not do this; the message is a sentence for that person."""
