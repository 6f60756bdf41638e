"""Fine-tuning of the sentence encoder into a three-class sentiment classifier. Needs the extra ``torch``.

The embeddings stay as they are, because the labelled texts hold only a part of the words that customers use, and moving
those alone would spoil what the encoder knows of the others. Everything above them is trained.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.scoring.labels import CLASSES
from pipelines.scoring.training_data import LabelledText, with_punctuation_dropped


@dataclass(frozen=True)
class Recipe:
    """How the classifier is trained. Rates are those of AdamW; shares are of texts or of steps."""

    seed: int = 7
    epochs: int = 2
    batch: int = 32
    peak_rate: float = 6e-5
    warm_up_share: float = 0.1
    weight_decay: float = 0.01
    label_smoothing: float = 0.05
    punctuation_dropped_share: float = 0.3
    gradient_norm: float = 1.0
    #: The weights kept are a running mean: after each step they move by 1 − this towards the trained ones.
    averaging: float = 0.999
    longest_window: int = 128


#: Batches among which texts are sorted by length, so that little is padded and the order stays random.
_BATCHES_SORTED_TOGETHER = 50


def fit(
    encoder: Path, rows: Sequence[LabelledText], recipe: Recipe, threads: int, say: Callable[[str], None]
) -> tuple[Any, Any]:
    """Train; return model and tokenizer of ``transformers``.

    Equal encoder, rows, recipe, threads and library versions give equal weights on one machine.
    """
    import torch  # noqa: PLC0415  (an extra)
    from transformers import AutoModelForSequenceClassification, AutoTokenizer  # noqa: PLC0415

    torch.manual_seed(recipe.seed)
    torch.set_num_threads(threads)
    tokenizer = AutoTokenizer.from_pretrained(encoder, local_files_only=True, model_max_length=recipe.longest_window)
    model = AutoModelForSequenceClassification.from_pretrained(
        encoder,
        local_files_only=True,
        num_labels=len(CLASSES),
        id2label=dict(enumerate(CLASSES)),
        label2id={name: number for number, name in enumerate(CLASSES)},
    )
    for parameter in model.base_model.embeddings.parameters():
        parameter.requires_grad_(False)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    matrices = [parameter for parameter in trained if parameter.ndim > 1]
    vectors = [parameter for parameter in trained if parameter.ndim == 1]
    optimiser = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": recipe.weight_decay}, {"params": vectors, "weight_decay": 0.0}],
        lr=recipe.peak_rate,
    )
    steps = recipe.epochs * math.ceil(len(rows) / recipe.batch)
    warm_up = recipe.warm_up_share * steps
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm_up, (steps - step) / (steps - warm_up))
    )
    mean = [parameter.detach().clone() for parameter in trained]
    model.train()
    step, loss_sum = 0, 0.0
    for epoch in range(recipe.epochs):
        for texts, labels in _epoch(rows, recipe, tokenizer, recipe.seed * 1000 + epoch):
            batch = tokenizer.pad({"input_ids": texts}, return_tensors="pt")
            loss = torch.nn.functional.cross_entropy(
                model(**batch).logits, torch.tensor(labels), label_smoothing=recipe.label_smoothing
            )
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, recipe.gradient_norm)
            optimiser.step()
            schedule.step()
            step += 1
            # A mean over the first steps alone would remember the untrained head for long.
            kept = min(recipe.averaging, (1 + step) / (10 + step))
            torch._foreach_lerp_(mean, [parameter.detach() for parameter in trained], 1 - kept)
            loss_sum += float(loss.detach())
            if step % 100 == 0:
                say(f"step {step} of {steps}, mean loss {loss_sum / 100:.4f}")
                loss_sum = 0.0
    with torch.no_grad():
        for parameter, value in zip(trained, mean, strict=True):
            parameter.copy_(value)
    return model.eval(), tokenizer


def _epoch(
    rows: Sequence[LabelledText], recipe: Recipe, tokenizer: Any, seed: int
) -> list[tuple[list[list[int]], list[int]]]:
    """Batches of one pass: token numbers and labels, in random order, texts of like length together."""
    texts = with_punctuation_dropped([row.text for row in rows], recipe.punctuation_dropped_share, seed)
    tokens = tokenizer(texts, truncation=True, max_length=recipe.longest_window, padding=False)["input_ids"]
    draw = random.Random(seed)  # noqa: S311  (a reproducible draw, no secret)
    order = list(range(len(rows)))
    draw.shuffle(order)
    batches = []
    together = recipe.batch * _BATCHES_SORTED_TOGETHER
    for start in range(0, len(order), together):
        block = sorted(order[start : start + together], key=lambda row: len(tokens[row]))
        batches += [block[at : at + recipe.batch] for at in range(0, len(block), recipe.batch)]
    draw.shuffle(batches)
    return [([tokens[row] for row in batch], [rows[row].label for row in batch]) for batch in batches]
