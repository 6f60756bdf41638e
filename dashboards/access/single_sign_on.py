"""The way in through the identity provider: off to it, and back from it with a code.

What the browser must bring back (state, nonce, PKCE verifier, where it was going) stands in a signed cookie that lives
for ten minutes and is good once. It is sent along when the provider's page leads back here (``SameSite=Lax``), as the
session's cookie would not be; so the way on to the page leads over a page of ours.
"""

import hmac
import logging
from dataclasses import dataclass
from hashlib import sha256

import flask
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response as BaseResponse

from dashboards.access.cookies import keep_session
from dashboards.access.errors import in_words
from dashboards.access.identity_provider import (
    Begun,
    IdentityProvider,
    NoRoleError,
    NotVerifiedError,
    ProviderDownError,
)
from dashboards.access.proxy import payer
from dashboards.access.registry import Registry
from dashboards.access.request_user import User, audit, current_client, current_session, enter
from dashboards.access.same_origin import local_path
from dashboards.access.screens import arriving_screen, login_address, notice_screen
from dashboards.access.sessions import Member
from dashboards.access.setup import Access, Login

_LOG = logging.getLogger(__name__)

BEGIN_ROUTE, RETURN_ROUTE = "/login/sso", "/login/callback"
_LIFE_SECONDS = 600
_LONGEST_CODE = 4_096
_VIA = "single sign-on"


@dataclass(frozen=True)
class _Refusal:
    title: str
    text: str
    status: int


_DOWN = _Refusal(
    "The identity provider cannot be reached",
    "Single sign-on does not work at the moment; try again in a few minutes. Who has a password here can log in with it.",
    503,
)
_NOT_BEGUN = _Refusal(
    "This login cannot be completed",
    "It was not begun in this browser, took longer than ten minutes, or was completed or begun anew meanwhile. Begin again.",
    400,
)
_NOT_VERIFIED = _Refusal(
    "This login could not be verified",
    "Begin again. If it happens once more, whoever runs this installation finds the reason in the server's log.",
    401,
)
_NOT_LOGGED_IN = _Refusal("You were not logged in", "The identity provider did not let you in. Begin again.", 401)
_NO_ROLE = _Refusal(
    "Nothing here is open to you",
    "You are logged in at the identity provider, but none of your groups has a role here. Whoever runs this "
    "installation can give it one.",
    403,
)
_NAME_TAKEN = _Refusal(
    "Nothing here is open to you",
    "Your name at the identity provider is that of a user who has a password here. Log in with the password.",
    403,
)


class _RefusedError(Exception):
    """The login ends with a message."""

    def __init__(self, refusal: _Refusal) -> None:
        super().__init__(refusal.title)
        self.refusal = refusal


def add_single_sign_on(
    server: flask.Flask, registry: Registry, access: Access, login: Login, provider: IdentityProvider
) -> None:
    """The routes ``/login/sso`` and ``/login/callback``."""
    sign_on = _SingleSignOn(access, login, provider)
    registry.enter_route(server, "GET", BEGIN_ROUTE, None, by_person=True)(sign_on.begin)
    registry.enter_route(server, "GET", RETURN_ROUTE, None, by_person=True)(sign_on.come_back)


