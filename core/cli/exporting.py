"""The command `export`: what a format cannot hold is said, and agreed to, before anything is written."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from core.cli import data, shared
from core.words import counted
from db.terms import LARGEST

if TYPE_CHECKING:
    from core.files import Array
    from core.services.exporting import Prepared

FORMATS = "label-files, csv, csv-onehot, csv-long, coco, label-studio, imagefolder, fiftyone, changes"

Format = Annotated[str, typer.Option(help=f"One of {FORMATS}; `correct` reads changes again.")]
Out = Annotated[Path, typer.Option(parser=shared.path, help="File or folder to write.")]
Revision = Annotated[
    int | None,
    typer.Option(min=1, max=LARGEST, help="Labels as of this revision; else the newest."),
]
Since = Annotated[
    int | None,
    typer.Option(min=1, max=LARGEST, help="Of the format changes: those after this revision alone."),
]
OfPart = Annotated[
    Literal["train", "val", "test"] | None, typer.Option(help="The images of this part alone.")
]
Only = Annotated[
    Path | None,
    typer.Option(parser=shared.path, help="A text file with one image a line: these images alone."),
]
Search = Annotated[
    str, typer.Option(metavar="EXPR", help="The images that a search means today alone: `sea & !clouds`.")
]
Images = Annotated[
    Literal["copy", "hardlink", "symlink"] | None,
    typer.Option(help="Of imagefolder and fiftyone: put the images beside their labels."),
]
Neutralise = Annotated[
    bool, typer.Option("--neutralise", help="Keep spreadsheets from taking names for formulas.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace what is there already.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be lost; write nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def export(
    dataset: data.DatasetName,
    format: Format,
    out: Out,
    revision: Revision = None,
    since: Since = None,
    part: OfPart = None,
    only: Only = None,
    search: Search = "",
    images: Images = None,
    neutralise: Neutralise = False,
    force: Force = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Write a data set's labels to a file or folder; what the format cannot hold is said before."""
    from core.data.exporters import Pictures
    from core.services import exporting

    house = shared.enter()
    found = shared.dataset_named(house, dataset)
    request = exporting.ExportRequest(
        format=format,
        out=out,
        revision=revision,
        since=since,
        rows=_rows(house, found.id, part, only, search, revision),
        neutralise=neutralise,
        pictures=Pictures(images) if images else None,
        force=force,
    )
    prepared = exporting.prepare(house.store, house.settings, house.actor, found.id, request)
    data.notes(list(prepared.losses))
    if dry_run:
        shared.say(f"{_held(prepared)} of “{found.name}” would be written. Nothing was.")
        return
    if prepared.losses:
        data.confirm("Write it all the same?", yes)
    prepared.write()
    shared.say(f"“{found.name}” was written to {out}.")


def _rows(
    house: shared.House,
    dataset_id: int,
    part: str | None,
    only: Path | None,
    search: str,
    revision: int | None,
) -> "Array | None":
    """The images that part, file and search all name; None where none of them is given."""
    from core.services import exporting, searching
    from db.terms import Part

    among = searching.rows(house.store, house.settings, house.actor, dataset_id, search) if search else None
    of_part = Part(part) if part else None
    return exporting.rows_of(
        house.store, house.actor, dataset_id, part=of_part, only=only, among=among, revision=revision
    )


def _held(prepared: "Prepared") -> str:
    if prepared.changes is None:
        return counted(prepared.images, "image")
    return counted(prepared.changes, "change")
