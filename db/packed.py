"""Whole columns of big tables as plain numbers: the engine joins them to a few texts, six times as fast as rows.

A state is written as its place in LabelState, a part as its place in Part.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, String, case, cast, func, select
from sqlalchemy.sql.elements import ColumnElement

from db import models
from db.terms import LabelState, Part

STATES = tuple(LabelState)
PARTS = tuple(Part)
VERIFIED = 4  # added to the place of a state
LEFT_OUT = 4  # added to the place of a part
_BITS = 3  # of a state and whether it is verified
_MOST_NUMBERS = 2_000_000  # in one text


@dataclass(frozen=True, slots=True)
class PackedCells:
    """Stored cells, one number each: ((row × span) + label id − first) × 8 + place of the state + VERIFIED."""

    numbers: "array[int]"  # 64 bits, in no order
    first: int  # the lowest id of a label
    span: int  # ids from the lowest to the highest


def cells(connection: Connection, dataset_id: int, images: int) -> PackedCells:
    """Every stored cell of a data set, those of removed labels too."""
    table, labels = models.cells, models.labels
    ids = select(func.min(labels.c.id), func.max(labels.c.id), func.count()).where(
        labels.c.dataset_id == dataset_id
    )
    low, high, count = connection.execute(ids).one()
    if not count:
        return PackedCells(array("q"), 0, 1)
    span = int(high) - int(low) + 1
    state = case({state.value: at for at, state in enumerate(STATES)}, value=table.c.state)
    verified = case((table.c.verified, VERIFIED), else_=0)
    number = (cast(table.c.row, BigInteger) * span + table.c.label_id - int(low)) * 2**_BITS
    joined = select(_joined(number + state + verified)).where(table.c.dataset_id == dataset_id)
    found = array("q")
    for start, stop in _ranges(images, _MOST_NUMBERS // int(count)):
        within = joined.where(table.c.row >= start, table.c.row < stop)
        found.extend(_numbers(connection.execute(within).scalar()))
    return PackedCells(found, int(low), span)


def places(connection: Connection, dataset_id: int, images: int) -> bytearray:
    """The place of the part of the images 0, 1, … `images` − 1, plus LEFT_OUT."""
    table = models.images
    part = case({part.value: at for at, part in enumerate(PARTS)}, value=table.c.part)
    out = case((table.c.left_out, LEFT_OUT), else_=0)
    number = cast(table.c.row, BigInteger) * 2**_BITS + part + out
    joined = select(_joined(number)).where(table.c.dataset_id == dataset_id)
    found = bytearray(images)
    for start, stop in _ranges(images, _MOST_NUMBERS):
        within = joined.where(table.c.row >= start, table.c.row < stop)
        for one in _numbers(connection.execute(within).scalar()):
            found[one >> _BITS] = one & 7
    return found


def _joined(number: ColumnElement[int]) -> ColumnElement[str]:
    return func.aggregate_strings(cast(number, String), ",")


def _ranges(images: int, step: int) -> Iterator[tuple[int, int]]:
    step = max(1, step)
    return ((start, min(start + step, images)) for start in range(0, images, step))


def _numbers(text: str | None) -> "array[int]":
    return array("q", map(int, text.split(","))) if text else array("q")
