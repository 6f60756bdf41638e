"""Single sign-on: the conversation with an OpenID Connect provider, and what of its answer is believed.

The authorization code flow with PKCE. Addresses and keys come from the provider's discovery document, which must state
the configured issuer. Of an ID token are checked: the signature, by one of the keys that the provider publishes and an
algorithm with a public key (never ``none``, never a shared secret); issuer, audience, expiry and nonce; and that it goes
with the access token. Only claims of the ID token are read.

Nothing is asked of the provider before somebody logs in, so that pages are served while it is down.
"""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet

from dashboards.access.proxy import person_name
from dashboards.access.roles import role_of
from dashboards.access.sessions import Member
from pipelines.config.access import Oidc, is_safe_url

_LOG = logging.getLogger(__name__)

_DISCOVERY = "/.well-known/openid-configuration"
#: Longest wait for the provider to be reached and for it to answer, in seconds.
_TIMEOUT = (5, 10)
#: The discovery document and the keys are asked for anew after so long, in seconds …
_FRESH_SECONDS = 3600.0
#: … keys also for a token signed by an unknown one, but not more often than this; nor is a provider that is down.
_RETRY_SECONDS = 10.0
#: By how much the provider's clock may differ from ours, in seconds.
_LEEWAY_SECONDS = 60
_LARGEST_ANSWER = 1_000_000
#: Signatures by a private key; with any other algorithm, whoever knows what is public could sign.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_KEY_TYPES = ("RSA", "EC", "OKP")


class ProviderDownError(Exception):
    """The provider cannot be reached, or its answer cannot be read; the log says what."""


class NotVerifiedError(Exception):
    """What came back is not to be believed. The message is for the log, and quotes nothing of what came."""


class NoRoleError(Exception):
    """The person was logged in by the provider, and nothing here is open to them. ``name`` is None if the token has none."""

    def __init__(self, name: str | None) -> None:
        super().__init__("no group of the person has a role here" if name else "the ID token names nobody")
        self.name = name


