"""The configuration: one TOML file, validated as a whole. ``load_settings`` is the only way in; large sections have modules."""

from pipelines.config.project import Project
from pipelines.config.settings import (
    DEFAULT_SENTINELS,
    MINIMUM_KEY_BYTES,
    PSEUDONYM_KEY_VARIABLE,
    ConfigError,
    DivergenceSettings,
    Ingest,
    Metrics,
    PromiseSettings,
    Quality,
    Review,
    SentimentSettings,
    Settings,
    Surveys,
    load_settings,
    pseudonym_key,
)
from pipelines.config.sources import Source

__all__ = [
    "DEFAULT_SENTINELS",
    "MINIMUM_KEY_BYTES",
    "PSEUDONYM_KEY_VARIABLE",
    "ConfigError",
    "DivergenceSettings",
    "Ingest",
    "Metrics",
    "Project",
    "PromiseSettings",
    "Quality",
    "Review",
    "SentimentSettings",
    "Settings",
    "Source",
    "Surveys",
    "load_settings",
    "pseudonym_key",
]
