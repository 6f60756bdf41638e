"""What the oracle must know of a configuration, and the product's model and detector as functions of a text."""

import math
import tempfile
from datetime import date, datetime
from functools import cache
from pathlib import Path

from pipelines.scoring.languages import detect_languages
from pipelines.scoring.text_model import load_text_model

from . import adversarial
from .brute_force import DEFAULT_SENTINELS, Listener, Parameters
from .lexicon_model import write_lexicon_model

KEY = "a test key of at least thirty-two bytes"


def parameters_of(scenario: adversarial.Scenario, as_of: datetime | date | None) -> Parameters:
    """What the oracle must know of the configuration that :func:`adversarial.write_config` writes."""
    sentinels = scenario.sentinels
    return Parameters(
        time_zone=scenario.time_zone,
        as_of=as_of,
        lag_days=scenario.lag_days,
        lookback_days=scenario.lookback_days,
        early_seconds=scenario.early_seconds,
        unserved_reasons=frozenset(scenario.unserved_reasons),
        phantom_reasons=frozenset(scenario.phantom_reasons),
        test_customers=frozenset(scenario.test_customers),
        test_contacts=frozenset(scenario.test_contacts),
        sentinels=DEFAULT_SENTINELS if sentinels is None else frozenset(s.lower() for s in sentinels),
        pseudonym_key=KEY,
        min_n=scenario.min_n,
        listener=listener_of(scenario.lexicon_languages),
    )


@cache
def listener_of(lexicon_languages: tuple[str, ...]) -> Listener:
    """The product's model and detector as functions of a text: what they say is tested elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        name = str(write_lexicon_model(Path(folder))) if lexicon_languages else None
        model = load_text_model(name, threads=1, languages=lexicon_languages)

    @cache
    def score(text: str) -> float | None:
        polarity = float(model.score([text]).polarity[0])
        return None if math.isnan(polarity) else polarity

    @cache
    def language(text: str) -> str | None:
        return detect_languages([text])[0].code

    return Listener(score, language, model.languages)
