"""Logging in and out: brute force is slowed, cookies cannot be made, kept or fixed, and sessions end when they should."""

import os
import re
from pathlib import Path

import itsdangerous
import pytest
from builders.access import CHEAP, PASSWORD, SESSION_KEY, START, Browser, Place, write_users

from dashboards.access.accounts import UserBook, add_account
from dashboards.access.rate_limit import FILE_BYTES, RateLimit
from dashboards.access.same_origin import local_path
from dashboards.access.sessions import EndedSessions, Sessions


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def browser(place: Place) -> Browser:
    return Browser(place.server)


def _is_in(browser: Browser) -> bool:
    return browser.get("/_dash-layout").status_code == 200


def test_the_way_in_and_out(place: Place, browser: Browser) -> None:
    asked = browser.get("/queues?mode=joint&weeks=26")
    assert (asked.status_code, asked.headers["Location"]) == (302, "/login?next=/queues%3Fmode%3Djoint%26weeks%3D26")
    form = browser.get(asked.headers["Location"]).get_data(as_text=True)
    assert 'value="/queues?mode=joint&amp;weeks=26"' in form
    answer = browser.log_in("Anna", target="/queues?mode=joint&weeks=26")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/queues?mode=joint&weeks=26")
    assert _is_in(browser)
    assert browser.get("/login?next=/queues").headers["Location"] == "/queues", "already in"
    out = browser.log_out()
    assert (out.status_code, out.headers["Location"]) == (303, "/login?out")
    assert "You are logged out" in browser.get("/login?out").get_data(as_text=True)
    assert not _is_in(browser)
    assert [(entry.action, entry.name, entry.role, entry.address) for entry in place.log()] == [
        ("login", "anna", "analyst", "127.0.0.1"),
        ("logout", "anna", "analyst", "127.0.0.1"),
    ]
    browser.log_in()
    browser.get("/logout")
    assert _is_in(browser), "a link or an image cannot log anybody out"


def test_the_cookie_is_out_of_reach(place: Place, browser: Browser) -> None:
    said = browser.log_in().headers["Set-Cookie"]
    assert re.search(r"^aftercall=.*; HttpOnly; Path=/; SameSite=Strict$", said)
    assert "Domain" not in said
    place.dashboard += 'hosts = ["calls.example"]\n'
    place.restart()
    said = Browser(place.server, host="calls.example", scheme="https").log_in().headers["Set-Cookie"]
    assert re.search(r"^__Host-aftercall=.*; Secure; HttpOnly; Path=/; SameSite=Strict$", said)


def test_wrong_password_and_unknown_name_are_answered_alike(place: Place, browser: Browser) -> None:
    wrong, unknown, odd = (
        browser.log_in(name, "wrong password").get_data(as_text=True).replace(name, "NAME")
        for name in ("anna", "anne", "no-such.user")
    )
    assert wrong == unknown == odd
    assert "do not fit together" in wrong
    assert browser.log_in("anna", "wrong password").status_code == 401
    assert browser.cookie is None
    for name, password in (("anna", ""), ("", PASSWORD), ("anna", "x" * 2000), ("<b>", "x"), ("anna\x00", PASSWORD)):
        answer = browser.log_in(name, password)
        assert answer.status_code == 401
        assert "<b>" not in answer.get_data(as_text=True)
    assert {entry.action for entry in place.log()} == {"login failed"}
    # A name that is nobody's may be a password in the wrong field.
    assert {entry.facts["tried"] for entry in place.log()} == {"anna", ""}
    written = (place.folder / "data" / "audit" / "audit.jsonl").read_text()
    assert "wrong password" not in written
    assert "no-such.user" not in written