class _SingleSignOn:
    def __init__(self, access: Access, login: Login, provider: IdentityProvider) -> None:
        self._access, self._login, self._provider = access, login, provider
        self._cookie = "__Host-aftercall-sso" if access.secure else "aftercall-sso"
        self._signed = URLSafeSerializer(
            login.key,
            salt="aftercall single sign-on",
            signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
        )

    def begin(self) -> flask.typing.ResponseReturnValue:
        """Off to the provider."""
        target = local_path(flask.request.args.get("next"))
        if current_session() is not None:
            return flask.redirect(target)
        try:
            address, begun = self._provider.begin(_return_address())
        except ProviderDownError:
            return _message(_DOWN, target)
        response = flask.redirect(address)
        response.set_cookie(
            self._cookie,
            self._signed.dumps([begun.state, begun.nonce, begun.verifier, target, self._access.clock()]),
            max_age=_LIFE_SECONDS,
            secure=self._access.secure,
            httponly=True,
            samesite="Lax",
        )
        return response

    def come_back(self) -> flask.typing.ResponseReturnValue:
        """Back from the provider, with a code or without. Whatever comes of it, the cookie has had its use."""
        address, now = payer(current_client().address), self._access.clock()
        wait = self._login.by_address.wait(address, now)
        if wait:
            if not self._login.noted.wait(address, now):
                audit("login refused", via=_VIA)
            return _message(_Refusal("Too many attempts", f"Wait {in_words(wait)} and begin again.", 429), "/")
        begun, target = self._begun(flask.request.args.get("state", ""))
        try:
            member = self._member(begun)
        except _RefusedError as error:
            response: BaseResponse = _message(error.refusal, target)
        else:
            self._login.by_address.give_back(address)
            response = self._let_in(member, target)
        response.delete_cookie(self._cookie, secure=self._access.secure, httponly=True, samesite="Lax")
        return response

    def _begun(self, state: str) -> tuple[Begun | None, str]:
        """The login that the browser began and where it was going; None if it is not the one that comes back."""
        try:
            begun_state, nonce, verifier, target, at = self._signed.loads(flask.request.cookies.get(self._cookie, ""))
        except (BadData, TypeError, ValueError):
            return None, "/"
        begun, ended, now = Begun(begun_state, nonce, verifier), self._login.sessions.ended, self._access.clock()
        used = f"sso-{sha256(begun_state.encode()).hexdigest()}"
        is_it = hmac.compare_digest(begun_state.encode(), state.encode("utf-8", "replace"))
        if not is_it or not 0 <= now - at < _LIFE_SECONDS or used in ended:
            return None, local_path(target)
        # From here on nobody can use this login once more, whoever else holds a copy of address and cookie.
        ended.add(used, now + _LIFE_SECONDS)
        return begun, local_path(target)

    def _member(self, begun: Begun | None) -> Member:
        """Whom the provider vouches for. Raises _RefusedError, and has logged why."""
        if begun is None:
            raise _RefusedError(_NOT_BEGUN)
        asked, code = flask.request.args, flask.request.args.get("code", "")
        # Where the provider says in the address who it is, it must be the one (RFC 9207).
        is_ours = asked.get("iss", self._provider.issuer) == self._provider.issuer
        if "error" in asked or not is_ours or not 0 < len(code) <= _LONGEST_CODE:
            audit("login failed", via=_VIA)
            raise _RefusedError(_NOT_LOGGED_IN)
        try:
            member = self._provider.member(code, begun, _return_address())
        except ProviderDownError as error:
            raise _RefusedError(_DOWN) from error
        except NotVerifiedError as error:
            _LOG.warning("single sign-on: a login was refused: %s", error)
            audit("login failed", via=_VIA)
            raise _RefusedError(_NOT_VERIFIED) from error
        except NoRoleError as error:
            audit("login refused", via=_VIA, tried=error.name)
            raise _RefusedError(_NO_ROLE) from error
        if self._login.book is not None and self._login.book.account(member.name) is not None:
            audit("login refused", via=_VIA, tried=member.name)
            raise _RefusedError(_NAME_TAKEN)
        return member

    def _let_in(self, member: Member, target: str) -> BaseResponse:
        former = current_session()
        if former is not None:
            self._login.sessions.end(former)
        session = self._login.sessions.begin(member)
        enter(current_client(), User(member.name, member.role, "sso"), None)
        audit("login", via=_VIA, subject=member.subject)
        response = arriving_screen(target)
        keep_session(response, self._access, self._login, session)
        return response


def _return_address() -> str:
    """Where the provider sends the browser back to: this place at the host that was asked for, which the gate has checked."""
    client = current_client()
    return f"{client.scheme}://{client.host}{RETURN_ROUTE}"


def _message(refusal: _Refusal, target: str) -> flask.Response:
    return notice_screen(refusal.title, refusal.text, refusal.status, ("To the login", login_address(target)))
