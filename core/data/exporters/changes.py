"""The corrections alone, each with its story; `correct` applies the file to another data set of the same pictures."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from core.data.exporters import text
from core.data.exporters.records import PLAIN, Carries, Corrected, Options, Snapshot

# The first four are what `correct` reads; the rest is for people, and `correct` leaves it alone.
HEADER = (
    *("image", "label", "state", "reason", "before", "after", "who", "when", "why", "finding", "run"),
    *("verified before", "verified after"),
)


class ChangesExport:
    """One row for each cell that a person changed or verified since the import, or since a revision."""

    name = "changes"
    title = "Corrections only: what people changed, from what, who, when and why"
    suffix = ".csv"
    carries = Carries(tables=True, corrections=True)

    def losses(self, snapshot: Snapshot) -> list[str]:
        """Sentences for what will not be in the file, and what the file will not do."""
        if not snapshot.corrected:
            return ["Nothing was corrected: the file has its header alone."]
        open_again = sum(not cell.verified_after for cell in snapshot.corrected)
        if not open_again:
            return []
        return [f"Cells that are not verified any more, which `correct` marks as verified: {open_again:,}."]

    def write(self, out: Path, snapshot: Snapshot, options: Options = PLAIN) -> None:
        """Write one CSV file, UTF-8. Raises BadInput when out exists and is not to be replaced."""
        text.table(out, HEADER, _rows(snapshot), 200 * len(snapshot.corrected), options)


def _rows(snapshot: Snapshot) -> Iterator[tuple[str, ...]]:
    return (_row(cell) for cell in snapshot.corrected)


def _row(cell: Corrected) -> tuple[str, ...]:
    when = datetime.fromtimestamp(cell.changed_at, UTC).isoformat(timespec="seconds")
    story = (cell.before.value, cell.after.value, cell.author, when, cell.cause.value if cell.cause else "")
    links = (_number(cell.finding_id), _number(cell.run_id))
    verified = (_yes(cell.verified_before), _yes(cell.verified_after))
    return (cell.image, cell.label, cell.after.value, cell.reason, *story, *links, *verified)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