def test_the_work_for_an_unknown_name_is_that_for_a_known_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by the clock: what is verified against has the same costs."""
    checked: list[str] = []
    book = UserBook(write_users(tmp_path))
    verify = CHEAP.verify

    class Noting:
        def verify(self, stored: str, password: str) -> bool:
            checked.append(re.sub(r"[^$]+\$[^$]+$", "", stored))
            return verify(stored, password)

    monkeypatch.setattr("dashboards.access.accounts._HASHER", Noting())
    for name, password in (("anna", "x"), ("nobody", "x"), ("not a name", "x"), ("anna", "x" * 5000)):
        assert book.check(name, password) is None
    assert book.check("anna", PASSWORD)
    assert len(checked) == 5
    assert set(checked) == {"$argon2id$v=19$m=8,t=1,p=1$"}


def test_brute_force_on_one_user_is_slowed(place: Place) -> None:
    """From ever other addresses: ten tries, then one every half minute; the right password has to wait as well."""
    allowed = 0
    for second in range(600):
        place.now = START + second
        answer = Browser(place.server, peer=f"198.51.{second // 200}.{second % 200}").log_in("anna", f"guess {second}")
        assert answer.status_code in (401, 429)
        allowed += answer.status_code == 401
    assert allowed == 10 + 599 // 30
    late = Browser(place.server, peer="203.0.113.7").log_in("anna")
    assert late.status_code == 429
    assert 1 <= int(late.headers["Retry-After"]) <= 30
    assert "Too many attempts" in late.get_data(as_text=True)
    assert Browser(place.server, peer="203.0.113.7").log_in("vera").status_code == 303, "others are not locked out"
    place.now += 60
    assert Browser(place.server, peer="203.0.113.7").log_in("anna").status_code == 303


SPELLINGS = [
    "anna", "Anna", "ANNA", " anna", "anna ", "\tanna\n", "anna\u00a0", "\u3000anna\u2003", "ａｎｎａ", "ＡＮＮＡ ", "anna" + " " * 200,
    "\u2028anna", "anna\x1f", "ann\uff21", "𝐚𝐧𝐧𝐚", "ⓐⓝⓝⓐ",
]  # fmt: skip


def test_no_spelling_of_a_name_gets_further_tries(place: Place) -> None:
    """Bounds, look-up and audit log go by one spelling: whatever finds the account counts for it."""
    for spelling in SPELLINGS:
        assert Browser(place.server).log_in(spelling).status_code == 303, repr(spelling)
        assert place.log()[-1].name == "anna"
    codes = [
        Browser(place.server, peer=f"198.51.100.{n}").log_in(SPELLINGS[n % len(SPELLINGS)], f"guess {n}").status_code
        for n in range(40)
    ]
    assert codes == [401] * 10 + [429] * 30
    assert {entry.facts.get("tried") for entry in place.log() if entry.action == "login failed"} == {"anna"}


@pytest.mark.parametrize(
    "name", ["an na", "anna\u200b", "anna\x00", "аnna", "anna.", "x" * 65, "anna" + " " * 300, " " * 300 + "anna"]
)
def test_what_is_no_spelling_of_it_is_nobody(name: str, place: Place, browser: Browser) -> None:
    """Too long a name is refused as it stands, and never cut to one that fits."""
    answer = browser.log_in(name)
    assert answer.status_code == 401
    assert "do not fit together" in answer.get_data(as_text=True)
    assert place.log()[-1].facts["tried"] == ""
    # Nor do such tries count for who is meant.
    for n in range(15):
        Browser(place.server, peer=f"198.51.100.{n}").log_in(name, "guess")
    assert Browser(place.server, peer="203.0.113.7").log_in("anna").status_code == 303


def test_a_restart_forgives_no_tries(place: Place, browser: Browser) -> None:
    for n in range(10):
        assert browser.log_in("anna", f"guess {n}").status_code == 401
    place.restart()
    assert Browser(place.server, peer="203.0.113.7").log_in("anna").status_code == 429
    other_process = Place(place.folder)
    assert Browser(other_process.server, peer="203.0.113.8").log_in("anna").status_code == 429
    for n in range(10):
        assert Browser(other_process.server).log_in(f"user{n}", "guess").status_code == 401
    place.restart()
    assert Browser(place.server).log_in("vera").status_code == 429, "nor those of an address"
    place.now += 31
    assert Browser(place.server, peer="203.0.113.9").log_in("anna").status_code == 303


def test_two_processes_count_together(tmp_path: Path) -> None:
    one, other = (RateLimit(3, 10.0, tmp_path / "sessions" / "tries") for _ in range(2))
    assert [one.wait("a", 0.0), other.wait("a", 0.0), one.wait("a", 0.0), other.wait("a", 0.0)] == [0.0, 0.0, 0.0, 10.0]
    other.give_back("a")
    assert one.wait("a", 0.0) == 0.0


def test_what_is_kept_of_tries_is_private_and_of_one_size(tmp_path: Path) -> None:
    path = tmp_path / "data" / "sessions" / "tries"
    limit = RateLimit(3, 10.0, path)
    for n in range(1000):
        limit.wait(f"name {n}", 1e9 + n)
    assert path.stat().st_size == FILE_BYTES
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert b"name" not in path.read_bytes()
    path.chmod(0o644)
    RateLimit(3, 10.0, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["tries"], "nothing half written is left"


def test_damage_locks_nobody_out_and_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "tries"
    for content in (b"", b"x", b"\0" * FILE_BYTES, b"y" * (FILE_BYTES + 8)):
        path.write_bytes(content)
        limit = RateLimit(3, 10.0, path)
        assert [limit.wait("a", 1e9) for _ in range(4)] == [0.0, 0.0, 0.0, 10.0]
    good = path.read_bytes()
    for value in (b"\xff", b"\x7f"):  # not a number; far in the future
        path.write_bytes(good[:32] + value * (FILE_BYTES - 32))
        assert RateLimit(3, 10.0, path).wait("a", 1e9) <= 10.0
    # A clock that was put back by a year: nobody waits for a year.
    assert RateLimit(3, 10.0, path).wait("b", 2e9) <= 10.0
    assert RateLimit(3, 10.0, path).wait("b", 1e9) <= 10.0
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    RateLimit(3, 10.0, path)
    assert not (tmp_path / "elsewhere").exists(), "a link is not followed"


def test_tries_that_cannot_be_kept_let_nobody_in(place: Place, browser: Browser) -> None:
    place.server.config["PROPAGATE_EXCEPTIONS"] = False
    assert place.access.login is not None
    place.access.login.by_user._file.close()
    assert browser.log_in("anna").status_code == 500
    assert browser.cookie is None


def test_brute_force_from_one_address_is_slowed(place: Place) -> None:
    """With ever other names, known or not, and of IPv6 from the whole network that one person has."""
    for peers in (["203.0.113.9"], [f"2001:db8:1:2::{n:x}" for n in range(1, 50)]):
        codes = [
            Browser(place.server, peer=peers[n % len(peers)]).log_in(f"user{n}", "guess").status_code for n in range(60)
        ]
        assert codes == [401] * 20 + [429] * 40
    assert Browser(place.server, peer="2001:db8:1:3::1").log_in("anna").status_code == 303
    refused = [entry for entry in place.log() if entry.action == "login refused"]
    assert len(refused) == 2, "refusals are noted, but do not fill the disk"


def test_logins_that_succeed_are_not_counted(place: Place, browser: Browser) -> None:
    for _ in range(40):
        assert browser.log_in("anna").status_code == 303
    # But they do not wash wrong ones off either.
    codes = []
    for n in range(15):
        codes.append(browser.log_in("ada", f"guess {n}").status_code)
        browser.log_in("anna")
    assert codes == [401] * 10 + [429] * 5


def test_a_rate_limit_needs_the_same_memory_for_any_number_of_names() -> None:
    limit = RateLimit(3, 10.0)
    assert [limit.wait("a", 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 10.0]
    assert limit.wait("a", 9.5) == 0.5
    assert limit.wait("a", 10.0) == 0.0
    assert limit.wait("a", 10.0) == 10.0
    before = os.fstat(limit._file.fileno()).st_size
    denied = sum(limit.wait(f"name {n}", 1e6) > 0 for n in range(50_000))
    assert os.fstat(limit._file.fileno()).st_size == before == FILE_BYTES
    # 50,000 names on 65,536 places: hardly any place is shared by four of them.
    assert denied < 1500


def test_a_huge_form_is_refused(browser: Browser) -> None:
    assert browser.log_in("anna", "x" * 100_000).status_code == 413


FORGERIES = ["", "x", "W10.x", "null", "a.b.c", "é", "x" * 4000]


def test_a_cookie_that_is_not_ours_is_worth_nothing(place: Place, browser: Browser) -> None:
    browser.log_in("anna")
    good = browser.cookie
    assert good is not None
    payload, signature = good.rsplit(".", 1)
    signer = itsdangerous.URLSafeSerializer("another key of at least thirty-two bytes!", salt="aftercall session")
    same_key_other_use = itsdangerous.URLSafeSerializer(SESSION_KEY, salt="cookie-session")
    content = ["id", "ada", "fingerprint", START, START]
    made = [
        *FORGERIES, f"{payload}.{signature[:-4]}AAAA", f"{payload[:-2]}AA.{signature}", payload,
        signer.dumps(content), same_key_other_use.dumps(content), good.upper(),
    ]  # fmt: skip
    for forged in made:
        stranger = Browser(place.server)
        stranger.client.set_cookie("aftercall", forged, domain="127.0.0.1")
        assert not _is_in(stranger), forged[:80]
    assert _is_in(browser)


def test_signed_by_our_key_but_without_sense(tmp_path: Path) -> None:
    book = UserBook(write_users(tmp_path))
    sessions = Sessions(b"k" * 32, book, EndedSessions(tmp_path / "ended", 0), idle=9, longest=9, clock=lambda: START)
    for content in (None, 1, [], ["a"], {"id": 1}, "anna", ["i", "ada", "wrong fingerprint", START, START]):
        assert sessions.read(sessions._signed.dumps(content)) is None
    kept = sessions.begin(book.account("ada"))  # type: ignore[arg-type]
    assert sessions.read(sessions.cookie(kept)) == kept


def test_a_cookie_copied_before_logout_is_worth_nothing_after_it(place: Place, browser: Browser) -> None:
    browser.log_in("anna")
    thief = Browser(place.server)
    assert browser.cookie
    thief.client.set_cookie("aftercall", browser.cookie, domain="127.0.0.1")
    other = Browser(place.server)
    other.log_in("anna")
    assert _is_in(thief)
    browser.log_out()
    assert not _is_in(thief)
    assert _is_in(other), "another session of the same person goes on"
    place.restart()
    thief.client = place.server.test_client()
    thief.client.set_cookie("aftercall", "", domain="127.0.0.1")
    assert not _is_in(thief)


def test_logout_outlives_a_restart_and_holds_in_other_processes(place: Place, browser: Browser) -> None:
    browser.log_in("anna")
    copied = browser.cookie
    assert copied
    first, second = place.server, Place(place.folder).server
    thief = Browser(second)
    thief.client.set_cookie("aftercall", copied, domain="127.0.0.1")
    assert _is_in(thief), "the same key, the same session"
    Browser.log_out(browser)
    assert first is not second
    assert not _is_in(thief)
    place.restart()
    late = Browser(place.server)
    late.client.set_cookie("aftercall", copied, domain="127.0.0.1")
    assert not _is_in(late)
    ended = place.folder / "data" / "sessions" / "ended"
    assert len(ended.read_text().splitlines()) == 1
    place.now += 13 * 3600
    place.restart()
    assert ended.read_text() == "", "what has run out anyway is not kept"


def test_without_a_key_of_its_own_a_process_takes_its_sessions_along(place: Place, browser: Browser) -> None:
    place.environment.pop("AFTERCALL_SESSION_KEY")
    place.restart()
    first = Browser(place.server)
    first.log_in()
    assert _is_in(first)
    assert any("AFTERCALL_SESSION_KEY is not set" in notice for notice in place.access.notices)
    copied = first.cookie
    assert copied
    place.restart()
    second = Browser(place.server)
    second.client.set_cookie("aftercall", copied, domain="127.0.0.1")
    assert not _is_in(second)


def test_a_session_that_was_fixed_beforehand_is_not_used(place: Place) -> None:
    """Whatever cookie a browser comes with, login makes a new session and ends a former one."""
    attacker, victim = Browser(place.server), Browser(place.server)
    attacker.log_in("vera")
    planted = attacker.cookie
    assert planted
    victim.client.set_cookie("aftercall", planted, domain="127.0.0.1")
    victim.log_in("ada")
    assert victim.cookie not in (None, planted)
    assert victim.get("/audit").status_code == 200
    assert attacker.get("/audit").status_code in (302, 403)
    assert not _is_in(attacker), "the session that was there before has ended"


def test_sessions_end_without_use_and_in_any_case(place: Place, browser: Browser) -> None:
    browser.log_in()
    for _ in range(20):
        place.now += 29 * 60
        assert _is_in(browser)
    place.now += 30 * 60
    assert not _is_in(browser), "half an hour without use"
    browser.log_in()
    begun = place.now
    while place.now < begun + 12 * 3600 - 1200:
        place.now += 1200
        assert _is_in(browser) is (place.now < begun + 12 * 3600)
    place.now = begun + 12 * 3600
    assert not _is_in(browser), "twelve hours after login"


def test_a_page_left_open_does_not_keep_the_session(place: Place, browser: Browser) -> None:
    """It asks every half minute for news; that is nobody's use of it."""
    browser.log_in()
    for minute in range(1, 30):
        place.now = START + 60 * minute
        assert browser.draw(tick=True).status_code == 200
    place.now = START + 60 * 30
    assert browser.draw(tick=True).status_code == 401


