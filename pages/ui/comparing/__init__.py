"""The compare page: two runs to choose, one sentence, the figures and the pictures behind it."""

from pages.ui.comparing.view import draw

__all__ = ["draw"]
