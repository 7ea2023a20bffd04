"""Probabilities and embeddings of somebody's own model, read from files and checked cell by cell."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadInput

Array = np.ndarray[Any, Any]


def read_scores(path: Path, rows: Mapping[str, int], labels: Sequence[str]) -> Array:
    """Probabilities as float32 (N, L), NaN rows where a CSV says nothing.

    rows: the row of each image by key, N of them. A .npy file holds (N, L) in the order of the rows; a CSV
    has a column `image` and one column a label. Raises BadInput that names the line, the image or the column.
    """
    if path.suffix.lower() == ".npy":
        scores = _load(path)
        if scores.shape != (len(rows), len(labels)):
            raise BadInput(
                f"{path.name} has the shape {scores.shape}; {len(rows)} images and {len(labels)} labels need "
                f"({len(rows)}, {len(labels)})."
            )
    else:
        scores = _read_csv(path, rows, labels)
    known = scores[~np.isnan(scores).all(axis=1)]
    if np.isnan(known).any() or (known < 0).any() or (known > 1).any():
        raise BadInput(f"{path.name} holds numbers that are no probabilities: all must lie between 0 and 1.")
    return scores.astype(np.float32)


def read_embeddings(path: Path, images: int) -> Array:
    """Embeddings as float16 (N, D) from an .npy file in the order of the rows. Raises BadInput."""
    embeddings = _load(path)
    if embeddings.ndim != 2 or embeddings.shape[0] != images:
        raise BadInput(f"{path.name} has the shape {embeddings.shape}; {images} images need ({images}, D).")
    if not np.isfinite(embeddings).all():
        raise BadInput(f"{path.name} holds numbers that are not finite.")
    largest = np.finfo(np.float16).max
    return np.clip(embeddings, -largest, largest).astype(np.float16)


def _load(path: Path) -> Array:
    try:
        array = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (ValueError, OSError, EOFError) as error:
        raise BadInput(f"{path.name} cannot be read as an .npy file: {error}.") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        raise BadInput(f"{path.name} does not hold one array of numbers.")
    return array.astype(np.float64)


def _read_csv(path: Path, rows: Mapping[str, int], labels: Sequence[str]) -> Array:
    scores = np.full((len(rows), len(labels)), np.nan)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            header = [name.strip() for name in next(reader, [])]
            columns = _columns(path, header, labels)
            for line in reader:
                if line:
                    _put(scores, path, reader.line_num, line, header, columns, rows)
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path.name} cannot be read as a CSV file in UTF-8: {error}.") from error
    return scores


def _columns(path: Path, header: Sequence[str], labels: Sequence[str]) -> list[int]:
    for name in ("image", *labels):
        if header.count(name) != 1:
            raise BadInput(f"{path.name} has {header.count(name)} columns “{name}”; it needs one.")
    return [header.index(name) for name in labels]


def _put(
    scores: Array,
    path: Path,
    number: int,
    line: Sequence[str],
    header: Sequence[str],
    columns: Sequence[int],
    rows: Mapping[str, int],
) -> None:
    where = f"{path.name}, line {number}"
    if len(line) != len(header):
        raise BadInput(f"{where}: {len(line)} fields; the header has {len(header)}.")
    key = line[header.index("image")]
    if key not in rows:
        raise BadInput(f"{where}: there is no image “{key}” in this data set.")
    if not np.isnan(scores[rows[key]]).all():
        raise BadInput(f"{where}: the image “{key}” is given twice.")
    try:
        scores[rows[key]] = [float(line[column]) for column in columns]
    except ValueError:
        raise BadInput(f"{where}: every label needs a number between 0 and 1.") from None
