"""The one Definitions object: what `dagster dev` loads."""

from pipelines.defs import build_defs

defs = build_defs()
