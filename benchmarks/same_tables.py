"""`python -m benchmarks.same_tables BEFORE AFTER`: whether two exports hold the same tables, cell by cell.

For a change that must change no published number: export with the code before and after (`aftercall export --out …`) and
compare the two folders. What tells one run from another (run ids, times of reading and checking) is left out. Floats may
differ by ``tolerance`` relative to the larger one: sums of floats depend on the order of their rows, and by no more.
"""

from collections.abc import Collection
from pathlib import Path

import click
import polars as pl

from pipelines.contract import PUBLISHED_TABLES

#: Of the run, not of the data.
_OF_THE_RUN = ("run_id", "checked_at", "read_at")
TOLERANCE = 1e-12


def differences(before: pl.DataFrame, after: pl.DataFrame, key: Collection[str], tolerance: float) -> list[str]:
    """What differs, in words, one line each; empty where nothing does. ``key``: columns that name a row, may be empty."""
    found = [f"column {name}: only before" for name in before.columns if name not in after.columns]
    found += [f"column {name}: only after" for name in after.columns if name not in before.columns]
    shared = [name for name in before.columns if name in after.columns and name not in _OF_THE_RUN]
    found += [
        f"column {name}: {before.schema[name]} before, {after.schema[name]} after"
        for name in shared
        if before.schema[name] != after.schema[name]
    ]
    order = [name for name in key if name in shared]
    if before.height != after.height:
        found.append(f"{before.height} rows before, {after.height} after")
        if not order:
            return found
        # What both have is compared all the same.
        before, after = (
            one.join(other.select(order), on=order, how="semi", nulls_equal=True)
            for one, other in ((before, after), (after, before))
        )
        if before.height != after.height:
            return found
    # Rows without a key stand in the order of all that is no float, then of the floats, which differ by little.
    order += sorted((name for name in shared if name not in order), key=lambda name: before.schema[name].is_float())
    one, other = (frame.select(order).sort(order, nulls_last=True) for frame in (before, after))
    for name in order:
        if before.schema[name] == after.schema[name]:
            found += _cells(name, one[name], other[name], tolerance)
    return found


def _cells(name: str, one: pl.Series, other: pl.Series, tolerance: float) -> list[str]:
    differ = one.ne_missing(other)
    if one.dtype.is_float():
        allowed = pl.select(pl.max_horizontal(one.abs(), other.abs())).to_series() * tolerance
        differ = differ & ((one - other).abs() > allowed).fill_null(value=True)
    cells = int(differ.sum())
    return [f"column {name}: {cells} cell{'' if cells == 1 else 's'} of {len(one)} differ"] if cells else []


def compare(
    before: Path, after: Path, tolerance: float = TOLERANCE, without: Collection[str] = ()
) -> dict[str, list[str]]:
    """Table → what differs, for every Parquet file of either folder. ``without``: columns that are not looked at."""
    files = [{path.stem: path for path in folder.glob("*.parquet")} for folder in (before, after)]
    found = {}
    for table in sorted({*files[0], *files[1]}):
        if table not in files[0] or table not in files[1]:
            found[table] = [f"only {'before' if table in files[0] else 'after'}"]
            continue
        frames = [pl.read_parquet(each[table]).drop(without, strict=False) for each in files]
        key = PUBLISHED_TABLES[table].key if table in PUBLISHED_TABLES else ()
        found[table] = differences(*frames, key, tolerance)
    return found


@click.command()
@click.argument("before", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("after", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--tolerance", default=TOLERANCE, show_default=True, help="Relative difference that floats may have.")
@click.option("--without", multiple=True, help="A column to leave out, in every table; may be given again.")
def main(before: Path, after: Path, tolerance: float, without: tuple[str, ...]) -> None:
    """Whether BEFORE and AFTER, two folders of exported tables, hold the same; names what differs and exits with 1."""
    found = compare(before, after, tolerance, without)
    if not found:
        raise click.ClickException("neither folder holds a .parquet file")
    for table, lines in found.items():
        for line in lines:
            click.echo(f"{table}: {line}")
    differing = sum(bool(lines) for lines in found.values())
    click.echo(f"{len(found) - differing} tables are the same, {differing} differ")
    if differing:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
