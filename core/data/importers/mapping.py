"""The labels of a source under other names: renamed, merged or dropped, as a person chose in the preview."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.data.importers import listing
from core.data.importers.names import clean_label, short
from core.data.importers.records import Array, Cells, Parsed
from core.errors import BadInput


def mapped(parsed: Parsed, mapping: Mapping[str, str | None]) -> Parsed:
    """The same source with labels renamed; two to one name are merged, None drops a label, the rest stays.

    A merged label is present where one of the labels is, unknown where none is and one is listed as unknown,
    absent where all are listed as absent; else it is not listed. It is verified where a present one is, or all
    that decide are. Raises BadInput for a name that the source does not have, and for a new one that no label
    may have.
    """
    if strange := sorted(set(mapping) - set(parsed.labels)):
        raise BadInput(
            f"The source has no label {listing.some([short(name) for name in strange])}, which is to be mapped: "
            f"it has {listing.some([short(name) for name in parsed.labels], 5) or 'none'}."
        )
    targets = [_target(name, mapping) for name in parsed.labels]
    names = tuple(sorted({name for name in targets if name is not None}))
    position = {name: at for at, name in enumerate(names)}
    to_new = np.array([-1 if name is None else position[name] for name in targets], np.int32)  # (L,)
    notes = (*parsed.notes, *_notes(parsed.labels, targets))
    return replace(parsed, labels=names, cells=_merged(parsed.cells, to_new, len(names)), notes=notes)


def _target(name: str, mapping: Mapping[str, str | None]) -> str | None:
    wanted = mapping.get(name, name)
    return wanted if wanted is None or wanted == name else clean_label(wanted)


def _merged(cells: Cells, to_new: Array, width: int) -> Cells:
    labels = to_new[cells.labels] if len(to_new) else cells.labels
    kept = labels >= 0
    key = cells.images[kept].astype(np.int64) * max(width, 1) + labels[kept]
    order = np.argsort(key, kind="stable")
    key, codes, verified = key[order], cells.codes[kept][order], cells.verified[kept][order]
    if not len(key):
        return Cells.none()
    starts = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
    key, listed = key[starts], np.diff(np.append(starts, len(codes)))
    sources = np.bincount(to_new[to_new >= 0], minlength=width)[
        key % width
    ]  # labels that were merged into it
    present, unknown = (np.logical_or.reduceat(codes == code, starts) for code in (1, -1))
    whole = listed == sources
    state = np.where(present, 1, np.where(unknown, -1, 0)).astype(np.int8)
    sure = np.where(
        present,
        np.logical_or.reduceat(verified & (codes == 1), starts),
        whole & np.logical_and.reduceat(verified, starts),
    )
    # Some absent and some not listed: what is not listed decides, and that is said later.
    told = present | unknown | whole
    images, columns = (key // max(width, 1)).astype(np.int32), (key % max(width, 1)).astype(np.int32)
    return Cells(images[told], columns[told], state[told], sure[told])


def _notes(labels: Sequence[str], targets: Sequence[str | None]) -> list[str]:
    """A sentence for each name that several labels get, for those renamed, and for those dropped."""
    sources: dict[str, list[str]] = {}
    for name, target in zip(labels, targets, strict=True):
        if target is not None:
            sources.setdefault(target, []).append(name)
    merged = [
        f"Merged into {short(to)}: {', '.join(map(short, names))}."
        for to, names in sources.items()
        if len(names) > 1
    ]
    renamed = [
        f"{short(names[0])} to {short(to)}"
        for to, names in sources.items()
        if names != [to] and len(names) == 1
    ]
    dropped = [short(name) for name, target in zip(labels, targets, strict=True) if target is None]
    return [
        *merged,
        *([f"Renamed: {listing.some(renamed, 20)}."] if renamed else []),
        *([f"Labels dropped: {listing.some(dropped, 20)}."] if dropped else []),
    ]
