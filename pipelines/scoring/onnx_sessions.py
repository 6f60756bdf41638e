"""Opening an ONNX file for scoring: the settings that text model and text encoder share."""

from pathlib import Path
from typing import Any


def open_session(path: Path, threads: int) -> Any:
    """An ``onnxruntime.InferenceSession`` on ``threads`` processor cores. What the file makes onnxruntime raise is raised here."""
    import onnxruntime  # noqa: PLC0415  (a run without a new text never needs it)

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that wait for each other by turning in circles take a processor from whoever else has work.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
