"""Trouble in the data, image by image: what a scan and the labels show of each kind, and what is suggested."""

from core.troubles.judge import Judge
from core.troubles.kinds import GROUPED, WHY, Item, Kind
from core.troubles.looks import Looks

__all__ = ["GROUPED", "WHY", "Item", "Judge", "Kind", "Looks"]
