"""`python -m benchmarks.coverage`: measure every promise of docs/statistics.md, and write its figures there.

    python -m benchmarks.coverage [--only NAME]... [--trials N] [--seed 1] [--out docs/statistics.md]

Each module of this folder that has a ``PROMISE`` is measured. Promises that were not measured keep their figures.
"""

import importlib
import pkgutil
import shlex
from datetime import UTC, datetime
from pathlib import Path

import click

import benchmarks.coverage
from benchmarks.coverage.promise import Measured, Promise

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "statistics.md"
#: All that stands below this line is written by this command.
MARK = "<!-- Measured: written by python -m benchmarks.coverage -->"


def promises() -> dict[str, Promise]:
    """Every promise by its name, in the order of the modules."""
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.iter_modules(benchmarks.coverage.__path__, "benchmarks.coverage.")
        if not found.name.endswith("__main__")
    ]
    found = [module.PROMISE for module in modules if hasattr(module, "PROMISE")]
    return {promise.name: promise for promise in found}


def section(promise: Promise, figures: list[Measured], *, seed: int, day: str) -> str:
    """One promise's part of the page."""
    rows = "\n".join(
        f"| {figure.world} | {figure.what} | {figure.value:.3f} ± {figure.error:.3f} | {figure.trials} | {figure.aim} |"
        for figure in figures
    )
    command = shlex.join(["python", "-m", "benchmarks.coverage", "--only", promise.name, "--seed", str(seed)])
    return (
        f"{promise.claim}\n\n{promise.method}\n\n"
        f"| world | figure | value ± Monte-Carlo error | trials | aim |\n| --- | --- | --- | --- | --- |\n{rows}\n\n"
        f"{day}, seed {seed}: `{command}`\n"
    )


def updated(document: str, sections: dict[str, str], order: list[str]) -> str:
    """``document`` with these sections below its mark in place of those of the same name."""
    head, _, measured = document.partition(MARK)
    held = dict(part.split("\n\n", 1) for part in measured.split("\n### ")[1:])
    held = {name: held[name] for name in held if name in order} | sections
    body = "".join(f"\n### {name}\n\n{held[name].strip()}\n" for name in order if name in held)
    return f"{head.rstrip()}\n\n{MARK}\n{body}"


@click.command(help=__doc__)
@click.option("--only", multiple=True, help="This promise alone; may be repeated.")
@click.option("--trials", type=click.IntRange(min=2), help="Fewer or more trials than the page is made with.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=DOCUMENT, show_default="docs")
def main(only: tuple[str, ...], trials: int | None, seed: int, out: Path) -> None:
    """Measure one after the other; what was measured is written even if a later one fails."""
    known = promises()
    unknown = [name for name in only if name not in known]
    if unknown:
        raise click.BadParameter(
            f"no such promise: {', '.join(unknown)}; there are {', '.join(known)}", param_hint="--only"
        )
    for name in only or known:
        promise = known[name]
        figures = list(promise.measure(trials or promise.trials, seed))
        for figure in figures:
            click.echo(f"{name}: {figure.world}: {figure.what} {figure.value:.3f} ± {figure.error:.3f} ({figure.aim})")
        text = out.read_text("utf-8") if out.exists() else ""
        written = section(promise, figures, seed=seed, day=f"{datetime.now(UTC):%Y-%m-%d}")
        out.write_text(updated(text, {name: written}, list(known)), "utf-8")


if __name__ == "__main__":
    main()
