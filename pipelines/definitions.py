"""The one Definitions object: what `dagster dev` loads."""

from pipelines.defs import build_defs
from pipelines.file_modes import private_umask

private_umask()
defs = build_defs()
