"""What a batch of changes did, in one line: labels by the names that they had then."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core import keys
from core.services import corrections, datasets
from db.labels import Rename
from db.records import Batch, LabelEdit, Place, Placement
from db.revisions import Direction
from db.terms import LARGEST, Source
from pages.ui import theme
from pages.ui.header import Context

MOST_PHRASES = 2  # of a batch that edited many labels
_LOOKED_AT = 200  # images of a batch that moved more are not all asked for


@dataclass(frozen=True)
class Known:
    """What the lines of some batches speak of."""

    labels: Mapping[int, str] = field(default_factory=dict)  # by id, as they are called now
    renames: Sequence[Rename] = ()  # the newest first
    directions: Sequence[Direction] = ()
    revisions: Mapping[int, int] = field(default_factory=dict)  # of batches that undid one, or were undone
    edits: Sequence[LabelEdit] = ()
    moved: Mapping[int, Sequence[Placement]] = field(default_factory=dict)  # by batch, the first of them

    def name(self, label_id: int, revision: int | None) -> str:
        """A label in quotes, as it was called after a revision; None: now."""
        name = self.labels.get(label_id, "a label")
        for rename in self.renames:
            if rename.label_id == label_id and rename.revision > (revision or LARGEST):
                name = rename.before
        return name


def known(ctx: Context, dataset_id: int, batches: Sequence[Batch]) -> Known:
    """All that the lines of these batches need, asked for together."""
    store, actor = ctx.store, ctx.actor
    others = {number for batch in batches for number in (batch.undoes, batch.undone_by) if number}
    # An import may have a million changes: its line gives their number alone.
    counted = [batch.id for batch in batches if batch.source in (Source.CORRECTION, Source.UNDO)]
    edited = [batch.id for batch in batches if batch.source in (Source.LABELS, Source.UNDO)]
    moving = [batch for batch in batches if batch.source in (Source.SPLIT, Source.UNDO)]
    return Known(
        {label.id: label.name for label in datasets.every_label(store, actor, dataset_id)},
        corrections.renames(store, actor, dataset_id),
        corrections.directions(store, actor, counted),
        corrections.revisions_of(store, actor, sorted(others)),
        corrections.edits(store, actor, edited),
        {batch.id: corrections.moved(store, actor, batch.id, _LOOKED_AT) for batch in moving},
    )


def sentence(batch: Batch, known: Known) -> str:
    """One line a batch, as Markdown: `renamed “sky” to “heaven”`, `sea: absent → present`."""
    mine = [one for one in known.directions if one.batch_id == batch.id]
    edits = [one for one in known.edits if one.batch_id == batch.id]
    moved = known.moved.get(batch.id, ())
    if batch.source is Source.VERDICT:
        return "moved an error to another cause"
    if batch.source is Source.IMPORT:
        more = " more" if (batch.revision or 1) > 1 else ""
        return f"imported {theme.counted(batch.size, f'{more} annotation'.strip())}"
    if batch.source is Source.LABELS:
        return _edited(batch, edits, known)
    if batch.source is Source.SPLIT:
        return _moved(moved, batch.size)
    if batch.source is Source.UNDO:
        return _undid(batch, mine, edits, moved, known)
    kept = all(one.before is one.after for one in mine)
    verb = "kept" if kept else "corrected"
    return f"{verb} {theme.counted(batch.size, 'label')}: {_ways(mine, batch.revision, known)}"


def together(batches: Sequence[Batch], images: int, known: Known) -> str:
    """One line for the batches of a sitting: `31 corrections on 24 images: sea: 20 absent → present, …`."""
    size = sum(batch.size for batch in batches)
    if batches[0].source is Source.VERDICT:
        return f"moved {theme.counted(size, 'error')} to another cause"
    own = {batch.id for batch in batches}
    mine = [one for one in known.directions if one.batch_id in own]
    ways = f": {_ways(mine, batches[0].revision, known)}" if mine else ""
    on = f" on {theme.counted(images, 'image')}" if images else ""
    if batches[0].source is Source.UNDO:
        return f"undid {theme.counted(len(batches), 'change')}{on}{ways}"
    return f"{theme.counted(size, 'correction')}{on}{ways}"


def _undid(
    batch: Batch,
    mine: Sequence[Direction],
    edits: Sequence[LabelEdit],
    moved: Sequence[Placement],
    known: Known,
) -> str:
    undone = known.revisions.get(batch.undoes or 0)
    if not undone:
        if moved:
            return "took back that images were kept"
        return "took back the move of an error to another cause"
    if edits:
        return f"undid revision {undone}: {_edited(batch, edits, known)}"
    if moved:
        return f"undid revision {undone}: {_moved(moved, batch.size)}"
    return (
        f"undid revision {undone}: {_ways(mine, batch.revision, known)}"
        if mine
        else (f"undid revision {undone}")
    )


def _quoted(name: str) -> str:
    return f"“{theme.plain(name)}”"


def _edited(batch: Batch, edits: Sequence[LabelEdit], known: Known) -> str:
    """What became of labels; a merge and a split name both."""
    at = batch.revision
    gone = [one for one in edits if _turned(one) == (True, False)]
    come = [one for one in edits if _turned(one) == (False, True)]
    stayed = [_quoted(known.name(one.label_id, at)) for one in edits if _turned(one) == (True, True)]
    named = [_quoted(known.name(one.label_id, at)) for one in (gone or come)]
    undo = batch.source is Source.UNDO
    if len(stayed) == 1 and len(named) == 1:
        images = batch.size - 1
        if gone and not undo:
            return f"merged {named[0]} into {stayed[0]}: {theme.counted(images, 'image')}"
        if come and not undo:
            return f"split {named[0]} off {stayed[0]}"
        return f"{named[0]} is a label beside {stayed[0]} again" if come else f"{named[0]} is gone again"
    if gone:
        return f"removed {', '.join(named)}"
    if come:
        return f"{'brought back' if undo else 'added'} {', '.join(named)}"
    phrases = [phrase for one in edits for phrase in _phrases(one, at, known)]
    more = len(phrases) - MOST_PHRASES
    return ", ".join(phrases[:MOST_PHRASES]) + (f" and {more} more" if more > 0 else "")


def _turned(edit: LabelEdit) -> tuple[bool | None, bool | None]:
    """Whether a label was there before and after; (None, None) where the batch left that alone."""
    return edit.before.get("alive"), edit.after.get("alive")


def _phrases(edit: LabelEdit, revision: int | None, known: Known, *, whole: bool = False) -> list[str]:
    name, after = _quoted(known.name(edit.label_id, revision)), edit.after
    found = []
    if "name" in after:
        found.append(f"renamed {_quoted(edit.before['name'])} to {_quoted(after['name'])}")
    if "key" in after:
        key = keys.shown(after["key"])
        found.append(f"gave {name} the key {key}" if key else f"took the key of {name} away")
    if after.get("description"):
        found.append(f"described {name}" + (f": {theme.plain(after['description'])}" if whole else ""))
    elif "description" in after:
        found.append(f"took the description of {name} away")
    elif "examples" in after:
        found.append(f"chose {theme.counted(len(after['examples']), 'example')} of {name}")
    if "implies" in after:
        others = " and ".join(_quoted(known.name(one, revision)) for one in after["implies"])
        found.append(f"{name} implies {others}" if others else f"{name} implies nothing any more")
    return found


def details(edits: Sequence[LabelEdit], revision: int | None, known: Known) -> list[str]:
    """Every edit of a batch in a line of its own, with the sentences themselves."""
    return [line for edit in edits for line in _phrases(edit, revision, known, whole=True)]


def _moved(moved: Sequence[Placement], size: int) -> str:
    """Where images went; of more than were looked at, only how many."""
    ways = {_way_of(one.before, one.after) for one in moved}
    images = theme.counted(size, "image")
    if len(ways) != 1 or len(moved) < size:
        return f"moved {images} between the parts"
    verb, where = ways.pop()
    if verb == "kept":
        return f"kept {images} where {'it is' if size == 1 else 'they are'}"
    return f"{verb} {images}{where}"


def _way_of(before: Place, after: Place) -> tuple[str, str]:
    if before == after:
        return "kept", ""
    if after.left_out and not before.left_out:
        return "left out", ""
    if before.left_out and not after.left_out:
        return "took back", f" into {after.part.noun}"
    return "moved", f" from {before.part.noun} to {after.part.noun}"


def _ways(mine: Sequence[Direction], revision: int | None, known: Known) -> str:
    """The directions of a batch in words: of one label by its name, of several counted."""
    labels = {one.label_id for one in mine}
    name = f"{theme.plain(known.name(mine[0].label_id, revision))}: " if len(labels) == 1 else ""
    ways = Counter[str]()
    for one in mine:
        ways[_way(one)] += one.cells
    if len(ways) == 1:  # their number is said already
        return name + next(iter(ways))
    return name + ", ".join(f"{cells:,} {way}" for way, cells in ways.most_common())


def _way(one: Direction) -> str:
    return f"kept {one.after.value}" if one.before is one.after else f"{one.before.value} → {one.after.value}"


def number(batch: Batch) -> str:
    """What a batch is called: the revision of the labels that it made, if it changed any."""
    return f"revision {batch.revision}" if batch.revision else "no label changed"


def undone(batch: Batch, known: Known) -> str:
    """That a batch was undone, and by which; "" where it was not."""
    if not batch.undone_by:
        return ""
    by = known.revisions.get(batch.undone_by)
    return f" · :small[undone by revision {by}]" if by else " · :small[undone]"
