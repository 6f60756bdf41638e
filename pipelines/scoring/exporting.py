"""From a model of ``transformers`` to float32 ONNX, less what its result never needs. Needs the extra ``torch``.

Two things are left out, and the result stays the same to rounding (``export`` and ``export_encoder`` check it):

- The attention mask: windows of equal length are run together, so nothing is padded and nothing is masked.
- In the last layer of a classifier, everything but the first token: the classifier reads that one alone, so only its
  query, its attention and its feed-forward part are computed, while keys and values still come from all tokens.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

_OPSET = 17
#: Largest difference of a number of the result that rounding may make.
_TOLERANCE = 1e-4


def export(model: Any, target: Path) -> None:
    """Write a BERT classifier as ONNX: ``input_ids`` (windows, tokens) to ``logits`` (windows, classes).

    Args:
        model: ``BertForSequenceClassification`` in evaluation mode, with eager attention.
        target: file to write.

    Raises:
        ValueError: the reduced computation does not give the model's own logits.
    """
    import torch  # noqa: PLC0415  (an extra)

    class FirstTokenClassifier(torch.nn.Module):  # type: ignore[misc]  # a library that is an extra
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any) -> Any:
            bert = self.model.bert
            hidden = bert.embeddings(input_ids=input_ids)
            *earlier, last = bert.encoder.layer
            for layer in earlier:
                hidden = layer(hidden)
            first = hidden[:, :1]
            attention = last.attention.self

            def heads(projected: Any) -> Any:
                shape = (*projected.shape[:-1], attention.num_attention_heads, attention.attention_head_size)
                return projected.view(shape).transpose(1, 2)

            query = heads(attention.query(first))
            key, value = heads(attention.key(hidden)), heads(attention.value(hidden))
            weights = (query @ key.transpose(2, 3) * attention.scaling).softmax(dim=-1)
            context = (weights @ value).transpose(1, 2).flatten(start_dim=2)
            first = last.feed_forward_chunk(last.attention.output(context, first))
            return self.model.classifier(bert.pooler(first))

    _write(FirstTokenClassifier(), lambda tokens: model(input_ids=tokens).logits, "logits", {}, target)


def export_encoder(model: Any, target: Path) -> None:
    """Write a BERT encoder as ONNX: ``input_ids`` (windows, tokens) to ``states`` (windows, tokens, width).

    The states of the last layer are not averaged here: onnxruntime sums over tokens in an order that changes with the
    number of windows.

    Args:
        model: ``BertModel`` in evaluation mode, with eager attention.
        target: file to write.

    Raises:
        ValueError: without a mask the model gives other states than with one.
    """
    import torch  # noqa: PLC0415  (an extra)

    class UnmaskedEncoder(torch.nn.Module):  # type: ignore[misc]  # a library that is an extra
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any) -> Any:
            states = self.model.embeddings(input_ids=input_ids)
            for layer in self.model.encoder.layer:
                states = layer(states)
            return states

    def masked(tokens: Any) -> Any:
        return model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).last_hidden_state

    _write(UnmaskedEncoder(), masked, "states", {1: "tokens"}, target)


def _write(reduced: Any, whole: Callable[[Any], Any], output: str, axes: dict[int, str], target: Path) -> None:
    """Write a reduced model as ONNX, having held it against what the whole one gives on windows without meaning.

    Args:
        axes: those of the output, beside the windows, whose length changes from run to run.
    """
    import torch  # noqa: PLC0415  (an extra)

    reduced.eval()
    tokens = torch.randint(1_000, 20_000, (3, 11), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        difference = float((reduced(tokens) - whole(tokens)).abs().max())
    if not difference < _TOLERANCE:
        raise ValueError(f"the reduced model differs from the whole one by {difference:g} in its {output}")
    torch.onnx.export(
        reduced,
        (tokens,),
        str(target),
        input_names=["input_ids"],
        output_names=[output],
        dynamic_axes={"input_ids": {0: "windows", 1: "tokens"}, output: {0: "windows", **axes}},
        opset_version=_OPSET,
        # The newer exporter writes shapes that the quantiser cannot follow.
        dynamo=False,
    )
