"""Commands about data sets: demo, rename, delete, correct."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli import shared
from core.words import counted
from db.terms import LARGEST

if TYPE_CHECKING:
    from db.terms import Part

MOST_NOTES = 20

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
        confirm(f"Delete run {number}?", yes)
        freed = runs.delete(house.store, house.settings, house.actor, number)
    else:
        dataset = shared.dataset_named(house, name)
        confirm(
            f"Delete the data set “{dataset.name}” with {counted(dataset.images, 'image')}, its runs and history?",
            yes,
        )
        freed = datasets.delete(house.store, house.settings, house.actor, dataset.id)
    shared.say(f"{shared.megabytes(freed)} freed.")


def confirm(question: str, yes: bool) -> None:
    """Ask before something is lost. Raises Abort where the answer is no."""
    # Only a person at a terminal is asked: a script that names what it deletes means it.
    if not yes and sys.stdin.isatty():
        typer.confirm(question, abort=True, err=True)


def run_number(text: str) -> int:
    """A run's number from what was typed. Raises BadParameter."""
    if not shared.numbered(text):
        raise typer.BadParameter(f"“{text}” is not the number of a run")
    return int(text)


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
        were = "was" if done.unchanged == 1 else "were"
        same = f" ({done.unchanged:,} {were} so already)" if done.unchanged else ""
        changed = counted(done.changed, "label")
        shared.show(f"{changed} corrected{same}; “{found.name}” is at revision {done.revision}.")
