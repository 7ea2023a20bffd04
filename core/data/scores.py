"""Probabilities and embeddings of somebody's own model, read from files and checked cell by cell."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core import arrays
from core.data import disk
from core.data.importers import tables
from core.data.importers.names import short
from core.errors import BadInput

Array = np.ndarray[Any, Any]
MOST_DIMENSIONS = 16_384  # of an embedding: twice what the widest models have


def read_scores(path: Path, rows: Mapping[str, int], labels: Sequence[str]) -> Array:
    """Probabilities as float32 (N, L), NaN rows where a table says nothing.

    rows: the row of each image by key, N of them. A .npy file holds (N, L) in the order of the rows; a table
    has a column `image` and one column a label. Raises BadInput that names the line, the image or the column.
    """
    if path.suffix.lower() == ".npy":
        scores = _load(path, f"{len(rows)} images and {len(labels)} labels", (len(rows), len(labels)))
    else:
        scores = _read_table(path, rows, labels)
    known = scores[~np.isnan(scores).all(axis=1)]
    if np.isnan(known).any() or (known < 0).any() or (known > 1).any():
        raise BadInput(f"{path.name} holds numbers that are no probabilities: all must lie between 0 and 1.")
    return scores.astype(np.float32)


def read_embeddings(path: Path, images: int) -> Array:
    """Embeddings as float16 (N, D) from an .npy file in the order of the rows. Raises BadInput."""
    embeddings = _load(path, f"{images} images", (images, None))
    if not np.isfinite(embeddings).all():
        raise BadInput(f"{path.name} holds numbers that are not finite.")
    largest = np.finfo(np.float16).max
    return np.clip(embeddings, -largest, largest).astype(np.float16)


def _load(path: Path, what: str, wanted: tuple[int, int | None]) -> Array:
    """The array of an .npy file, read only once its head says that it has the wanted shape."""
    if not path.exists():
        raise BadInput(f"There is no file {path}.")
    if not path.is_file():
        raise BadInput(f"{path} is not a regular file: give an .npy file.")
    try:
        with path.open("rb") as file:
            if file.read(len(np.lib.format.MAGIC_PREFIX)) != np.lib.format.MAGIC_PREFIX:
                raise BadInput(
                    f"{path.name} is not an .npy file, whatever its name says: write the array with numpy.save."
                )
            file.seek(0)
            _check_head(file, path, what, wanted)
        array: Array = np.load(path, allow_pickle=False)
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read ({error.strerror}): check its permissions.") from error
    except (ValueError, EOFError) as error:
        raise BadInput(
            f"The head of {path.name} is damaged: write the array again with numpy.save."
        ) from error
    return array


def _check_head(file: BinaryIO, path: Path, what: str, wanted: tuple[int, int | None]) -> None:
    head = arrays.read_head(file)
    shape, dtype = head.shape, head.dtype
    if dtype.kind not in "fiu":
        raise BadInput(f"{path.name} holds {dtype}, not numbers: write an array of float32.")
    if len(shape) != 2 or shape[0] != wanted[0] or not shape[1] or wanted[1] not in (None, shape[1]):
        need = f"({wanted[0]}, {'D' if wanted[1] is None else wanted[1]})"
        raise BadInput(f"{path.name} has the shape {shape}; {what} need {need}.")
    if wanted[1] is None and shape[1] > MOST_DIMENSIONS:
        raise BadInput(
            f"{path.name} has {shape[1]:,} numbers an image; at most {MOST_DIMENSIONS:,} are taken: "
            "reduce them first."
        )
    need_bytes, has = math.prod(shape) * dtype.itemsize, path.stat().st_size - file.tell()
    if has < need_bytes:
        raise BadInput(
            f"{path.name} is cut short: the shape {shape} takes {disk.size(need_bytes)}, it has "
            f"{disk.size(has)}. Write it again."
        )


def _read_table(path: Path, rows: Mapping[str, int], labels: Sequence[str]) -> Array:
    table = tables.read(path)
    image_at = table.the_column("image", any_case="image" not in map(str.lower, labels))
    columns = {label: table.the_column(label) for label in labels}
    scores = np.full((len(rows), len(labels)), np.nan)
    for number, line in table.rows:
        where = f"{path.name}, line {number}"
        if len(line) < len(table.header) or table.too_wide(line):
            raise BadInput(f"{where} has {len(line)} cells where the header has {len(table.header)}.")
        key = line[image_at]
        if key not in rows:
            raise BadInput(f"{where}: there is no image “{key}” in this data set.")
        if not np.isnan(scores[rows[key]]).all():
            raise BadInput(f"{where}: the image “{key}” is given twice.")
        scores[rows[key]] = [_number(line[at], label, where) for label, at in columns.items()]
    return scores


def _number(cell: str, label: str, where: str) -> float:
    try:
        # Between 0 and 1 a comma can only be a decimal one, as spreadsheets of many countries write it.
        return float(cell.replace(",", "."))
    except ValueError:
        raise BadInput(f"{where}: “{label}” is {short(cell)}, not a number between 0 and 1.") from None
