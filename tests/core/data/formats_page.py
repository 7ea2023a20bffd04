"""docs/formats.md as the formats make it: every cell of its table is measured, by importing and by round trips."""

import importlib
import inspect
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.actor import Actor
from core.data import exporters, importers
from core.data.exporters import EXPORTERS, Snapshot
from core.data.importers import IMPORTERS, Parsed
from core.services import correction_files, corrections, exporting
from core.services.exporting import ExportRequest
from core.states import matrix
from db import datasets
from db.records import CellChange, CellValue
from db.terms import LabelState
from tests.conftest import Home
from tests.core.data.exporters.made import photographs, read_back, snapshot, target
from tests.pages.sets import add_set

# What is promised; a format that is not there, or not exported although it should be, has no row to hide in.
IMPORTED = (
    *("label-files", "folders", "csv", "csv-onehot", "csv-long", "open-images", "voc", "coco"),
    *("label-studio", "imagefolder", "fiftyone", "cvat", "imagenet-txt", "images"),
)
EXPORTED = (
    *("label-files", "csv", "csv-onehot", "csv-long", "coco", "label-studio", "imagefolder", "fiftyone"),
    "changes",
)

HEAD = """\
# Formats

Made by `tests/core/data/test_formats_page.py`, which imports a source of every format and, where Errata exports it,
writes labels, reads them back and compares; it fails when this page says something else.

- **import**: read by `import --format NAME`, and recognised without it.
- **export**: written by `export --format NAME`, of the newest labels or any revision, of all images or some.
- **round trip**: what is the same after an export and an import. Images, their present labels and the names of
  labels that some image has always are; what is not is said by the export before it writes.
- **states**: the states of a label that the format tells apart: present, absent, unknown. One that it does not tell
  apart is read as what the person who imports chooses for labels that are not listed.
- **verified**: whether a person has looked at a label of an image. **split**: train, val or test.
"""

# Small sources of the formats that are only read; the images only need names.
SAMPLES: dict[str, dict[str, str]] = {
    "folders": {"train/sea/1.jpg": "1", "val/sky/2.jpg": "2"},
    "open-images": {
        **{f"{name}.jpg": name for name in ("a1", "b2")},
        "labels.csv": "ImageID,Source,LabelName,Confidence\na1,verification,sea,1\na1,verification,sky,0\n"
        "b2,machine,sea,0.2\n",
    },
    "voc": {
        **{f"JPEGImages/00001{number}.jpg": str(number) for number in (2, 3, 4)},
        "ImageSets/Main/sea_train.txt": "000012 -1\n000013  1\n",
        "ImageSets/Main/sea_val.txt": "000014  0\n",
    },
    "cvat": {
        **{f"{number}.jpg": str(number) for number in (1, 2)},
        "annotations.xml": '<?xml version="1.0"?><annotations><image id="0" name="1.jpg" subset="train">'
        '<tag label="sea" source="manual"/></image><image id="1" name="2.jpg" subset="val"/></annotations>',
    },
    "imagenet-txt": {
        **{f"{number}.jpg": str(number) for number in (1, 2)},
        **{"train.txt": "1.jpg 0 1\n", "val.txt": "2.jpg 1\n", "synsets.txt": "sea\nsky\n"},
    },
    "images": {"1.jpg": "1", "a/2.jpg": "2"},
}


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    format: str
    read: str
    written: str
    round_trip: str
    states: str
    verified: str
    split: str


def page(home: Home, folder: Path) -> str:
    """The whole page; `folder` is a place for small files."""
    names = dict.fromkeys((*IMPORTED, *EXPORTED))
    del names["changes"]
    table = [*(_row(name, folder / name) for name in names), _changes(home, folder)]
    heads = ("format", "import", "export", "round trip", "states", "verified", "split")
    lines = [heads, ("---",) * len(heads), *(tuple(vars(row).values()) for row in table)]
    return "\n".join(
        [
            HEAD,
            *("| " + " | ".join(line) + " |" for line in lines),
            *("", "## What an export holds", ""),
            *(
                f"### {name}\n\n{exporter.title}.\n\n{_told(exporter)}\n"
                for name, exporter in EXPORTERS.items()
            ),
        ]
    )


def _told(exporter: object) -> str:
    """What the exporter's own file says of it."""
    module, own = importlib.import_module(type(exporter).__module__), inspect.getdoc(type(exporter))
    return f"{inspect.getdoc(module)}\n\n{own}"


def _row(name: str, root: Path) -> Row:
    root.mkdir(exist_ok=True)
    if name in EXPORTERS and name in IMPORTERS:
        return _measured(name, root)
    parsed = _sample(name, root) if name in IMPORTERS else None
    return Row(
        format=f"`{name}`",
        read=_recognised(name, root),
        written=_yes(name in EXPORTERS),
        round_trip="–" if name not in EXPORTERS else "?",
        states=_states_in(parsed) if parsed else "?",
        verified=_yes(bool(parsed and parsed.cells.verified.any())),
        split=_yes(bool(parsed and any(image.part for image in parsed.images))),
    )


