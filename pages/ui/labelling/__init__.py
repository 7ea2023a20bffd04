"""The page of labels: their table, what can be done with each, and what they imply."""

from pages.ui.labelling import view

__all__ = ["view"]
