"""Commands about data sets: demo, rename, delete, export, correct."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from core.cli import shared
from db.terms import LARGEST

if TYPE_CHECKING:
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


def notes(notes: list[str]) -> None:
    """The first remarks, and how many more there are."""
    for note in notes[:MOST_NOTES]:
        shared.say(shared.escaped(note))
    if len(notes) > MOST_NOTES:
        shared.say(f"… and {len(notes) - MOST_NOTES:,} more; --json lists them.")


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
    search: Annotated[
        str, typer.Option(metavar="EXPR", help="The images that a search means today alone: `sea & !clouds`.")
    ] = "",
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
    from core.services import exporting, searching
    from db.terms import Part

    house = shared.enter()
    found = shared.dataset_named(house, dataset)
    chosen = Part(part) if part else None
    among = searching.rows(house.store, house.settings, house.actor, found.id, search) if search else None
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
            rows=exporting.rows_of(
                house.store, house.actor, found.id, part=chosen, only=only, among=among, revision=revision
            ),
            neutralise=neutralise,
            pictures=Pictures(images) if images else None,
            force=force,
        ),
    )
    notes(list(prepared.losses))
    if dry_run:
        held = f"{prepared.images:,} images" if prepared.changes is None else f"{prepared.changes:,} changes"
        shared.say(f"{held} of “{found.name}” would be written. Nothing was.")
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
    from core.services import correction_files

    house = shared.enter()
    found = shared.dataset_named(house, dataset)
    done = correction_files.apply(house.store, Actor.named(author), found.id, file)
    if json:
        shared.show_json(done)
    else:
        same = f" ({done.unchanged:,} were so already)" if done.unchanged else ""
        shared.show(
            f"{done.changed:,} labels corrected{same}; “{found.name}” is at revision {done.revision}."
        )