def _sample(name: str, root: Path) -> Parsed:
    for key, content in SAMPLES[name].items():
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_text(content)
    parsed = importers.parse(root, name)
    assert parsed.problems == (), f"the sample of {name}: {parsed.problems}"
    return parsed


def _recognised(name: str, root: Path) -> str:
    if name not in IMPORTERS:
        return "no"
    return "yes" if importers.detect(root).name == name else "by name only"


def _states_in(parsed: Parsed) -> str:
    """The states that a source lists; where it says what is not listed, that too."""
    codes = set(parsed.cells.codes.tolist())
    if parsed.unlisted is not None and parsed.labels:
        codes.add({LabelState.ABSENT: 0, LabelState.UNKNOWN: -1}[parsed.unlisted])
    return _words(codes) if codes else "none: every label is unknown"


def _words(codes: set[int]) -> str:
    words = [(1, "present"), (0, "absent"), (-1, "unknown")]
    return ", ".join(word for code, word in words if code in codes)


def _rich(default: LabelState) -> Snapshot:
    """Every state, verified or not, alone and together; a label and an image without any."""
    states = ((1, 0, -1, 0), (0, 1, 0, 0), (-1, -1, 1, 0), (0, 0, 0, 0), (1, 1, 1, 0), (-1, 0, 1, 0))
    verified = ((1, 0, 0, 0), (1, 1, 1, 1), (0, 1, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0), (1, 1, 1, 0))
    keys = tuple(f"data/{row}.jpg" for row in range(len(states)))
    labels = ("cat", "dog", "sea", "unseen")
    meta = ({"site": "north"}, *(None,) * 5)
    return snapshot(labels, states, default, verified=verified, keys=keys, meta=meta)


def _measured(name: str, root: Path) -> Row:
    """What comes back of all that a data set can hold, written and read by the same name."""
    told = {1}
    for default, code in ((LabelState.ABSENT, -1), (LabelState.UNKNOWN, 0)):
        wanted, got = _there_and_back(name, root / default.value, _rich(default))
        kept = _columns(wanted, got)
        assert ((got.states == 1) == (wanted.states[:, kept] == 1)).all(), f"{name}: present labels"
        if (got.states == wanted.states[:, kept]).all():
            told.add(code)
    wanted, got = _there_and_back(name, root / "again", _rich(LabelState.ABSENT))
    seen = wanted.verified[:, _columns(wanted, got)]
    checked = {
        "verified": (got.verified == seen).all(),
        "split": got.images == wanted.images,
        "labels that no image has": set(got.labels) == set(wanted.labels),
        "further columns": all(got.meta_of(row) == wanted.meta_of(row) for row in range(len(wanted.images))),
    }
    gone = ["states"] if told != {1, 0, -1} else []
    gone += [what for what, same in checked.items() if not same]
    some = bool(got.verified.any())
    return Row(
        format=f"`{name}`",
        read=_recognised(name, root / "again"),
        written="yes",
        round_trip="all" if not gone else f"all but {', '.join(gone)}",
        states=_words(told),
        verified="yes" if checked["verified"] else "of known states" if some else "no",
        split=_yes(bool(checked["split"])),
    )


def _there_and_back(name: str, root: Path, wanted: Snapshot) -> tuple[Snapshot, Snapshot]:
    root.mkdir()
    photographs(root, wanted)
    exporters.exporter(name).write(target(root, name), wanted)
    parsed = importers.parse(root, name)
    assert parsed.problems == (), f"{name}: {parsed.problems}"
    return wanted, read_back(parsed, wanted)


def _columns(wanted: Snapshot, got: Snapshot) -> list[int]:
    return [wanted.labels.index(label) for label in got.labels]


def _changes(home: Home, folder: Path) -> Row:
    """What `correct` makes of another data set of the same pictures."""
    ours, copy = add_set(home, "ours"), add_set(home, "copy")
    label = datasets.labels(home.store, ours)[0]
    wishes = [
        (0, LabelState.ABSENT),
        (1, LabelState.UNKNOWN),
        (2, LabelState.PRESENT),
        (3, LabelState.PRESENT),
    ]
    seen = corrections.values(home.store, Actor("Ada"), ours, [row for row, _ in wishes], [label.id])
    made = tuple(
        CellChange(row, label.id, cell.value, CellValue(state, True))
        for (row, state), cell in zip(wishes, seen, strict=True)
    )
    corrections.operate(home.store, Actor("Ada"), ours, [corrections.Operation("fix", "set", made)])
    out = folder / "changes.csv"
    exporting.export(home.store, home.settings, Actor("Ada"), ours, ExportRequest("changes", out))
    correction_files.apply(home.store, Actor("Bo"), copy, out)
    first, second = matrix(home.store, ours), matrix(home.store, copy)
    same = bool(np.array_equal(first.states, second.states))
    checked = bool(np.array_equal(first.verified, second.verified))
    return Row(
        format="`changes`",
        read="by the command `correct`",
        written="yes",
        round_trip="all that people changed" if same and checked else "no",
        states=_words(set(second.states[:, 0].tolist())),
        verified=_yes(checked),
        split="–",
    )


def _yes(so: bool) -> str:
    return "yes" if so else "no"
