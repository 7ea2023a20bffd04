"""A file is written whole or not at all, and once it is said to be there, a power cut does not take it."""

import json
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

Array = np.ndarray[Any, Any]


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file beside its place, then move it there: readers see the old or the new, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with beside.open("xb") as file:
            write(file)
            keep(file)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    keep_folder(path.parent)


def keep(file: BinaryIO) -> None:
    """Have the content of an open file on the disk itself."""
    file.flush()
    os.fsync(file.fileno())


def keep_folder(folder: Path) -> None:
    """Have the names in a folder on the disk itself."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def save_array(path: Path, array: Array) -> None:
    """Write an array as .npy, whole or not at all."""
    write_whole(path, lambda file: np.save(file, array, allow_pickle=False))


def save_json(path: Path, value: Any) -> None:
    """Write JSON, whole or not at all."""
    text = json.dumps(value, ensure_ascii=False, indent=1).encode()
    write_whole(path, lambda file: file.write(text))
