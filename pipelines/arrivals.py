"""What came in since the last run: read into the landing area, and whether there is anything to compute of it."""

from collections.abc import Callable

from pipelines.contract.notices import Notice
from pipelines.run_context import RunContext
from pipelines.warehouse.discover import Listing, find_files
from pipelines.warehouse.load import Loader, LoadSummary
from pipelines.warehouse.notices import write_notices
from pipelines.warehouse.pending import forget_files


def list_arrivals(run: RunContext) -> Listing:
    """What lies there, after the run has settled what was given up: once, whoever asks.

    Raises ConfigError for a file that was to be forgotten and is not pending.
    """
    if run.listing is None:
        listing = find_files(run.settings)
        run.weigh(sum(file.bytes for file in listing.files))
        forget_files(run.connection, run.options.forget)
        run.listing = listing
    return run.listing


def read_arrivals(
    run: RunContext, listing: Listing, progress: Callable[[int, int], None] = lambda *_: None
) -> tuple[LoadSummary, list[Notice]]:
    """Read what is new, and settle what is to be said of it; ``progress`` is called with bytes done and in total."""
    loader = _loader(run)
    summary = loader.load(listing, progress, full_refresh=run.options.full_refresh)
    return summary, write_notices(run.connection, run.settings, listing, summary.gone)


def is_unchanged(run: RunContext, summary: LoadSummary) -> bool:
    """Whether what is published is what this run would publish."""
    return not summary.changed and run.is_unchanged(files_changed=False, as_of=run.decide_as_of())


def is_without_news(run: RunContext) -> bool:
    """Whether no file is to be read, and what is published stands. Where a file is, nothing is done; else what ``read_arrivals`` does."""
    listing = list_arrivals(run)
    if run.options.full_refresh or _loader(run).has_unread(listing.files):
        return False
    # Whoever goes on needs to know what went since the last run, which is told only once.
    run.arrived = read_arrivals(run, listing)
    return is_unchanged(run, run.arrived[0])


def _loader(run: RunContext) -> Loader:
    return Loader(run.connection, run.settings, run.pseudonymiser, run.run_id)
