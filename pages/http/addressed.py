"""Which data set is meant: its number and its folder, for a number comes again in every home and the folder never."""

from core.actor import Actor
from core.services import datasets
from db.errors import Conflict
from db.records import Dataset
from db.store import Store


def dataset(store: Store, actor: Actor, number: int, folder: str) -> Dataset:
    """The data set of that number. Raises Missing, and Conflict where it is another one than the page showed."""
    found = datasets.get(store, actor, number)
    if found.folder != folder:
        raise Conflict(
            f"Data set {number} is another one now than when this page was opened: reload the page."
        )
    return found
