"""What a search means, as a frozen tree; each node knows where it stands in the text.

    Everything · Not · And · Or
    HasLabel   sea, ?sea, absent:sea       Verified   verified, unverified, verified:sea
    InPart     part:val                    LeftOut    left_out
    ChangedBy  author:Ada                  Named      im12*, name:im12, "two words"
    Measured   size<64, brightness<.1      Described  meta.site=zoo
    Odd        dark, blurry, odd           Copied     duplicate
    Predicted  predicted:sea               Scored     score:sea>.8
    InGroup    group:12                    OnMap      map:.1,.2;.5,.2;.5,.9

Positions do not count when nodes are compared: two texts that mean the same are the same search.
"""

from dataclasses import dataclass, field
from typing import Literal

from db.terms import LabelState, Part

Span = tuple[int, int]  # the characters of the text from … to (not with)
Comparison = Literal["<", "<=", ">", ">=", "=", "!="]


@dataclass(frozen=True, slots=True)
class Node:
    """Any part of a search."""

    at: Span = field(default=(0, 0), compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Everything(Node):
    """Every image: the search that says nothing."""


@dataclass(frozen=True, slots=True)
class Not(Node):
    of: Node


@dataclass(frozen=True, slots=True)
class And(Node):
    all: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    any: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class HasLabel(Node):
    """The cell of the image and the label is in this state."""

    label_id: int
    state: LabelState = LabelState.PRESENT


@dataclass(frozen=True, slots=True)
class Verified(Node):
    """A person has verified the cell of this label; None: of any."""

    label_id: int | None = None


@dataclass(frozen=True, slots=True)
class InPart(Node):
    """The image counts in this part; one that is left out counts in none."""

    part: Part


@dataclass(frozen=True, slots=True)
class LeftOut(Node):
    pass


@dataclass(frozen=True, slots=True)
class ChangedBy(Node):
    """Somebody of that name has changed a label or the place of the image after it was imported."""

    author: str


@dataclass(frozen=True, slots=True)
class Named(Node):
    """The key of the image holds this text, whatever its case; a star stands for anything."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Measured(Node):
    """A number of the image compares so: its size, its count of labels, a statistic of its pixels."""

    measure: str  # a name of core.search.names.MEASURES
    comparison: Comparison
    value: float


@dataclass(frozen=True, slots=True)
class Described(Node):
    """A further column of the source compares so."""

    column: str
    comparison: Comparison
    value: str


@dataclass(frozen=True, slots=True)
class Odd(Node):
    """The scan found the image odd in this way; None: in any."""

    kind: str | None = None  # a word of core.data.trouble.quality.Odd


@dataclass(frozen=True, slots=True)
class Copied(Node):
    """There is another image with the same content, or, as the scan says, nearly the same."""


@dataclass(frozen=True, slots=True)
class InGroup(Node):
    """The image is one of a group of copies and near copies; None: of any."""

    number: int | None = None


@dataclass(frozen=True, slots=True)
class Predicted(Node):
    """The run predicts the label: its probability reaches the threshold."""

    label_id: int


@dataclass(frozen=True, slots=True)
class Scored(Node):
    """The run's probability of the label compares so."""

    label_id: int
    comparison: Comparison
    value: float  # 0..1


@dataclass(frozen=True, slots=True)
class OnMap(Node):
    """The image's place on the embedding map lies within a polygon."""

    corners: tuple[tuple[float, float], ...]  # at least three, 0..1 from the lower left


def asks_a_run(node: Node) -> bool:
    """True when the images that a search means depend on a run's predictions."""
    if isinstance(node, Not):
        return asks_a_run(node.of)
    if isinstance(node, And | Or):
        return any(map(asks_a_run, node.all if isinstance(node, And) else node.any))
    return isinstance(node, Predicted | Scored)
