"""A small data set whose every cell, place and name is known, and a slow way to say what a search means of it."""

from dataclasses import dataclass

from core.search import nodes
from core.search.nodes import Node
from db import datasets
from db.records import Image, Label
from db.store import Store
from db.terms import LabelState, Part

NAMES = ("sea", "two words", "sky.blue", "size")
_STATES = (LabelState.PRESENT, LabelState.ABSENT, LabelState.UNKNOWN)
_PARTS = (Part.TRAIN, Part.TRAIN, Part.VALIDATION, Part.TEST)
IMAGES = 60


@dataclass(frozen=True)
class World:
    """What is in the data set, by row."""

    dataset_id: int
    labels: list[Label]
    images: list[Image]
    states: list[dict[int, LabelState]]  # by label id
    verified: list[set[int]]


def make(store: Store, folder: str = "world") -> World:
    """Sixty images, four labels; cells, parts, sizes and names follow from the row."""
    images = [
        Image(
            0,
            row,
            f"{'Zoo' if row % 2 else 'sub/Park'}/im{row}.{'png' if row % 5 else 'jpg'}",
            _PARTS[row % 4],
            f"{row // 2 if row < 6 else row:064x}",
            40 + row,
            100,
            1000 + row,
            left_out=row % 11 == 3,
            meta={"Site": f"place {row % 3}", "depth": str(row)} if row % 2 else None,
        )
        for row in range(IMAGES)
    ]
    cells = [
        (row, label, _STATES[(row + label) % 3], (row * label) % 5 == 2)
        for row in range(IMAGES)
        for label in range(len(NAMES))
        if (row + label) % 3 != 1 or (row * label) % 5 == 2
    ]
    made = datasets.create(
        store,
        name=folder,
        folder=folder,
        source="a test",
        root="/nowhere",
        format="csv",
        default_state=LabelState.ABSENT,
        labels=[(name, "") for name in NAMES],
        images=images,
        cells=cells,
        author="Importer",
        client_id="import",
    )
    labels = datasets.labels(store, made.id)
    ids = [label.id for label in labels]
    return World(
        made.id,
        labels,
        images,
        [{ids[at]: _STATES[(row + at) % 3] for at in range(len(NAMES))} for row in range(IMAGES)],
        [{ids[at] for at in range(len(NAMES)) if (row * at) % 5 == 2} for row in range(IMAGES)],
    )


def means(world: World, node: Node, row: int) -> bool:
    """Whether a search means an image, told without an array."""
    image, states, seen = world.images[row], world.states[row], world.verified[row]
    match node:
        case nodes.Everything():
            return True
        case nodes.Not():
            return not means(world, node.of, row)
        case nodes.And():
            return all(means(world, part, row) for part in node.all)
        case nodes.Or():
            return any(means(world, part, row) for part in node.any)
        case nodes.HasLabel():
            return states[node.label_id] is node.state
        case nodes.Verified():
            return bool(seen) if node.label_id is None else node.label_id in seen
        case nodes.InPart():
            return image.part is node.part and not image.left_out
        case nodes.LeftOut():
            return image.left_out
        case nodes.Measured(measure="labels"):
            return sum(state is LabelState.PRESENT for state in states.values()) == node.value
        case nodes.Measured(measure="width"):
            return image.width < node.value
        case nodes.Named():
            return node.pattern.casefold() in image.key.casefold()
    raise AssertionError(node)
