"""What a data set may be called."""

from core.errors import BadInput
from db import datasets
from db.store import Store

LONGEST_NAME = 100


def check_name(store: Store, name: str) -> str:
    """A data set's name, cleaned. Raises BadInput when it is empty, too long or taken."""
    cleaned = " ".join(name.split())
    if not cleaned or not cleaned.isprintable():
        raise BadInput("A data set needs a name of printable characters.")
    if len(cleaned) > LONGEST_NAME:
        raise BadInput(f"The name has {len(cleaned)} characters; at most {LONGEST_NAME} fit.")
    if any(dataset.name == cleaned for dataset in datasets.listing(store)):
        raise BadInput(f"There is already a data set named “{cleaned}”: choose another name.")
    return cleaned
