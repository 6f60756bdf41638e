"""aftercall: customer contacts judged by what happened after them."""

__version__ = "0.1.0"
