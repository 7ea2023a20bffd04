"""Commands about data sets: demo, import, rename, delete, export, correct."""

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from core.cli import shared
from db.terms import LARGEST

if TYPE_CHECKING:
    from core.services.datasets import ImportRequest
    from db.records import Dataset
    from db.terms import Part

MOST_NOTES = 20
EXPORT_FORMATS = "label-files, csv, csv-onehot, csv-long, coco, label-studio, imagefolder, fiftyone, changes"

Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
DatasetName = Annotated[
    str, typer.Option("--dataset", metavar="NAME", help="Name (or number) of the data set.")
]


def demo(
    images: Annotated[
        int | None,
        typer.Option(min=10, max=LARGEST, help="How many pictures to draw; else 3,000."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=LARGEST, help="Another seed draws other pictures; else 2020."),
    ] = None,
    json: Json = False,
) -> None:
    """Draw the demo set, import it and start training on it; what is there already is kept."""
    from core.services import datasets

    house = shared.enter()
    job = datasets.start_demo(house.store, house.settings, house.actor, images=images, seed=seed)
    done = shared.follow(house, job.id, interrupted=lambda: "The demo set is finished in the background.")
    if json:
        shared.show_json(dict(done.result))
    else:
        shared.show(done.message)


def import_(
    path: Annotated[Path, typer.Argument(parser=shared.path, help="A folder, a zip archive, or a CSV file.")],
    name: Annotated[str, typer.Option(help="What the data set is to be called.")],
    format: Annotated[
        str,
        typer.Option(
            help="How the labels are written: label-files, csv, csv-onehot, folders; auto: found out."
        ),
    ] = "auto",
    split: Annotated[
        str,
        typer.Option(
            help="Shares of the parts, such as train=.8,val=.2 or train=.7,val=.2,test=.1; "
            "else as the source says, else 80 to 20."
        ),
    ] = "",
    unlisted: Annotated[
        Literal["absent", "unknown"], typer.Option(help="What a label is where the source says nothing.")
    ] = "absent",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be imported; store nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Import images and their labels as a data set."""
    from core.services import datasets
    from db.terms import LabelState

    house = shared.enter()
    shares = parse_split(split) if split else None
    request = datasets.ImportRequest(
        path=path.expanduser().absolute(),
        name=name,
        format=format,
        unlisted=LabelState(unlisted),
        shares=shares,
    )
    if dry_run:
        _preview(house, request, json)
        return
    job = datasets.start_import(house.store, house.settings, house.actor, request)
    done = shared.follow(house, job.id, interrupted=lambda: _cancel(house, job.id))
    _summary(house, datasets.get(house.store, house.actor, int(done.result["dataset"])), json)


def _cancel(house: shared.House, job_id: int) -> str:
    """Ctrl-C on an import means: do not import."""
    from core.services import jobs
    from db.errors import Stale

    with contextlib.suppress(Stale):  # it has just ended
        jobs.stop(house.store, house.actor, job_id)
    job = jobs.wait(house.store, house.actor, job_id, timeout_s=10.0)
    return job.message or f"The import ended: {job.state.value}."


def parse_split(text: str) -> "dict[Part, float]":
    """`train=.8,val=.2` as shares that sum to 1. Raises BadParameter."""
    from core.data import splits
    from core.errors import BadInput

    try:
        shares = splits.parse_shares(text)
        splits.check_shares(shares)
    except BadInput as error:
        raise typer.BadParameter(f"--split {text}: {error}") from None
    return shares


def _preview(house: shared.House, request: "ImportRequest", json: bool) -> None:
    from core.work import import_ as work

    with shared.progress_bar() as bar:
        found = work.dry_run(house.settings, request, bar)
    if json:
        shared.show_json(found)
        return
    shared.show(f"{found.title}: {found.images:,} images, {len(found.labels)} labels. Nothing was stored.")
    if found.labels:
        shared.show(shared.table(["label", "images"], [[name, str(count)] for name, count in found.labels]))
    shared.show(f"{found.without_label:,} images without any label; {found.duplicates:,} exact duplicates.")
    _notes([*found.notes, *(f"{where}: {reason}" for _, where, reason in found.problems)])


def _notes(notes: list[str]) -> None:
    for note in notes[:MOST_NOTES]:
        shared.say(shared.escaped(note))
    if len(notes) > MOST_NOTES:
        shared.say(f"… and {len(notes) - MOST_NOTES:,} more; --json lists them.")


def _summary(house: shared.House, dataset: "Dataset", json: bool) -> None:
    from core.services import datasets

    found = datasets.overview(house.store, house.actor, dataset.id)
    counts = {label.name: int(found.present_total[label.position]) for label in found.labels}
    parts = {part.value: count for part, count in found.images.items()}
    if json:
        answer: dict[str, Any] = {"dataset": dataset.id, "name": dataset.name, "format": dataset.format}
        answer |= {"images": dataset.images, "parts": parts, "labels": counts}
        shared.show_json(answer | {"without_label": found.without_label, "notes": dataset.notes})
        return
    split = ", ".join(f"{count:,} {part}" for part, count in parts.items() if count)
    what = f"{dataset.images:,} images ({split}), {len(counts)} labels"
    shared.show(f"“{dataset.name}” is data set {dataset.id}: {what}.")
    shared.show(shared.table(["label", "images"], [[name, str(count)] for name, count in counts.items()]))
    shared.show(f"{found.without_label:,} images without any label.")
    _notes(list(dataset.notes))


def rename(
    name: Annotated[str, typer.Argument(help="The data set's name now; with --run the run's number.")],
    new: Annotated[str, typer.Argument(help="The new name.")],
    run: Annotated[bool, typer.Option("--run", help="Rename a run.")] = False,
) -> None:
    """Give a data set (or a run) another name."""
    from core.services import datasets

    house = shared.enter()
    if run:
        from core.services import runs

        runs.rename(house.store, house.actor, run_number(name), new)
    else:
        datasets.rename(house.store, house.actor, shared.dataset_named(house, name).id, new)


def delete(
    name: Annotated[str, typer.Argument(help="The data set's name; with --run the run's number.")],
    run: Annotated[bool, typer.Option("--run", help="Delete a run.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a data set with its runs and history (or one run); the original images stay where they are."""
    from core.services import datasets

    house = shared.enter()
    if run:
        from core.services import runs

        number = run_number(name)
        _confirm(f"Delete run {number}?", yes)
        freed = runs.delete(house.store, house.settings, house.actor, number)
    else:
        dataset = shared.dataset_named(house, name)
        _confirm(
            f"Delete the data set “{dataset.name}” with {dataset.images:,} images, its runs and history?", yes
        )
        freed = datasets.delete(house.store, house.settings, house.actor, dataset.id)
    shared.say(f"{shared.megabytes(freed)} freed.")


def _confirm(question: str, yes: bool) -> None:
    # Only a person at a terminal is asked: a script that names what it deletes means it.
    if not yes and sys.stdin.isatty():
        typer.confirm(question, abort=True, err=True)


def run_number(text: str) -> int:
    """A run's number from what was typed. Raises BadParameter."""
    if not shared.numbered(text):
        raise typer.BadParameter(f"“{text}” is not the number of a run")
    return int(text)


def export(
    dataset: DatasetName,
    format: Annotated[str, typer.Option(help=f"One of {EXPORT_FORMATS}; `correct` reads changes again.")],
    out: Annotated[Path, typer.Option(parser=shared.path, help="File or folder to write.")],
    revision: Annotated[
        int | None,
        typer.Option(min=1, max=LARGEST, help="Labels as of this revision; else the newest."),
    ] = None,
    since: Annotated[
        int | None,
        typer.Option(min=1, max=LARGEST, help="Of the format changes: those after this revision alone."),
    ] = None,
    part: Annotated[
        Literal["train", "val", "test"] | None, typer.Option(help="The images of this part alone.")
    ] = None,
    only: Annotated[
        Path | None,
        typer.Option(parser=shared.path, help="A text file with one image a line: these images alone."),
    ] = None,
    images: Annotated[
        Literal["copy", "hardlink", "symlink"] | None,
        typer.Option(help="Of imagefolder and fiftyone: put the images beside their labels."),
    ] = None,
    neutralise: Annotated[
        bool, typer.Option("--neutralise", help="Keep spreadsheets from taking names for formulas.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there already.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be lost; write nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Write a data set's labels to a file or folder; what the format cannot hold is said before."""
    from core.data.exporters import Pictures
    from core.services import exporting
    from db.terms import Part

    house = shared.enter()
    found = shared.dataset_named(house, dataset)
    chosen = Part(part) if part else None
    prepared = exporting.prepare(
        house.store,
        house.settings,
        house.actor,
        found.id,
        exporting.ExportRequest(
            format=format,
            out=out,
            revision=revision,
            since=since,
            rows=exporting.rows_of(house.store, house.actor, found.id, part=chosen, only=only),
            neutralise=neutralise,
            pictures=Pictures(images) if images else None,
            force=force,
        ),
    )
    _notes(list(prepared.losses))
    if dry_run:
        shared.say(f"{prepared.images:,} images of “{found.name}” would be written. Nothing was.")
        return
    if prepared.losses:
        _confirm("Write it all the same?", yes)
    prepared.write()
    shared.say(f"“{found.name}” was written to {out}.")


def correct(
    file: Annotated[
        Path,
        typer.Argument(
            parser=shared.path, help="CSV with image,label,state[,reason]; state: present, absent, unknown."
        ),
    ],
    dataset: DatasetName,
    author: Annotated[str, typer.Option(help="Who corrects; kept in the history.")],
    json: Json = False,
) -> None:
    """Apply a file of corrections as one change that can be undone."""
    from core.actor import Actor
    from core.services import corrections

    house = shared.enter()
    found = shared.dataset_named(house, dataset)
    done = corrections.apply_csv(house.store, Actor.named(author), found.id, file)
    if json:
        shared.show_json(done)
    else:
        same = f" ({done.unchanged:,} were so already)" if done.unchanged else ""
        shared.show(
            f"{done.changed:,} labels corrected{same}; “{found.name}” is at revision {done.revision}."
        )
