"""Any sequence classifier of ``transformers``, run by PyTorch: the way in for models other than the embedded one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.config import ConfigError


@dataclass(frozen=True)
class Classifier:
    """A loaded classifier."""

    config: Any
    tokenizer: Any
    model: Any

    def run(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        """Token numbers (windows, tokens) to logits (windows, labels)."""
        import torch  # noqa: PLC0415  (an extra)

        numbers = torch.from_numpy(tokens)
        with torch.inference_mode():
            output = self.model(input_ids=numbers, attention_mask=torch.ones_like(numbers))
        logits: NDArray[np.float32] = output.logits.float().numpy()
        return logits


def load_classifier(name: str, folder: Path, threads: int) -> Classifier:
    """Load a classifier from its folder; ``name`` is what the setting calls it.

    Raises:
        ConfigError: PyTorch is not installed, the folder holds no classifier that
            ``transformers`` can load, or its head is missing.
    """
    try:
        import torch  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise ConfigError(
            f"sentiment.model = {name!r} needs PyTorch, which is not installed: pip install 'aftercall[torch]', or leave the key out for the embedded model"
        ) from error
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer  # noqa: PLC0415

    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        model, report = AutoModelForSequenceClassification.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, output_loading_info=True, dtype=torch.float32
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ConfigError(
            f"sentiment.model = {name!r}: transformers cannot load a sequence classifier from {folder}: {error}; name a folder made by save_pretrained"
        ) from error
    absent = sorted({*report["missing_keys"], *(str(key[0]) for key in report["mismatched_keys"])})
    if absent:
        # transformers would fill them with random numbers and merely warn.
        raise ConfigError(
            f"sentiment.model = {name!r}: the checkpoint lacks {', '.join(absent[:4])}, so its classifier would be random; name a model that was trained to classify sentiment"
        )
    if not tokenizer.is_fast:
        raise ConfigError(f"sentiment.model = {name!r}: it has no fast tokenizer; save one beside it as tokenizer.json")
    torch.set_num_threads(threads)
    return Classifier(config, tokenizer, model.eval())
