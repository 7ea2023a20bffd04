"""The gallery: pictures, what is thought of them, and the keys that correct it."""

from pages.ui.gallery.cards import cause_cards
from pages.ui.gallery.gallery import Source, gallery

__all__ = ["Source", "cause_cards", "gallery"]
