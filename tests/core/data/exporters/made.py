"""Small snapshots for tests of exporters: made by hand, or by hypothesis; and what reading one back must give."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from core.data import exporters, importers
from core.data.exporters import Snapshot
from core.data.importers import listing
from core.data.importers.csv_joined import LABEL_COLUMNS
from core.errors import BadInput
from db.terms import LabelState, Part

PARTS = tuple(Part)


def snapshot(
    labels: tuple[str, ...] = ("clouds", "sea"),
    states: tuple[tuple[int, ...], ...] = ((1, 1), (0, 1), (0, 0)),
    default: LabelState = LabelState.ABSENT,
    *,
    verified: tuple[tuple[int, ...], ...] | None = None,
    keys: tuple[str, ...] | None = None,
    meta: tuple[Mapping[str, str] | None, ...] = (),
) -> Snapshot:
    """Images in the parts train, val and test by turns; states by rows."""
    shape = (len(states), len(labels))
    named = keys or tuple(f"images/im{row}.jpg" for row in range(len(states)))
    return Snapshot(
        labels=labels,
        images=tuple((key, PARTS[row % 3]) for row, key in enumerate(named)),
        states=np.array(states, dtype=np.int8).reshape(shape),
        verified=np.zeros(shape, bool) if verified is None else np.array(verified, bool).reshape(shape),
        defaults=(default,) * len(labels),
        meta=meta,
    )


# Names as clean_label lets them through, leaning to the characters that formats use for themselves.
_special = st.sampled_from(list("abZ |;,\"'%/\\.:*?_<>&=+-@r1🌊é海"))
characters = st.one_of(_special, st.characters(exclude_categories=["C"]))


def _is_clean(text: str) -> bool:
    try:
        return importers.clean_label(text) == text
    except BadInput:
        return False


# Names of devices on Windows; generated names are too short for others.
RESERVED = ("con", "prn", "aux", "nul")
names = st.text(characters, min_size=1, max_size=12).filter(
    lambda name: _is_clean(name) and name.casefold() not in (*RESERVED, *LABEL_COLUMNS)
)
folded = st.lists(names, max_size=5, unique_by=str.casefold)
steps = st.text(characters.filter(lambda char: char not in "/\\"), min_size=1, max_size=6).filter(
    listing.visible
)


@st.composite
def snapshots(draw: st.DrawFn, *, below: str = "") -> Snapshot:
    """Any states, verified or not, of images in folders of any name under `below`, numbered as label-files needs."""
    labels = tuple(sorted(draw(folded)))
    states = draw(st.lists(st.tuples(*[st.integers(-1, 1)] * len(labels)), min_size=1, max_size=5))
    verified = tuple(draw(st.tuples(*[st.booleans()] * len(labels))) for _ in states)
    folders = [draw(st.sampled_from(["", f"{draw(steps)}/"])) for _ in states]
    keys = tuple(sorted(f"{below}{folder}{draw(steps)} {row}.jpg" for row, folder in enumerate(folders)))
    default = draw(st.sampled_from([LabelState.ABSENT, LabelState.UNKNOWN]))
    return snapshot(labels, tuple(states), default, verified=verified, keys=keys)


def photographs(root: Path, wanted: Snapshot) -> None:
    """Empty files in the place of the images: parsing opens none of them."""
    for key, _ in wanted.images:
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).touch()


def target(root: Path, format: str) -> Path:
    """Where an export of that format lies beside its images."""
    suffix = exporters.exporter(format).suffix
    return root / f"labels{suffix}" if suffix else root


def read_back(parsed: importers.Parsed, wanted: Snapshot) -> Snapshot:
    """What was parsed, where what nothing lists is as the file says, else the default of `wanted`."""
    default = {LabelState.ABSENT: 0, LabelState.UNKNOWN: -1}[parsed.unlisted or wanted.default]
    shape = (len(parsed.images), len(parsed.labels))
    states, verified = np.full(shape, default, np.int8), np.zeros(shape, bool)
    cells = parsed.cells
    states[cells.images, cells.labels] = cells.codes
    verified[cells.images, cells.labels] = cells.verified
    return Snapshot(
        labels=parsed.labels,
        images=tuple((image.key, image.part) for image in parsed.images),  # type: ignore[misc]
        states=states,
        verified=verified,
        defaults=(wanted.default,) * len(parsed.labels),
        meta=tuple(image.meta for image in parsed.images),
    )


def differences(format: str, wanted: Snapshot, parsed: importers.Parsed) -> list[str]:
    """What a format did not bring back although it says that it carries it; empty when all is well."""
    carries, got = exporters.exporter(format).carries, read_back(parsed, wanted)
    losses = exporters.exporter(format).losses(wanted)
    found = [f"problem: {problem}" for problem in parsed.problems]
    if [key for key, _ in got.images] != [key for key, _ in wanted.images]:
        return [*found, f"images: {got.images}"]
    if carries.parts and got.images != wanted.images:
        found.append(f"parts: {got.images}")
    if carries.meta and any(got.meta_of(row) != wanted.meta_of(row) for row in range(len(wanted.images))):
        found.append(f"meta: {got.meta}")
    shown = (wanted.states == 1).any(axis=0)
    missing = set(wanted.labels) - set(got.labels)
    if not set(got.labels) <= set(wanted.labels) or (carries.empty_labels and missing):
        found.append(f"labels: {got.labels}")
    expected = wanted.states.copy()
    default = {LabelState.ABSENT: 0, LabelState.UNKNOWN: -1}[wanted.default]
    if not (carries.unknown if default == 0 else carries.absent):
        lost = expected != 1
        if carries.unseen:
            lost &= (expected != -1).any(axis=1, keepdims=True)
        expected[lost] = default
    for at, label in enumerate(wanted.labels):
        if label in missing:
            if shown[at] or not any(sentence.startswith("Labels that no image has") for sentence in losses):
                found.append(f"label {label!r} is gone")
            continue
        column = got.labels.index(label)
        if (got.states[:, column] != expected[:, at]).any():
            found.append(f"states of {label!r}: {got.states[:, column]} for {expected[:, at]}")
        seen = wanted.verified[:, at] & (carries.unknown | (wanted.states[:, at] != -1))
        if carries.verified and (got.verified[:, column] != seen).any():
            found.append(f"verified of {label!r}: {got.verified[:, column]} for {seen}")
    return found
