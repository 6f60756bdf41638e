"""aftercall: customer contacts judged by what happened after them."""

import os

__version__ = "0.1.0"

# Read when numpy and scipy are imported. Their products here are of a few numbers, or sparse: a second thread would only wait, at
# the price of a processor, and sums would end in other digits on another machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
