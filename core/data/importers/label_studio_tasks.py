"""What people submitted in Label Studio, gathered from its long and its short forms."""

from array import array
from collections import Counter
from collections.abc import Iterable

import numpy as np

from core.data.importers.records import Place
from core.data.importers.source import Source


class Tasks:
    """What people submitted, kept until all labels are known."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.ours = False
        self.passed_over: Counter[str] = Counter()
        self._images, self._rows, self._labels = array("i"), array("i"), array("i")

    def submitted(self, image: int, names: Iterable[str], where: Place) -> None:
        """Note one submitted annotation: the chosen labels, and none but them."""
        for name in names:
            label = self.source.draft.label(name, where)
            if label is not None:
                self._rows.append(len(self._images))
                self._labels.append(label)
        self._images.append(image)

    def say(self) -> None:
        """Note every cell of what was submitted, all verified, and what was passed over."""
        draft = self.source.draft
        width, many = draft.labels, len(self._images)
        codes = np.zeros((many, width), np.int8)
        codes[np.frombuffer(self._rows, np.int32), np.frombuffer(self._labels, np.int32)] = 1
        draft.say_many(
            np.repeat(np.frombuffer(self._images, np.int32), width),
            np.tile(np.arange(width), many),
            codes.ravel(),
            np.ones(many * width, np.bool_),
        )
        draft.note(f"Submitted annotations: {many:,}; what they do not choose is verified absent.")
        for what, count in self.passed_over.items():
            if count:
                draft.note(f"{what}: {count:,}.")
