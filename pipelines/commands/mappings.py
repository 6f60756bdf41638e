"""`aftercall mapping`: the mappings that come along, to be copied into a configuration and changed."""

from importlib import resources

import click

from pipelines.config import ConfigError
from pipelines.console import guarded

_SUFFIX = ".toml"


@click.group()
def mapping() -> None:
    """Show ready-made mappings of vendors' exports, to copy into a configuration (docs/mapping.md)."""


@mapping.command("list")
@guarded
def list_mappings() -> None:
    """Name the mappings that come along."""
    for name in mapping_names():
        click.echo(name)


@mapping.command("show")
@click.argument("name", metavar="NAME")
@guarded
def show_mapping(name: str) -> None:
    """Print a mapping as it would stand in a configuration."""
    click.echo(mapping_text(name), nl=False)


def mapping_names() -> list[str]:
    """Names of all mappings, sorted."""
    folder = resources.files("pipelines") / "sources" / "mappings"
    return sorted(entry.name.removesuffix(_SUFFIX) for entry in folder.iterdir() if entry.name.endswith(_SUFFIX))


def mapping_text(name: str) -> str:
    """The ``[[sources]]`` block of a mapping. Raises ConfigError for a name that there is not."""
    if name not in mapping_names():
        raise ConfigError(f"NAME = {name!r} is no mapping; there are {', '.join(mapping_names())}")
    file = resources.files("pipelines") / "sources" / "mappings" / f"{name}{_SUFFIX}"
    return file.read_text("utf-8")
