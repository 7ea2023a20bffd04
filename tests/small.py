"""The smallest data set that the database takes: one training image, one label."""

from typing import Any

from db import datasets
from db.records import Dataset, Image
from db.store import Store
from db.terms import LabelState, Part


def small_dataset(store: Store, **otherwise: Any) -> Dataset:
    """A data set of one image; `otherwise` are the arguments of `datasets.create` that matter to the test."""
    arguments: dict[str, Any] = {
        "name": "tiny",
        "folder": "f",
        "source": "s",
        "root": "r",
        "format": "csv",
        "default_state": LabelState.ABSENT,
        "labels": [("sea", "s")],
        "images": [Image(0, 0, "a.jpg", Part.TRAIN, "0" * 64, 8, 8, 100)],
        "cells": [],
        "author": "ada",
        "client_id": "first",
    }
    return datasets.create(store, **(arguments | otherwise))