@dataclass(frozen=True)
class Begun:
    """A login under way: what only the browser that began it, and the provider, know of it."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class _Facts:
    """What the provider says of itself; ``at``: when it was asked, in seconds since 1970."""

    at: float
    authorization: str
    token: str
    keys_address: str
    algorithms: tuple[str, ...]
    token_auth: str


class IdentityProvider:
    """The configured provider. Threads share one object."""

    def __init__(self, configured: Oidc, secret: str, clock: Callable[[], float]) -> None:
        """``clock`` gives seconds since 1970."""
        self._configured, self._secret, self._clock = configured, secret, clock
        self._lock = threading.Lock()
        self._facts: _Facts | None = None
        self._keys: KeySet | None = None
        self._keys_at = self._failed_at = float("-inf")

    @property
    def issuer(self) -> str:
        return self._configured.issuer

    @property
    def id(self) -> str:
        """By what sessions of its members are told from those of another provider's."""
        return f"{self._configured.issuer} {self._configured.client_id}"

    def begin(self, redirect_address: str) -> tuple[str, Begun]:
        """The address at the provider where the person logs in. Raises ProviderDownError."""
        facts = self._known_facts()
        begun = Begun(generate_token(32), generate_token(32), generate_token(64))
        with self._client(facts, redirect_address) as client:
            address, _ = client.create_authorization_url(
                facts.authorization, state=begun.state, nonce=begun.nonce, code_verifier=begun.verifier
            )
        return str(address), begun

    def member(self, code: str, begun: Begun, redirect_address: str) -> Member:
        """Whom the provider vouches for by ``code``. Raises ProviderDownError, NotVerifiedError, NoRoleError."""
        facts = self._known_facts()
        token = self._token(facts, code, begun, redirect_address)
        claims = self._verified(facts, token, begun.nonce)
        name = claims.get(self._configured.name_claim)
        known = person_name(name) if isinstance(name, str) else None
        groups = claims.get(self._configured.groups_claim)
        # A single group may stand there as text; anything else than texts is no group.
        listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        held = tuple(sorted({each for each in listed if isinstance(each, str) and each in self._configured.roles}))
        role = role_of(held, self._configured.roles)
        if known is None or role is None:
            raise NoRoleError(known)
        return Member(known, role, str(claims["sub"]), held)

    def _token(self, facts: _Facts, code: str, begun: Begun, redirect_address: str) -> Mapping[str, Any]:
        """The token answer for ``code``, which the provider takes once."""
        with self._client(facts, redirect_address) as client:
            try:
                token = client.fetch_token(
                    facts.token,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=begun.verifier,
                    allow_redirects=False,
                )
            except AuthlibBaseError as error:
                raise NotVerifiedError("the provider refused the code") from error
            except requests.HTTPError as error:
                status = error.response.status_code if error.response is not None else 0
                if 400 <= status < 500:
                    raise NotVerifiedError(f"the token address answered with status {status}") from error
                raise ProviderDownError(f"the token address answered with status {status}") from error
            except (requests.RequestException, ValueError) as error:
                raise ProviderDownError(f"the token address gave no answer ({type(error).__name__})") from error
        return token if isinstance(token, Mapping) else {}

    def _verified(self, facts: _Facts, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """The claims of the ID token in ``token``."""
        raw = token.get("id_token")
        if not isinstance(raw, str):
            raise NotVerifiedError("the provider's answer holds no ID token")
        try:
            try:
                read = jwt.decode(raw, self._known_keys(facts), algorithms=list(facts.algorithms))
            except InvalidKeyIdError:
                read = jwt.decode(raw, self._known_keys(facts, anew=True), algorithms=list(facts.algorithms))
            expected = {
                "iss": {"essential": True, "value": self._configured.issuer},
                "aud": {"essential": True, "value": self._configured.client_id},
                "sub": {"essential": True},
                "nonce": {"essential": True, "value": nonce},
            }
            parameters = {"nonce": nonce, "client_id": self._configured.client_id}
            access_token = token.get("access_token")
            if isinstance(access_token, str):
                parameters["access_token"] = access_token
            claims = CodeIDToken(read.claims, read.header, expected, parameters)
            claims.validate(now=int(self._clock()), leeway=_LEEWAY_SECONDS)
        except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError, RecursionError) as error:
            claim = f", claim {error.claim}" if isinstance(error, ClaimError) else ""
            raise NotVerifiedError(f"the ID token does not hold ({type(error).__name__}{claim})") from error
        return dict(claims)

    def _client(self, facts: _Facts, redirect_address: str) -> OAuth2Session:
        return OAuth2Session(
            self._configured.client_id,
            self._secret,
            token_endpoint_auth_method=facts.token_auth,
            scope=" ".join(self._configured.scopes),
            redirect_uri=redirect_address,
            code_challenge_method="S256",
            default_timeout=_TIMEOUT,
        )

    def _known_facts(self) -> _Facts:
        with self._lock:
            now = self._clock()
            if self._facts is None or now - self._facts.at >= _FRESH_SECONDS:
                self._facts = self._ask_facts(now)
            return self._facts

    def _ask_facts(self, now: float) -> _Facts:
        issuer = self._configured.issuer
        said = self._asked(issuer.rstrip("/") + _DISCOVERY, now)
        if said.get("issuer") != issuer:
            raise self._down(now, "its discovery document states another issuer than dashboard.oidc.issuer")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        addresses = [said.get(name) for name in names]
        for name, address in zip(names, addresses, strict=True):
            if not isinstance(address, str) or not is_safe_url(address):
                raise self._down(now, f"{name} of its discovery document is no https address")
        offered = _texts(said.get("id_token_signing_alg_values_supported")) or ["RS256"]
        ways = _texts(said.get("token_endpoint_auth_methods_supported")) or ["client_secret_basic"]
        authorization, token, keys = (str(address) for address in addresses)
        return _Facts(
            now,
            authorization,
            token,
            keys,
            tuple(each for each in _ALGORITHMS if each in offered),
            "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post",
        )

    def _known_keys(self, facts: _Facts, *, anew: bool = False) -> KeySet:
        with self._lock:
            now = self._clock()
            age = now - self._keys_at
            if self._keys is None or age >= _FRESH_SECONDS or (anew and age >= _RETRY_SECONDS):
                listed = self._asked(facts.keys_address, now).get("keys")
                self._keys = _signing_keys(listed if isinstance(listed, list) else [])
                self._keys_at = now
            return self._keys

    def _asked(self, address: str, now: float) -> Mapping[str, Any]:
        """The JSON object at ``address``; who asks while the provider is known to be down does not wait for it."""
        if now - self._failed_at < _RETRY_SECONDS:
            raise ProviderDownError("it was down a moment ago")
        try:
            with requests.get(address, timeout=_TIMEOUT, allow_redirects=False, stream=True) as answer:
                content = answer.raw.read(_LARGEST_ANSWER, decode_content=True)
                if answer.status_code != requests.codes.ok:
                    raise self._down(now, f"{address} answered with status {answer.status_code}")
            said = json.loads(content)
        except (requests.RequestException, OSError, ValueError, RecursionError) as error:
            raise self._down(now, f"{address} gave no answer ({type(error).__name__})") from error
        if not isinstance(said, dict):
            raise self._down(now, f"{address} gave no JSON object")
        return said

    def _down(self, now: float, reason: str) -> ProviderDownError:
        self._failed_at = now
        _LOG.error("single sign-on: the identity provider is not usable: %s", reason)
        return ProviderDownError(reason)


def _texts(listed: Any) -> list[str]:
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []


def _signing_keys(listed: list[Any]) -> KeySet:
    """The public keys that may sign; what else stands in the list, or cannot be read, is left out."""
    keys = []
    for each in listed:
        if isinstance(each, dict) and each.get("kty") in _KEY_TYPES and each.get("use") in (None, "sig"):
            try:
                keys.append(JWKRegistry.import_key(each))
            except (JoseError, ValueError, TypeError, KeyError):
                continue
    return KeySet(keys)
