"""The overview page: the next step, the loop, what works in the background, the last runs."""

from pages.ui.overview.view import draw

__all__ = ["draw"]
