"""Searching a data set: an expression such as `sea & !clouds & size<64`, and the images that it means."""

from core.search.names import MEASURES, quoted
from core.search.nodes import asks_a_run
from core.search.parser import SearchError, parse

__all__ = ["MEASURES", "SearchError", "asks_a_run", "parse", "quoted"]