@pytest.mark.parametrize("change", ["removed", "password", "role", "file gone", "file broken", "file open to all"])
def test_a_session_ends_with_what_it_rests_on(place: Place, browser: Browser, change: str) -> None:
    browser.log_in("ada")
    other = Browser(place.server)
    other.log_in("vera")
    assert _is_in(browser)
    users = place.folder / "users.toml"
    lines = users.read_text()
    if change == "removed":
        users.write_text(lines[: lines.index('[users."ada"]')])
    elif change == "password":
        entry = lines.index('[users."ada"]')
        users.write_text(lines[:entry] + f'[users.ada]\nrole = "admin"\npassword = "{CHEAP.hash(PASSWORD)}"\n')
    elif change == "role":
        users.write_text(lines.replace('role = "admin"', 'role = "analyst"'))
    elif change == "file gone":
        users.unlink()
    elif change == "file broken":
        users.write_text(lines + "[users.")
    else:
        users.chmod(0o644)
    assert not _is_in(browser)
    everybody = change.startswith("file")
    assert _is_in(other) is not everybody
    assert (browser.log_in("ada").status_code == 303) is (change in ("password", "role"))
    if everybody:
        users.unlink(missing_ok=True)
        write_users(place.folder)
        assert browser.log_in("ada").status_code == 303, "put right while running"


