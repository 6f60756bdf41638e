"""From float32 ONNX to the int8 file that the package ships. Needs the extra ``torch``.

Static quantisation: the scales of activations are measured once on calibration texts and written into the file (QDQ
form, per channel for weights), so that a text's result cannot depend on the texts beside it, as dynamic quantisation,
which scales over the whole batch, makes it. The products of attention, activations by activations, stay float32: they are
small, and writing their operands as 8-bit numbers costs more than it saves. Weights take 7 of the 8 bits: products of 8-bit activations and 8-bit weights
can overflow the 16-bit sums of processors without VNNI instructions, and then scores would differ between machines.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

#: Kinds of operations by a weight whose operands become 8-bit numbers. Gather reads the embeddings, half of all weights.
_QUANTISED = ("MatMul", "Gemm", "Gather")


def quantise(source: Path, target: Path, windows: Sequence[Sequence[int]]) -> None:
    """Write the int8 version of a float32 ONNX model.

    Args:
        source: what ``export`` or ``export_encoder`` wrote.
        target: file to write.
        windows: token numbers of the calibration texts, special tokens included; each is run alone, unpadded.
    """
    import onnx  # noqa: PLC0415  (an extra)
    from onnxruntime.quantization import (  # noqa: PLC0415  (an extra)
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process  # noqa: PLC0415

    class Calibration(CalibrationDataReader):  # type: ignore[misc]  # a library without types
        def __init__(self) -> None:
            self._windows = iter(windows)

        def get_next(self) -> dict[str, Any] | None:
            window = next(self._windows, None)
            if window is None:
                return None
            return {"input_ids": np.array([window], dtype=np.int64)}

    with TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        graph = onnx.load(prepared).graph
        weights = {tensor.name for tensor in graph.initializer}
        attention = [node.name for node in graph.node if node.op_type == "MatMul" and not weights & set(node.input)]
        quantize_static(
            str(prepared),
            str(target),
            Calibration(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_QUANTISED),
            nodes_to_exclude=attention,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            # Sums go on in float32: the few huge values among the feed-forward outputs would leave the others no digits.
            extra_options={"OpTypesToExcludeOutputQuantization": ["MatMul", "Gemm"]},
        )
