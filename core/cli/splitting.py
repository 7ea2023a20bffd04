"""Commands about the parts of a data set: split, place."""

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from core.cli import data, shared
from core.cli.data import DatasetName, Json
from core.words import counted, those
from db.terms import LARGEST

if TYPE_CHECKING:
    from core.data.split_table import SplitTable
    from core.services.splitting import Proposal
    from db.records import Dataset

FEW = "!"  # behind a number below a handful


def split(
    dataset: DatasetName,
    shares: Annotated[
        str, typer.Option(help="Such as train=.7,val=.2,test=.1; else as last time, at first 80 to 20.")
    ] = "",
    together: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN|look-alikes",
            help="What stays on one side: a further column of the source, or look-alikes; '' for nothing but "
            "copies of one file; else as last time.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=LARGEST, help="Another seed draws another split; else as last time."),
    ] = None,
    only_new: Annotated[
        bool, typer.Option("--only-new", help="Images that were there at the last split keep their part.")
    ] = False,
    fewest: Annotated[
        bool,
        typer.Option(
            "--fewest",
            help="Only parts with too many images give some to those that lack them; all others keep their part.",
        ),
    ] = False,
    folds: Annotated[
        int | None,
        typer.Option(min=2, max=20, help="Show what this many folds would hold instead; nothing is stored."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would move; store nothing.")] = False,
    json: Json = False,
) -> None:
    """Draw the parts of a data set anew, every label with its share in each, as one change that can be undone.

    To take a test part out of a split that is there, and leave the rest as it is, say --fewest.
    """
    from core.services import splitting
    from core.services.splitting import Draws, SplitWish

    if only_new and fewest:
        raise typer.BadParameter("--only-new and --fewest each say which images move: give one of them")

    house = shared.enter()
    found = shared.dataset_named(house, dataset)
    last = SplitWish.of(found)
    wish = SplitWish(
        data.parse_split(shares) if shares else last.shares,
        last.seed if seed is None else seed,
        last.together if together is None else together,
        Draws.ADDED if only_new else Draws.FEWEST if fewest else Draws.EVERY,
    )
    if folds is not None:
        held = splitting.folds_table(
            house.store, house.settings, house.actor, found.id, folds, wish.seed, wish.together
        )
        _show(held, json)
        return
    proposal = splitting.propose(house.store, house.settings, house.actor, found.id, wish)
    if proposal.moving and not dry_run:
        splitting.apply(house.store, house.actor, found.id, proposal, uuid.uuid4().hex)
    if json:
        shared.show_json(_facts(proposal, stored=bool(proposal.moving) and not dry_run))
        return
    _show(proposal.after, json)
    shared.show(_told(found, proposal, dry_run=dry_run))


def _told(found: "Dataset", proposal: "Proposal", *, dry_run: bool) -> str:
    if not proposal.moving:
        return "Nothing moves: every image is where this split puts it."
    moves = ", ".join(f"{n:,} from {a.value} to {b.value}" for (a, b), n in proposal.moves.items())
    if dry_run:
        return f"{moves} would move. Nothing was stored."
    return f"{moves} moved; “{found.name}” is at revision {proposal.revision + 1}."


def _show(table: "SplitTable", json: bool) -> None:
    """The counts of a table beside what was wanted, and its sentences."""
    if json:
        shared.show_json(_table(table))
        return
    head = ["label", *(word for side in table.sides for word in (side, "wanted"))]
    pairs = zip(table.images.tolist(), table.images_wanted, strict=True)
    rows = [["all images", *(word for held, wanted in pairs for word in (f"{held:,}", f"{wanted:,.0f}"))]]
    for at, name in enumerate(table.labels):
        cells = zip(
            table.positives[:, at].tolist(), table.positives_wanted[:, at], table.few[:, at], strict=True
        )
        rows.append(
            [
                name,
                *(
                    word
                    for held, wanted, few in cells
                    for word in (f"{held:,}{FEW if few else ''}", f"{wanted:,.0f}")
                ),
            ]
        )
    shared.show(shared.table(head, rows))
    if table.left_out:
        shared.show(f"{those(table.left_out, 'image', 'is', 'are')} on none of these sides.")
    for sentence in table.sentences:
        shared.say(sentence)


def _table(table: "SplitTable") -> dict[str, Any]:
    return {
        "labels": table.labels,
        "sides": table.sides,
        "images": table.images,
        "images_wanted": table.images_wanted,
        "positives": table.positives,
        "positives_wanted": table.positives_wanted,
        "left_out": table.left_out,
        "divided_groups": table.divided,
        "sentences": table.sentences,
    }


def _facts(proposal: "Proposal", *, stored: bool) -> dict[str, Any]:
    moves = [{"from": a, "to": b, "images": count} for (a, b), count in proposal.moves.items()]
    revision = proposal.revision + 1 if stored else proposal.revision
    return {"stored": stored, "revision": revision, "moves": moves, **_table(proposal.after)}


def place(
    dataset: DatasetName,
    images: Annotated[
        list[str],
        typer.Option(
            metavar="FILE_OR_KEY",
            help="An image by its path in the data set, or a text file with one a line; may be given again.",
        ),
    ],
    part: Annotated[
        Literal["train", "val", "test"] | None,
        typer.Option(help="The part that they go to; else they keep theirs."),
    ] = None,
    leave_out: Annotated[
        bool, typer.Option("--leave-out", help="Neither learn from them nor judge by them.")
    ] = False,
    take_back: Annotated[bool, typer.Option("--take-back", help="Let them count again.")] = False,
    reason: Annotated[str, typer.Option(help="Why; kept in the history.")] = "",
) -> None:
    """Put single images into a part, leave them out or take them back, as one change that can be undone."""
    from core.services import splitting
    from db.errors import Conflict
    from db.terms import Part

    if leave_out and take_back:
        raise typer.BadParameter("--leave-out and --take-back say the opposite: give one of them")
    if not (part or leave_out or take_back):
        raise typer.BadParameter("say where to: --part, --leave-out or --take-back")
    house = shared.enter()
    found = shared.dataset_named(house, dataset)
    try:
        batch = splitting.place(
            house.store,
            house.actor,
            found.id,
            _rows(house, found, images),
            part=Part(part) if part else None,
            left_out=leave_out,
            client_id=uuid.uuid4().hex,
            reason=reason or _reason(part, leave_out=leave_out),
        )
    except Conflict as error:  # it was done already
        shared.say(str(error))
        return
    shared.show(f"{counted(batch.size, 'image')} moved; “{found.name}” is at revision {batch.revision}.")


def _reason(part: str | None, *, leave_out: bool) -> str:
    if leave_out:
        return "Left out"
    return f"Put into {part}" if part else "Taken back"


def _rows(house: shared.House, found: "Dataset", images: list[str]) -> list[int]:
    """The rows that keys and text files of keys name. Raises BadInput."""
    from core.errors import BadInput
    from core.services import datasets, exporting

    rows: set[int] = set()
    for word in images:
        # A key first: within its own folder an image is a file, too.
        named = datasets.rows_of_keys(house.store, house.actor, found.id, [word])
        if named:
            rows |= set(named.values())
        elif Path(word).is_file():
            listed = exporting.rows_of(house.store, house.actor, found.id, only=Path(word))
            rows |= set() if listed is None else set(listed.tolist())
        else:
            raise BadInput(f"“{word}” is neither an image of “{found.name}” nor a text file that names some.")
    return sorted(rows)
