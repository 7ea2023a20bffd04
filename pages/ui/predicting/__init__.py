"""The predict page: pictures of the reader's own, and what a run says of them."""

from pages.ui.predicting.view import draw

__all__ = ["draw"]