def test_what_is_wrong_with_the_file_is_logged_once(
    place: Place, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    (place.folder / "users.toml").write_text('[users.ada]\nrole = "king"\npassword = "x"\n')
    for _ in range(3):
        browser.log_in("ada")
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert str(place.folder / "users.toml") in said
    assert "users.ada.role = 'king'" in said


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
        "javascript:alert(1)", "data:text/html,x", "evil.example", "", "/\tevil", "/\n/evil.example", " /x", "/ x",
        "/%0d%0aSet-Cookie:x=1\r\nX: y", "http:/evil", "/login", "/logout", "/login?next=//x", "/" + "x" * 3000, "/ü",
    ],
)  # fmt: skip
def test_login_sends_nobody_elsewhere(browser: Browser, target: str) -> None:
    assert local_path(target) == "/"
    answer = browser.log_in("anna", target=target)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert browser.ask("GET", "/login", query_string={"next": target}).headers["Location"] == "/"


@pytest.mark.parametrize("target", ["/", "/cases/a%2Fb?x=1&y=%20#z", "/queues?next=https://evil.example", "/a//b"])
def test_login_sends_back_to_pages_of_ours(browser: Browser, target: str) -> None:
    assert browser.log_in("anna", target=target).headers["Location"] == target


def test_a_link_on_another_site_leads_through_a_page_of_ours(place: Place, browser: Browser) -> None:
    """The browser holds a strict cookie back on such a link, though the person is logged in."""
    arriving: dict[str, str | None] = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    answer = browser.get('/queues?mode="><script>', arriving)
    said = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'http-equiv="refresh" content="0; url=/login?next=/queues%3Fmode%3D%2522%253E%253Cscript%253E"' in said
    assert "<script" not in said
    assert browser.get("/assets/theme.css", arriving).status_code == 401


def test_hashing_costs_what_it_should(tmp_path: Path) -> None:
    """The real parameters, once: many tries a second are out of reach."""
    path = tmp_path / "users.toml"
    add_account(path, "Anna", "analyst", PASSWORD)
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in path.read_text()
    book = UserBook(path)
    assert book.check("anna", PASSWORD)
    assert not book.check("anna", PASSWORD + "x")
