"""A small but genuine OpenID Connect provider on loopback: discovery, keys, authorisation code with PKCE, signed tokens."""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import flask
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT, CLIENT_SECRET = "aftercall", "a secret between the provider and us"
#: Of an ID token about to be signed: header and claims, to be changed in place; what is returned goes out instead.
Change = Callable[[dict[str, Any], dict[str, Any]], str | None]


def key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


_FIRST_KEY = key("first")


class Provider:
    """``person``: the claims of whoever logs in; ``clock``: what it takes for now; ``change``: how it misbehaves."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.person: dict[str, Any] = {"sub": "u-1", "preferred_username": "Olga", "groups": ["quality", "everybody"]}
        self.keys = [_FIRST_KEY]
        self.signs_with = _FIRST_KEY
        self.change: Change | None = None
        self.discovery: dict[str, Any] = {}
        self.status = 200
        self.asked: list[str] = []
        self.issuer = ""
        self._codes: dict[str, dict[str, str]] = {}
        self.server = flask.Flask("provider")
        self._add_routes()

    def _add_routes(self) -> None:
        @self.server.before_request
        def note() -> flask.typing.ResponseReturnValue | None:
            self.asked.append(flask.request.path)
            return None if self.status == 200 else ("out of order", self.status)

        @self.server.get("/.well-known/openid-configuration")
        def configuration() -> dict[str, Any]:
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            } | self.discovery

        @self.server.get("/keys")
        def keys() -> dict[str, Any]:
            return {"keys": [each.as_dict(private=False) for each in self.keys]}

        @self.server.get("/authorize")
        def authorize() -> flask.typing.ResponseReturnValue:
            asked = flask.request.args
            assert asked["client_id"] == CLIENT
            assert asked["response_type"] == "code"
            assert asked["code_challenge_method"] == "S256"
            assert "openid" in asked["scope"].split()
            assert len(asked["state"]) > 20
            assert len(asked["nonce"]) > 20
            code = secrets.token_urlsafe(16)
            self._codes[code] = asked.to_dict()
            back = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
            return flask.redirect(f"{asked['redirect_uri']}?{back}")

        @self.server.post("/token")
        def token() -> flask.typing.ResponseReturnValue:
            given = flask.request.form
            who = flask.request.authorization
            begun = self._codes.pop(given.get("code", ""), None)
            challenge = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
            if who is None or (who.username, who.password) != (CLIENT, CLIENT_SECRET):
                return {"error": "invalid_client"}, 401
            if (
                begun is None
                or given.get("grant_type") != "authorization_code"
                or given.get("redirect_uri") != begun["redirect_uri"]
                or base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != begun["code_challenge"]
            ):
                return {"error": "invalid_grant", "error_description": "the code is spent"}, 400
            access_token = secrets.token_urlsafe(16)
            answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": 300}
            return answer | {"id_token": self._id_token(begun["nonce"], access_token)}

    def _id_token(self, nonce: str, access_token: str) -> str:
        now = int(self.clock())
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        header = {"alg": "RS256", "kid": self.signs_with.kid}
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        } | self.person
        instead = self.change(header, claims) if self.change else None
        return instead or jwt.encode(header, claims, self.signs_with, algorithms=["RS256"])


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    """A token of these parts as they stand."""
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


@contextmanager
def providing(clock: Callable[[], float], host: str = "127.0.0.1") -> Iterator[Provider]:
    """The provider on a free port of ``host``, a name of this machine."""
    provider = Provider(clock)
    server = make_server("127.0.0.1", 0, provider.server, threaded=True)
    provider.issuer = f"http://{host}:{server.server_port}"
    # It looks up this often whether it is to end, and who ends it waits so long.
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def oidc_settings(issuer: str, **more: str) -> str:
    """The section of the configuration; values of ``more`` are TOML."""
    given = {
        "issuer": json.dumps(issuer),
        "client_id": json.dumps(CLIENT),
        "roles": '{ quality = "analyst", management = "viewer", operations = "admin" }',
    } | more
    return "[dashboard.oidc]\n" + "".join(f"{name} = {value}\n" for name, value in given.items())
