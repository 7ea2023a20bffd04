"""Looking at a source before it is imported: everything is read, nothing is stored but the list of what is wrong."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from core.data import build, importers, problem_list
from core.data.facts import Facts
from core.data.images import DecodeLimits
from core.data.importers import Parsed, Problem
from core.services.importing import ImportRequest
from core.settings import Settings
from core.work import Progress, counted, meaning, planning, sourcing
from core.work.planning import Compared, Planned
from core.work.sourcing import Here
from db import jobs
from db.records import Job
from db.store import Store
from db.terms import JobKind, LabelState

MOST_PROBLEMS = 500  # kept in the job's row; all of them are in the list beside it
MOST_COPIES = 20  # groups of the same file that a preview names


@dataclass(frozen=True)
class Preview:
    """What an import would bring; as JSON it is the result of a preview's job."""

    format: str
    title: str  # of the format, for people
    images: int  # readable ones of the source
    labels: tuple[tuple[str, int], ...]  # (name, images that carry it), as asked for by the mapping
    source_labels: tuple[tuple[str, int], ...]  # as the source calls them
    cells: int  # states that the source says
    verified: int  # of them, those that a person has verified
    without_label: int
    duplicates: int  # images whose file is the same as an earlier one's
    given_parts: dict[str, int]  # what the source itself says of the split
    problems: tuple[tuple[str, str, str], ...]  # (kind, where, reason)
    problems_total: dict[str, int]  # by kind: all that there are, however few are listed above
    notes: tuple[str, ...]
    seconds_guess: float
    copies: tuple[
        tuple[str, ...], ...
    ] = ()  # the keys of files that are the same, group by group; the first few
    candidates: tuple[
        tuple[str, str, str], ...
    ] = ()  # formats (name, title, why), those that it looks like first
    unlisted: LabelState | None = None  # what the format says of what is not listed; None: it does not say
    unlisted_why: str = ""
    columns: tuple[tuple[str, int], ...] = ()  # further columns, and the images that have a value
    again: Mapping[str, Any] | None = (
        None  # importing once more: see planning.Compared and Planned, `counted`
    )
    all_problems: tuple[Problem, ...] = ()


def run(store: Store, settings: Settings, job: Job, progress: Progress) -> dict[str, Any]:
    """The child's work; its result is a Preview as JSON, with the first of its problems. All go into a list beside."""
    _forget(store, settings)
    found = preview(store, settings, ImportRequest.from_params(job.params), progress)
    problem_list.write(problem_list.of_preview(settings.uploads_dir, job.id), found.all_problems, revision=1)
    return as_json(replace(found, problems=found.problems[:MOST_PROBLEMS]))


def as_json(found: Preview) -> dict[str, Any]:
    """A preview without the objects that only this process needs."""
    told = asdict(replace(found, all_problems=()))
    del told["all_problems"]
    return {**told, "unlisted": found.unlisted.value if found.unlisted else None}


def preview(store: Store, settings: Settings, request: ImportRequest, progress: Progress) -> Preview:
    """Read the source and decode every image that is new, without storing anything. Raises BadInput.

    What an archive unpacked to is kept, for the import that follows.
    """
    return _looked_at(store, settings, request, sourcing.bring(settings, request, progress), progress)


def dry_run(store: Store, settings: Settings, request: ImportRequest, progress: Progress) -> Preview:
    """`preview` with no import to follow: an archive is unpacked to a place of its own, which is removed."""
    with sourcing.brought_aside(settings, request, progress) as here:
        return _looked_at(store, settings, request, here, progress)


def _looked_at(
    store: Store, settings: Settings, request: ImportRequest, here: Here, progress: Progress
) -> Preview:
    limits = DecodeLimits.of_megapixels(settings.max_image_mpx)
    if request.into is not None:
        return _looked_again(store, settings, request, here, progress, limits)
    read = sourcing.parsed(request, here)
    keys = [image.key for image in read.images]
    built = build.examine(read.root, keys, counted(progress, "looking at"), limits=limits)
    return _preview(request, here, read, built.facts, (*here.problems, *read.problems, *built.problems))


