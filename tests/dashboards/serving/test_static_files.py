"""Files without data: their names, how long they are kept, how they are compressed, and what the first page weighs."""

import gzip
import hashlib
import re
from pathlib import Path

import flask.testing
import pytest
from builders.access import Browser, Place
from plotly.offline import get_plotlyjs_version

from dashboards.app import create_app
from dashboards.serving.static_files import PLOTLY, static_files

ROOT = Path(__file__).resolve().parents[3]
FOR_A_YEAR = "public, max-age=31536000, immutable"
ZIPPED = {"Host": "localhost", "Accept-Encoding": "br, gzip;q=0.8"}
PLAIN = {"Host": "localhost"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> flask.testing.FlaskClient:
    found: flask.testing.FlaskClient = create_app(tmp_path_factory.mktemp("nothing")).server.test_client()
    return found


@pytest.fixture(scope="module")
def loaded(client: flask.testing.FlaskClient) -> list[str]:
    """The addresses of all that the first page loads, in order."""
    text = client.get("/", headers=PLAIN).get_data(as_text=True)
    return re.findall(r'(?:src|href)="(/[^"]*)"', text)


def test_all_that_a_page_loads_is_kept_for_a_year_and_light(
    client: flask.testing.FlaskClient, loaded: list[str]
) -> None:
    weight = len(client.get("/", headers=ZIPPED).data)
    for address in loaded:
        answer = client.get(address, headers=ZIPPED)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == FOR_A_YEAR, address
        weight += len(answer.data)
    assert weight < 1_000_000
    # Dash would load the whole of Plotly and its own part for figures late and unnamed.
    names = [address.rpartition("/")[2].partition(".")[0] for address in loaded]
    assert names.index("plotly-basic") < names.index("dash_core_components") < names.index("async-graph")


def test_names_hold_the_hash_of_what_is_served(client: flask.testing.FlaskClient) -> None:
    for name, file in static_files().items():
        answer = client.get(file.address, headers=PLAIN)
        assert name.split(".")[-2] == hashlib.sha256(answer.data).hexdigest()[:16]
        assert answer.mimetype in {"text/css", "text/javascript"}
    missing = client.get("/static/theme.0000000000000000.css", headers=PLAIN)
    assert (missing.status_code, missing.headers["Cache-Control"]) == (404, "no-store")


def test_compressed_for_who_reads_it_and_told_apart_by_caches(client: flask.testing.FlaskClient) -> None:
    address = next(file.address for file in static_files().values() if "plotly" in file.name)
    plain, zipped = client.get(address, headers=PLAIN), client.get(address, headers=ZIPPED)
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert len(zipped.data) < len(plain.data) / 2.5
    assert plain.vary.as_set() == zipped.vary.as_set() == {"accept-encoding"}
    refused = client.get(address, headers=PLAIN | {"Accept-Encoding": "gzip;q=0"})
    assert refused.data == plain.data


def test_what_is_known_is_not_sent_again(client: flask.testing.FlaskClient, loaded: list[str]) -> None:
    unnamed = "/_dash-component-suites/dash/dcc/async-graph.js"
    for address, kept in ((loaded[0], FOR_A_YEAR), ("/assets/theme.css", "no-cache"), (unnamed, "no-cache")):
        for headers in (PLAIN, ZIPPED):
            first = client.get(address, headers=headers)
            again = client.get(address, headers=headers | {"If-None-Match": first.headers["ETag"]})
            assert (again.status_code, again.data) == (304, b"")
            assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == kept
        assert client.get(address, headers=PLAIN | {"If-None-Match": '"another"'}).status_code == 200


def test_a_made_up_fingerprint_is_not_kept(client: flask.testing.FlaskClient, loaded: list[str]) -> None:
    own = next(address for address in loaded if "dash_core_components.v" in address)
    made_up = re.sub(r"m[0-9]+\.", "m4102444800.", own)
    answer = client.get(made_up, headers=PLAIN)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")


def test_pages_are_compressed_and_never_kept(client: flask.testing.FlaskClient) -> None:
    for address in ("/", "/_dash-layout"):
        answer = client.get(address, headers=ZIPPED | {"If-None-Match": "*"})
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        assert "ETag" not in answer.headers
    assert client.get("/", headers=ZIPPED).headers["Content-Encoding"] == "gzip"


def test_no_cookie_goes_with_a_file_that_a_cache_may_give_to_others(tmp_path: Path) -> None:
    place = Place(tmp_path)
    browser = Browser(place.server)
    browser.log_in("anna")
    place.now += 1_200
    address = next(iter(static_files().values())).address
    assert "Set-Cookie" not in browser.get(address).headers
    assert "Set-Cookie" in browser.get("/").headers, "else the line above says nothing"
    stranger = Browser(place.server).get(address)
    assert (stranger.status_code, stranger.headers["Cache-Control"]) == (401, "no-store")


def test_the_bundle_is_the_one_that_was_published_and_of_the_version_that_figures_are_written_for() -> None:
    content = PLOTLY.read_bytes()
    assert f"plotly.js (basic - minified) v{get_plotlyjs_version()}" in content[:200].decode()
    assert hashlib.sha256(content).hexdigest() in (ROOT / "NOTICE").read_text("utf-8")
    assert "MIT License" in PLOTLY.with_name("plotly-license.txt").read_text("utf-8")
