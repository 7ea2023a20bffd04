"""Label Studio's tasks, as the importer `label-studio` reads them.

An image of which every label is verified has a submitted annotation, which speaks of all labels. Any other has
its labels as a prediction, for people to go on from, and what that leaves open as further fields of its data:
`unknown_labels`, `absent_labels`, `verified_labels`. They count only while there is no annotation.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.data.exporters import beyond, losses, text
from core.data.exporters.records import PLAIN, Carries, Options, Snapshot

FROM_NAME, TO_NAME = "labels", "image"  # of <Choices name="labels" toName="image" choice="multiple">
FIELD = "{}_labels"
MODEL_VERSION = "errata"


class LabelStudioExport:
    """One task an image; its path stands in data.image."""

    name = "label-studio"
    title = "Label Studio: one JSON file of tasks; verified images as annotations, others as predictions"
    suffix = ".json"
    carries = Carries(absent=True, unknown=True, verified=True, parts=True, meta=True)

    def losses(self, snapshot: Snapshot) -> list[str]:
        """Sentences for what will not be in the file."""
        # An annotation names the labels that are chosen, and no others.
        chosen = np.logical_or(snapshot.states == 1, ~np.array(_settled(snapshot), bool)[:, None])
        return losses.sentences(self.carries, snapshot, chosen & losses.said(self.carries, snapshot))

    def write(self, out: Path, snapshot: Snapshot, options: Options = PLAIN) -> None:
        """Write one JSON file. Raises BadInput when out exists and is not to be replaced."""
        with text.json_file(out, text.need_bytes(snapshot, 220, 3), options) as file:
            text.array(file, _tasks(snapshot))
            file.write("\n")


def _tasks(snapshot: Snapshot) -> Iterator[str]:
    settled = _settled(snapshot)
    lists = beyond.lists(snapshot)
    for row, columns in enumerate(snapshot.listed()):
        key, part = snapshot.images[row]
        data: dict[str, object] = {**snapshot.meta_of(row), "image": key, "split": part.value}
        result = [_choices(text.named(snapshot.labels, columns))] if columns else []
        open_cells = {word: next(found) for word, found in lists.items()}
        if settled[row]:
            yield text.encode({"data": data, "annotations": [{"result": result}], "predictions": []})
            continue
        for word, some in open_cells.items():
            if some:
                data[FIELD.format(word)] = text.named(snapshot.labels, some)
        # Empty, too: it says that the lists beside it are ours.
        prediction = {"model_version": MODEL_VERSION, "result": result}
        yield text.encode({"data": data, "annotations": [], "predictions": [prediction]})


def _settled(snapshot: Snapshot) -> list[bool]:
    """By row: every label is verified, and none of them unknown."""
    if not snapshot.labels:
        return [False] * len(snapshot.images)
    known: list[bool] = np.all(snapshot.verified & (snapshot.states != -1), axis=1).tolist()
    return known


def _choices(names: list[str]) -> dict[str, object]:
    value = {"choices": names}
    return {"from_name": FROM_NAME, "to_name": TO_NAME, "type": "choices", "value": value}
