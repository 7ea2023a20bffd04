"""The demo set: small drawn scenes with known labels and three planted causes of errors."""

from core.demo.drawing import draw

__all__ = ["draw"]
