"""The corrections alone, each with its story; `correct` applies the file to another data set of the same pictures."""

import csv
from datetime import UTC, datetime
from pathlib import Path

from core.data.exporters import target
from core.data.exporters.records import Corrected, Snapshot

# The first four are what `correct` reads; the rest is for people, and `correct` leaves it alone.
HEADER = ("image", "label", "state", "reason", "before", "after", "who", "when", "why", "finding", "run")


class ChangesExport:
    """One row for each cell that a person changed or verified since the import."""

    name = "changes"
    title = "Corrections only: what people changed, from what, who, when and why"
    tells_corrections = True

    def losses(self, snapshot: Snapshot) -> list[str]:
        """Sentences for what will not be in the file."""
        if not snapshot.corrected:
            return ["Nothing was corrected: the file has its header alone."]
        return [
            "Only what people changed or verified since the import is written; the command `correct` applies it "
            "to a data set of the same pictures."
        ]

    def write(self, out: Path, snapshot: Snapshot, *, force: bool = False) -> None:
        """Write one CSV file, UTF-8. Raises BadInput when out exists and `force` is not given."""
        need = 200 * len(snapshot.corrected)
        with (
            target.new_file(out, need, force=force) as draft,
            open(draft, "w", encoding="utf-8", newline="") as file,
        ):
            rows = csv.writer(file)
            rows.writerow(HEADER)
            rows.writerows(_row(cell) for cell in snapshot.corrected)


def _row(cell: Corrected) -> tuple[object, ...]:
    when = datetime.fromtimestamp(cell.changed_at, UTC).isoformat(timespec="seconds")
    story = (cell.before.value, cell.after.value, cell.author, when, cell.cause.value if cell.cause else "")
    return (cell.image, cell.label, cell.after.value, cell.reason, *story, cell.finding_id, cell.run_id)
