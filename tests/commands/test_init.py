"""`aftercall init`: the file lists every key, and is usable once its sources point to files."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.command_line import Command
from pydantic import BaseModel

from pipelines.config import (
    DivergenceSettings,
    Ingest,
    Metrics,
    Project,
    PromiseSettings,
    Quality,
    Review,
    SentimentSettings,
    Source,
    Surveys,
    load_settings,
)
from pipelines.config.access import Dashboard, Oidc, Proxy
from pipelines.config.costs import Costs, EscalationCosts
from pipelines.config.presentation import Email, Event, Labels, Owner, Report, Subscription, Targets
from pipelines.sources.mapping.declaration import MappedTable

_COMMENTED = re.compile(r"^# (?=\[\[|[a-z0-9_]+ = )", re.MULTILINE)


@pytest.fixture
def written(aftercall: Command, tmp_path: Path) -> Path:
    path = tmp_path / "new" / "aftercall.toml"
    said = aftercall("init", "--out", path)
    assert said.code == 0
    assert str(path) in said.out
    return path


def test_it_loads_as_it_is(written: Path) -> None:
    settings = load_settings(written)
    assert settings.metrics == Metrics()
    assert settings.quality == Quality()
    assert settings.costs == Costs()
    assert settings.divergence == DivergenceSettings()
    assert (settings.targets, settings.events, settings.owners, settings.email) == (Targets(), (), (), Email())
    assert settings.labels == Labels()
    assert settings.dashboard == Dashboard()
    assert settings.data_dir == written.parent / "data"
    defaults = Project(data_dir=settings.data_dir, name=settings.project.name, threads=settings.project.threads)
    assert settings.project == defaults, "the file shows the defaults"


def test_the_doctor_accepts_it_once_files_are_there(written: Path, aftercall: Command) -> None:
    landing = written.parent / "landing" / "contacts" / "2026"
    landing.mkdir(parents=True)
    (landing / "a.csv").write_text("contact_id,started_at\na,2026-01-01T10:00:00Z\n")
    said = aftercall("doctor", "--config", written)
    assert (said.code, said.err) == (0, "")


def test_it_lists_every_key_of_the_settings(written: Path) -> None:
    """Uncommented as a whole it is still valid, and then names every key of every section and no other."""
    full = written.with_name("full.toml")
    full.write_text(_COMMENTED.sub("", written.read_text("utf-8")), "utf-8")
    load_settings(full)
    document = tomllib.loads(full.read_text("utf-8"))
    listed = document.pop("sources")
    sources = {key: None for source in listed for key in source}
    mapped = [table for source in listed for table in source.get("tables", [])]
    by_group = {key: None for entry in document["costs"]["escalation"] for key in entry}
    inner = {"sources": sources, "costs.escalation": by_group}
    inner |= {f"dashboard.{name}": document["dashboard"][name] for name in ("proxy", "oidc")}
    inner["sources.tables"] = {key: None for table in mapped for key in table}
    inner |= {
        name: {key: None for entry in document[name] for key in entry} for name in ("events", "owners", "subscriptions")
    }
    named = set(_keys(document | inner))
    sections: dict[str, type[BaseModel]] = {
        "project": Project,
        "metrics": Metrics,
        "sentiment": SentimentSettings,
        "surveys": Surveys,
        "costs": Costs,
        "costs.escalation": EscalationCosts,
        "divergence": DivergenceSettings,
        "promises": PromiseSettings,
        "review": Review,
        "quality": Quality,
        "ingest": Ingest,
        "dashboard": Dashboard,
        "dashboard.proxy": Proxy,
        "dashboard.oidc": Oidc,
        "targets": Targets,
        "events": Event,
        "owners": Owner,
        "labels": Labels,
        "report": Report,
        "email": Email,
        "subscriptions": Subscription,
        "sources": Source,
        "sources.tables": MappedTable,
    }
    known = {
        f"{section}.{field.alias or key}"
        for section, model in sections.items()
        for key, field in model.model_fields.items()
    }
    assert named == known


def _keys(document: dict[str, dict[str, object]]) -> Iterator[str]:
    for section, keys in document.items():
        yield from (f"{section}.{key}" for key in keys)


def test_every_key_is_explained(written: Path) -> None:
    """test_contact_ids stands below test_customer_ids, whose comment covers both; the rest has its own."""
    bare = [
        line.split(" = ")[0].removeprefix("# ")
        for line in written.read_text("utf-8").splitlines()
        if re.match(r"^(# )?[a-z0-9_]+ = ", line) and "#" not in line.removeprefix("# ")
    ]
    assert set(bare) <= {"name", "format", "path", "test_contact_ids", "regulator"}


def test_it_never_overwrites(written: Path, aftercall: Command) -> None:
    before = written.read_bytes()
    said = aftercall("init", "--out", written)
    assert said.code == 2
    assert str(written) in said.one_message()
    assert written.read_bytes() == before


def test_a_folder_that_cannot_be_made(aftercall: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = aftercall("init", "--out", tmp_path / "file" / "aftercall.toml")
    assert said.code == 2
    assert str(tmp_path / "file") in said.one_message()


def test_the_doctor_says_what_is_put_into_money(written: Path, aftercall: Command) -> None:
    landing = written.parent / "landing" / "contacts" / "2026"
    landing.mkdir(parents=True)
    (landing / "a.csv").write_text("contact_id,started_at\na,2026-01-01T10:00:00Z\n")
    without = " ".join(aftercall("doctor", "--config", written).out.split())
    assert "the escalation policy is not judged" in without
    assert "divergence carries no money" in without
    priced = "[costs]\nwrong_answer = 25.0\nhandoff = 6.0\ncomplaint = 250.0\n"
    written.write_text(written.read_text("utf-8").replace("[costs] ", priced + "# ", 1), "utf-8")
    said = " ".join(aftercall("doctor", "--config", written).out.split())
    assert "in USD: the escalation policy is judged, divergence counts complaints" in said
