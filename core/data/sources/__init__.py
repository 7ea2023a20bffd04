"""Sources that lie elsewhere: what is behind a URL becomes a folder on this machine."""

from core.data.sources.addresses import EVERYTHING, Allowed, check_allowed, is_url, shown
from core.data.sources.fetching import Fetched, fetch
from core.data.sources.records import FetchLimits

__all__ = ["EVERYTHING", "Allowed", "FetchLimits", "Fetched", "check_allowed", "fetch", "is_url", "shown"]