def _looked_again(
    store: Store,
    settings: Settings,
    request: ImportRequest,
    here: Here,
    progress: Progress,
    limits: DecodeLimits,
) -> Preview:
    plain = replace(request, mapping=None, earlier={})
    compared = planning.compare(store, settings, plain, here, progress)
    tell = counted(progress, "looking at", 0.3)
    built = build.examine(compared.parsed.root, compared.new_keys, tell, limits=limits)
    mapped = replace(compared, parsed=meaning.understood(compared.parsed, request))
    planned = planning.plan(store, request, mapped, compared.decoded(built.facts))
    problems = (*compared.problems, *built.problems)
    found = _preview(request, here, compared.parsed, _readable(compared, planned), problems)
    return replace(found, again={"dataset": compared.dataset.id, **compared.counted(), **planned.counted()})


def _readable(compared: Compared, planned: Planned) -> Facts:
    """The files of the source that are in the data set already or would be."""
    keep = np.zeros(len(compared.facts), np.bool_)
    keep[compared.matched.there] = True
    keep |= np.isin(compared.facts.at, planned.added.at)
    return compared.facts.take(keep)


def _preview(
    request: ImportRequest, here: Here, read: Parsed, facts: Facts, problems: tuple[Problem, ...]
) -> Preview:
    parsed = meaning.understood(read, request)
    counts, without = meaning.carried(parsed, facts)
    copies = _copies(read, facts)
    rows = meaning.rows(parsed, facts)[parsed.cells.images] >= 0
    return Preview(
        format=parsed.format,
        title=importers.IMPORTERS[parsed.format].title,
        images=len(facts),
        labels=(
            *zip(parsed.labels, counts.tolist(), strict=True),
            *((m, 0) for m in meaning.more_labels(parsed, request)),
        ),
        source_labels=tuple(zip(read.labels, meaning.carried(read, facts)[0].tolist(), strict=True)),
        cells=int(rows.sum()),
        verified=int((parsed.cells.verified & rows).sum()),
        without_label=without,
        duplicates=sum(len(keys) - 1 for keys in copies),
        given_parts=dict(Counter(part.value for part in meaning.given(parsed, facts) if part)),
        problems=tuple((p.kind, p.where, p.reason) for p in problems),
        problems_total=dict(Counter(problem.kind for problem in problems)),
        notes=parsed.notes,
        seconds_guess=len(facts) / 400,
        copies=tuple(copies[:MOST_COPIES]),
        candidates=tuple(importers.candidates(here.path)),
        unlisted=read.unlisted,
        unlisted_why=read.unlisted_why,
        columns=tuple(meaning.columns(read).items()),
        all_problems=problems,
    )


def _copies(parsed: Parsed, facts: Facts) -> list[tuple[str, ...]]:
    """The keys of files that are the same, group by group, in the order of the first."""
    numbers = facts.copies
    several = np.flatnonzero(np.bincount(numbers, minlength=1) > 1) if len(numbers) else numbers
    groups: dict[int, list[str]] = {}
    for at in np.flatnonzero(np.isin(numbers, several)).tolist():
        groups.setdefault(int(numbers[at]), []).append(parsed.images[int(facts.at[at])].key)
    return [tuple(keys) for keys in groups.values()]


def _forget(store: Store, settings: Settings) -> None:
    """Remove the lists of previews that nobody can look at any more."""
    there = {job.id for job in jobs.listing(store, kinds=[JobKind.PREVIEW], limit=50)}
    for path in settings.uploads_dir.glob("problems-*.csv"):
        number = path.stem.removeprefix("problems-")
        if number.isdigit() and int(number) not in there:
            path.unlink(missing_ok=True)
