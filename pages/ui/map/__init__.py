"""The embedding map: every image a point, near what looks like it; a drawn area opens as pictures."""

from pages.ui.map.component import embedding_map

__all__ = ["embedding_map"]
