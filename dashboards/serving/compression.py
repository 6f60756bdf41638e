"""Answers in gzip for who reads that, and 304 for who has the file: a page is a tenth of its size on the wire.

No answer holds a secret of the session beside text that somebody else could choose, so its length tells nobody anything:
requests from elsewhere are refused (``access.same_origin``), and cookies are in no body.
"""

import gzip
import hashlib
import re
from functools import lru_cache

import flask

from dashboards.access.headers import is_static

_SMALLER = re.compile(r"text/|application/(json|javascript|xml)|image/svg")
#: Below so many bytes compressing costs more than it saves.
_LEAST = 1_000


def add_compression(server: flask.Flask) -> None:
    """Compress every answer that gets smaller by it."""

    @server.after_request
    def compress(response: flask.Response) -> flask.Response:
        return _compressed(response) if response.status_code == 200 else response


def _compressed(response: flask.Response) -> flask.Response:
    """``response`` in gzip where asked for; files without data get a tag by content, and 304 where that is known."""
    static = is_static(flask.request.path)
    if static:
        response.direct_passthrough = False
    elif not response.is_sequence:
        return response  # written piece by piece
    body = response.get_data()
    if static:
        # One tag for both encodings, hence a weak one.
        response.set_etag(hashlib.sha256(body).hexdigest()[:32], weak=True)
    if _SMALLER.match(response.mimetype or "") and "Content-Encoding" not in response.headers:
        response.vary.add("Accept-Encoding")
        if len(body) >= _LEAST and flask.request.accept_encodings.quality("gzip") > 0:
            response.set_data(_compressed_once(body) if static else gzip.compress(body, 4))
            response.headers["Content-Encoding"] = "gzip"
    if static:
        response.make_conditional(flask.request)
    return response


@lru_cache(maxsize=128)
def _compressed_once(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)
