"""The two faces of the data page: importing a source, and looking at a data set."""

from pages.ui.dataset import importing, view

__all__ = ["importing", "view"]
