"""The faces of the data page: importing a source, looking at a data set, its trouble, its split."""

from pages.ui.dataset import galleries, importing, parts, view

__all__ = ["galleries", "importing", "parts", "view"]
