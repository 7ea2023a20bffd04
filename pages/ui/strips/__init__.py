"""Pictures in strips: a few of each kind, fetched in packs when they come into sight."""

from pages.ui.strips.component import Group, Tile, strips

__all__ = ["Group", "Tile", "strips"]
