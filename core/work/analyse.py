"""Analysing a run: every validation error gets its cause and its evidence, every suspect its reason."""

from typing import Any

import numpy as np

from core import analysis, states
from core.analysis import Analysis, Finding, Inputs, Suspect
from core.artifacts import DatasetFiles, RunFiles
from core.data.images import STATISTICS
from core.errors import BadInput
from core.files import Array, save_array, save_json
from core.services.analysis import as_notes
from core.settings import Settings
from core.states import States
from core.work import Progress
from db import datasets, findings, jobs, runs
from db.records import Dataset, Job, Label, NewFinding, Run
from db.store import Store
from db.terms import Cause, Part

_MAPS_AT_ONCE = 256


def run(store: Store, settings: Settings, job: Job, progress: Progress) -> dict[str, Any]:
    """The child's work for an analysis, of the labels as they are now."""
    if job.run_id is None:
        raise BadInput("An analysis needs the number of a run.")
    of = runs.get(store, job.run_id)
    # Noted before they are read: who asks for an analysis of newer labels gets a new one.
    jobs.note_revision(store, job.id, datasets.get(store, of.dataset_id).revision)
    inputs, known = gather(store, settings, of)
    found = analysis.analyse(inputs, progress=lambda share, doing: progress(0.8 * share, doing))
    if inputs.head_weight is not None:
        progress(0.8, "finding out where the model looked")
        _write_where(store, settings, of, found, progress)
    progress(0.97, "storing")
    new = _new_findings(found, known.labels)
    notes = as_notes([shortcut.sentence for shortcut in found.shortcuts], found.notes)
    findings.replace(store, of.id, new, revision=known.revision, notes=notes)
    return {"errors": len(found.findings), "suspects": len(found.suspects), "causes": _tally(found)}


def gather(store: Store, settings: Settings, of: Run) -> tuple[Inputs, States]:
    """What a run is analysed from, and the labels it is held against: as they are now. Reads only."""
    dataset, files = datasets.get(store, of.dataset_id), RunFiles(settings, of)
    known, head, aum = states.of_run(store, of, now=True), files.head(), files.aum()
    # Recorded while training, a margin is towards the label of then.
    seen = known.states
    if aum is not None and known.revision != of.revision:
        seen = states.of_run(store, of, now=False).states
    inputs = Inputs(
        labels=known.names,
        scores=np.asarray(files.scores()),
        embeddings=files.embeddings(),
        head_weight=None if head is None else head[0],
        head_bias=None if head is None else head[1],
        states=known.states,
        verified=known.verified,
        part=known.parts,
        threshold=np.array(of.threshold, np.float32),
        statistics=_statistics(settings, dataset, len(known.parts)),
        statistic_names=tuple(STATISTICS),
        aum=None if aum is None else analysis.margins(np.asarray(aum), seen, known.states),
        seed=0,
    )
    return inputs, known


def _statistics(settings: Settings, dataset: Dataset, images: int) -> Array | None:
    """Those of the images that the run saw; later imports may have added more."""
    found = DatasetFiles(settings, dataset).statistics()
    return None if found is None else found[:images]


def _tally(found: Analysis) -> dict[str, int]:
    return {cause.value: sum(f.cause is cause for f in found.findings) for cause in Cause}


def _new_findings(found: Analysis, labels: tuple[Label, ...]) -> list[NewFinding]:
    errors = [_from_error(f, labels[f.label].id, rank) for rank, f in enumerate(found.findings)]
    return errors + [_from_suspect(s, labels[s.label].id, rank) for rank, s in enumerate(found.suspects)]


def _rows(**named: tuple[int, ...]) -> dict[str, list[int]]:
    return {name: [int(row) for row in rows] for name, rows in named.items()}


def _from_error(f: Finding, label_id: int, rank: int) -> NewFinding:
    return NewFinding(
        part=Part.VALIDATION,
        row=int(f.row),
        label_id=label_id,
        kind=f.kind,
        annotation=f.annotation,
        probability=float(f.probability),
        threshold=float(f.threshold),
        cause=f.cause,
        confidence=float(f.confidence),
        second_cause=f.second_cause,
        p_mislabel=float(f.p_mislabel),
        p_sparsity=float(f.p_sparsity),
        p_wrong_pattern=float(f.p_wrong_pattern),
        suggested_state=f.suggested_state,
        evidence=f.evidence,
        rank=rank,
        data={
            **_rows(
                with_label=f.with_label,
                without_label=f.without_label,
                held_out=f.held_out,
                same_doubt=f.same_doubt,
                slice=f.slice,
            ),
            "slice_name": f.slice_name,
            "bar": f.bar,
        },
    )


def _from_suspect(s: Suspect, label_id: int, rank: int) -> NewFinding:
    return NewFinding(
        part=Part.TRAIN,
        row=int(s.row),
        label_id=label_id,
        kind=s.kind,
        annotation=s.annotation,
        probability=float(s.probability),
        threshold=0.5,
        cause=Cause.MISLABEL if s.p_mislabel >= 0.5 else Cause.UNKNOWN,
        confidence=float(s.p_mislabel),
        second_cause=None,
        p_mislabel=float(s.p_mislabel),
        p_sparsity=0.0,
        p_wrong_pattern=0.0,
        suggested_state=s.suggested_state,
        evidence=s.evidence,
        rank=rank,
        data={
            **_rows(with_label=s.with_label, without_label=s.without_label, same_doubt=s.same_doubt),
            "aum": None if s.aum is None else float(s.aum),
        },
    )


def _write_where(store: Store, settings: Settings, of: Run, found: Analysis, progress: Progress) -> None:
    """One map a finding, float16 (M, h, w): what each place adds to the label's logit."""
    from core.inference import Predictor  # torch: only the children of jobs load it

    cells = [(f.row, f.label) for f in found.findings] + [(s.row, s.label) for s in found.suspects]
    files = RunFiles(settings, of)
    predictor = Predictor.load(files.folder)
    pixels = DatasetFiles(settings, datasets.get(store, of.dataset_id)).pixels()
    maps = [np.empty((0, 1, 1), np.float16)] if not cells else []
    for start in range(0, len(cells), _MAPS_AT_ONCE):
        some = cells[start : start + _MAPS_AT_ONCE]
        rows, labels = np.array([r for r, _ in some]), np.array([p for _, p in some])
        maps.append(predictor.where(pixels[rows], labels).astype(np.float16))
        progress(0.8 + 0.17 * start / len(cells), "finding out where the model looked")
    # The maps first: without their index nobody reads them.
    (files.folder / "where.json").unlink(missing_ok=True)
    save_array(files.folder / "where.npy", np.concatenate(maps))
    save_json(files.folder / "where.json", cells)
