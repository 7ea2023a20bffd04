"""From the tree of a search to the images that it means, as a mask."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from core.search import scanned
from core.search.beside import Beside
from core.search.columns import Columns
from core.search.nodes import (
    And,
    ChangedBy,
    Comparison,
    Copied,
    Described,
    Everything,
    HasLabel,
    InGroup,
    InPart,
    LeftOut,
    Measured,
    Named,
    Node,
    Not,
    Odd,
    OnMap,
    Or,
    Predicted,
    Scored,
    Verified,
)
from db import search
from db.store import Store

Array = np.ndarray[Any, Any]

_COMPARE: dict[Comparison, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}
_FIRST_NAMES = 4096  # that are read at first for a page of those that hold a text; then four times as many
_CLOSE = 1e-6  # of a float32 that is asked for by its decimals


class Masks:
    """The masks of one data set at one revision, with the files beside it."""

    def __init__(self, store: Store, dataset_id: int, columns: Columns, beside: Beside) -> None:
        self.store, self.dataset_id = store, dataset_id
        self.columns, self.beside = columns, beside
        self.stamp = beside.stamp

    def rows(self, node: Node) -> Array:
        """The rows that a search means, int32 (n,), ascending. Raises BadInput where a file or a run is missing."""
        key = (node, self.stamp)
        return self.columns.rows.get(key, lambda: np.flatnonzero(self.mask(node)).astype(np.int32))

    def first(self, node: Node, start: int, count: int) -> Array:
        """The first `count` of the rows from `start` on that a search means, ascending. Raises BadInput as `rows`.

        File names are read only as far as that takes.
        """
        parts = node.all if isinstance(node, And) else (node,)
        named = [part.pattern for part in parts if isinstance(part, Named)]
        if not named:
            found = self.rows(node)
            at = int(np.searchsorted(found, start))
            return found[at : at + count]
        others = tuple(part for part in parts if not isinstance(part, Named))
        mask = self.mask(And(others)) if others else None
        return self._first_named(named, mask, start, count)

    def _first_named(self, patterns: list[str], mask: Array | None, start: int, count: int) -> Array:
        images, step = self.columns.images, _FIRST_NAMES
        pieces, found = [np.zeros(0, np.int64)], 0
        while start < images and found < count:
            stop = min(start + step, images)
            rows = self.columns.facts.named(patterns[0], start, stop)
            for pattern in patterns[1:]:
                rows = np.intersect1d(
                    rows, self.columns.facts.named(pattern, start, stop), assume_unique=True
                )
            rows = rows if mask is None else rows[mask[rows]]
            pieces.append(rows)
            found, start, step = found + len(rows), stop, 4 * step
        return np.concatenate(pieces)[:count]

    def mask(self, node: Node) -> Array:
        """The images that a search means, bool (N,). Raises BadInput where a file or a run is missing."""
        columns = self.columns
        match node:
            case Everything():
                return np.ones(columns.images, bool)
            case Not():
                return np.logical_not(self.mask(node.of))
            case And():
                return _joined(np.logical_and, [self.mask(part) for part in node.all])
            case Or():
                return _joined(np.logical_or, [self.mask(part) for part in node.any])
            case HasLabel():
                return columns.state(node.label_id, node.state)
            case Verified() if node.label_id is not None:
                return columns.verified(node.label_id)
            case Verified():
                return columns.count_verified() > 0
            case InPart():
                return columns.part(node.part)
            case LeftOut():
                return columns.left_out()
        return self._kept(node)

    def _kept(self, node: Node) -> Array:
        """Masks that take longer: each is kept for as long as what it was computed of."""
        columns = self.columns
        match node:
            case Named():
                pattern = node.pattern
                return columns.facts.kept.get(
                    (node, columns.images),
                    lambda: _at(columns.facts.named(pattern, 0, columns.images), columns.images),
                )
            case Described():
                described = node
                return columns.facts.kept.get((node, columns.images), lambda: self._described(described))
        return columns.kept.get((node, self.stamp), lambda: self._made(node))

    def _made(self, node: Node) -> Array:
        images = self.columns.images
        match node:
            case Measured():
                return _compared(self.measure(node.measure), node.comparison, node.value)
            case Predicted():
                scores, threshold = self._scores(node.label_id)
                return np.asarray(scores >= np.float32(threshold))  # NaN is no prediction
            case Scored():
                return _compared(self._scores(node.label_id)[0], node.comparison, node.value)
            case ChangedBy():
                return _at(search.changed_by(self.store, self.dataset_id, node.author), images)
            case Copied():
                groups = scanned.groups(self.beside.folder, images)
                mask = _at(search.copies(self.store, self.dataset_id), images)
                return mask if groups is None else mask | (groups >= 0)
            case InGroup():
                groups = _needed(scanned.groups(self.beside.folder, images), "group")
                return np.asarray(groups >= 0 if node.number is None else groups == node.number)
            case Odd():
                odd = _needed(scanned.odd(self.beside.folder, node.kind, images), node.kind or "odd")
                return odd
            case OnMap():
                points = _needed(scanned.map_points(self.beside.folder, images), "map")
                return within(points, node.corners)
        raise AssertionError(f"{node} is no node of a search")

    def measure(self, name: str) -> Array:
        """A number of each image, (N,), by a name of MEASURES; NaN where it was not measured. Raises BadInput."""
        columns = self.columns
        if name == "labels":
            return columns.count_present()
        if name == "verified":
            return columns.count_verified()
        return columns.kept.get(("statistic", name), lambda: self._measured(name))

    def _measured(self, name: str) -> Array:
        columns = self.columns
        if name not in ("size", "width", "height", "aspect", "bytes"):
            return self.beside.statistic(name, columns.images)
        width, height, size = columns.facts.sizes(columns.images)
        match name:
            case "size":
                shorter: Array = np.minimum(width, height)
                return shorter
            case "aspect":
                ratio: Array = (width / np.maximum(height, 1)).astype(np.float32)
                return ratio
            case "bytes":
                return size.view()
        return width.view() if name == "width" else height.view()

    def _scores(self, label_id: int) -> tuple[Array, float]:
        def make() -> Array:
            scores, at = self.beside.scores(label_id, self.columns.images)
            return np.append(scores, np.float32(at))

        found = self.columns.kept.get(("scores", label_id, self.stamp), make)
        return found[:-1], float(found[-1])

    def _described(self, node: Described) -> Array:
        return self.columns.facts.described(
            node.column, _fits(node.comparison, node.value), self.columns.images
        )


def _joined(join: "np.ufunc", masks: list[Array]) -> Array:
    found = masks[0].copy()
    for mask in masks[1:]:
        join(found, mask, out=found)
    return found


def _compared(values: Array, comparison: Comparison, wanted: float) -> Array:
    """Where the values compare so; one that was not measured never does."""
    if values.dtype.kind == "f":
        known = ~np.isnan(values)
        if comparison in ("=", "!="):
            equal = np.abs(values - wanted) <= _CLOSE * max(1.0, abs(wanted))
            return np.asarray(known & (equal if comparison == "=" else ~equal))
        return np.asarray(known & _COMPARE[comparison](values, np.float32(wanted)))
    return np.asarray(_COMPARE[comparison](values, wanted), bool)


def _fits(comparison: Comparison, wanted: str) -> Callable[[str], bool]:
    """A test of the texts of a column: the same text whatever its case, or the numbers that it is for < and >."""
    compare = _COMPARE[comparison]
    if comparison in ("=", "!="):
        folded = wanted.casefold()
        return lambda text: bool(compare(text.strip().casefold(), folded))
    limit = float(wanted.removesuffix("%")) / (100 if wanted.endswith("%") else 1)

    def fits(text: str) -> bool:
        try:
            return bool(compare(float(text), limit))
        except ValueError:
            return False

    return fits


def _at(rows: "list[int] | Array", images: int) -> Array:
    mask = np.zeros(images, bool)
    found = np.asarray(rows, np.int64)
    mask[found[found < images]] = True
    return mask


def _needed(found: Array | None, word: str) -> Array:
    if found is None:
        raise scanned.not_yet(word)
    return found


def within(points: Array, corners: tuple[tuple[float, float], ...]) -> Array:
    """Which of the (N, 2) points lie inside a polygon, bool (N,); NaN points lie nowhere.

    Inside is what a ray leaves by crossing an odd number of sides.
    """
    x, y = points.astype(np.float64).T  # as the browser reckons
    inside = np.zeros(len(points), bool)
    for (x1, y1), (x2, y2) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if y1 == y2:
            continue
        crosses = (y1 > y) != (y2 > y)
        inside ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return inside
