"""A file of corrections is one change or none; what changed since a run is told by part."""

from pathlib import Path

import pytest

from core.actor import Actor
from core.errors import BadInput
from core.services import correction_files, corrections
from db import datasets, revisions, runs
from db.records import Dataset, Image
from db.store import Store
from db.terms import LabelState, Part

ADA = Actor("Ada")


@pytest.fixture
def dataset(store: Store) -> Dataset:
    """Four images, the last two to validate; each carries *sea*."""
    parts = [Part.TRAIN, Part.TRAIN, Part.VALIDATION, Part.VALIDATION]
    return datasets.create(
        store,
        name="tiny",
        folder="f",
        source="s",
        root="r",
        format="csv",
        default_state=LabelState.ABSENT,
        labels=[("sea", "s"), ("<b>sky</b>", "k")],
        images=[Image(0, i, f"a/{i}.jpg", part, f"{i:064}", 8, 8, 100) for i, part in enumerate(parts)],
        cells=[(row, 0, LabelState.PRESENT, False) for row in range(4)],
        author="Ada",
        client_id="first",
    )


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "fixes.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def reasons(store: Store, batch_id: int) -> list[str | None]:
    return [change.reason for change in revisions.changes(store, batch_id)[0]]


def test_a_file_is_one_batch_and_each_line_keeps_its_reason(
    store: Store, dataset: Dataset, tmp_path: Path
) -> None:
    lines = ("a/0.jpg,sea,absent,a lake", "a/1.jpg,<b>sky</b>,Unknown,fog", "a/2.jpg,sea,present,")
    file = written(tmp_path, "image,label,state,reason", *lines)
    done = correction_files.apply(store, ADA, dataset.id, file)
    assert (done.changed, done.unchanged, done.revision) == (3, 0, 2)
    newest = revisions.history(store, dataset.id)[0]
    assert (newest.author, newest.reason, newest.size) == ("Ada", "From the file fixes.csv", 3)
    assert reasons(store, newest.id) == ["a lake", "fog", None]
    # The third said what was so already: a person has verified it now.
    again = correction_files.apply(store, ADA, dataset.id, file)
    assert (again.changed, again.unchanged, again.revision) == (0, 3, 2)


def test_one_undo_takes_a_whole_file_back_with_its_reasons(
    store: Store, dataset: Dataset, tmp_path: Path
) -> None:
    long = "b" * 600
    file = written(tmp_path, "image,label,state,reason", f"a/0.jpg,sea,absent,{long}", "a/1.jpg,sea,absent,a")
    correction_files.apply(store, ADA, dataset.id, file)
    batch = revisions.history(store, dataset.id)[0].id
    assert reasons(store, batch) == [long, "a"]
    answer = corrections.undo(store, ADA, batch, "undo-1")
    assert answer.batch is not None
    assert [cell.value.state for cell in answer.cells] == [LabelState.PRESENT] * 2
    assert reasons(store, answer.batch.id) == [long, "a"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("image,label", "a/0.jpg,sea"), "line 1: there is no column state"),
        (
            ("image,label,state,State", "a/0.jpg,sea,absent,present"),
            "line 1: the column state is there 2 times",
        ),
        (("image,label,state", "a/0.jpg,sea,absent", "a/1.jpg,sea,absent,a,b"), "line 3: It has 5 cells"),
        (("image,label,state", "a/0.jpg,sea,absent", "a/9.jpg,sea,absent"), "line 3: there is no image “a/9"),
        (("image,label,state", "a/0.jpg,lake,absent"), "line 2: there is no label “lake”"),
        (("image,label,state", "a/0.jpg,sea,gone"), "the state is “gone”"),
        (("image,label,state", "a/0.jpg"), "line 2: there is no label “”"),
        (("image,label,state", "a/0.jpg,sea,absent", "a/0.jpg,sea,present"), "given twice"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_changed(
    store: Store, dataset: Dataset, tmp_path: Path, lines: tuple[str, ...], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        correction_files.apply(store, ADA, dataset.id, written(tmp_path, *lines))
    assert datasets.get(store, dataset.id).revision == 1


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_file_of_a_spreadsheet_is_read(
    store: Store, dataset: Dataset, tmp_path: Path, encoding: str, separator: str
) -> None:
    lines = [["Image", "LABEL", "State", "Reason"], ["a/0.jpg", "sea", "Absent", "Düne"], ["", "", "", ""]]
    file = tmp_path / "fixes.csv"
    file.write_bytes("\r\n".join(separator.join(line) for line in lines).encode(encoding))
    assert correction_files.apply(store, ADA, dataset.id, file).changed == 1
    assert reasons(store, revisions.history(store, dataset.id)[0].id) == ["Düne"]


def test_what_is_no_table_is_a_sentence(store: Store, dataset: Dataset, tmp_path: Path) -> None:
    picture = tmp_path / "fixes.csv"
    picture.write_bytes(b"\xff\xd8\xff\x00image,label,state")
    with pytest.raises(BadInput, match="cannot be read as a CSV file"):
        correction_files.apply(store, ADA, dataset.id, picture)
    with pytest.raises(BadInput, match="There is no file"):
        correction_files.apply(store, ADA, dataset.id, tmp_path / "nowhere.csv")


def test_since_a_run_cells_count_by_part_and_a_change_taken_back_not_at_all(
    store: Store, dataset: Dataset, tmp_path: Path
) -> None:
    run = runs.create(
        store,
        dataset_id=dataset.id,
        name="",
        preset="scratch",
        config={},
        folder="r",
        threshold=[0.5, 0.5],
        author="Ada",
    )
    lines = ("a/0.jpg,sea,absent", "a/1.jpg,sea,absent", "a/2.jpg,sea,absent", "a/3.jpg,sea,present")
    correction_files.apply(store, ADA, dataset.id, written(tmp_path, "image,label,state", *lines))
    since = corrections.since_run(store, ADA, run.id)
    assert (since.training_cells, since.validation_cells, since.test_cells) == (2, 1, 0)  # one only verified
    correction_files.apply(
        store, ADA, dataset.id, written(tmp_path, "image,label,state", "a/0.jpg,sea,present")
    )
    since = corrections.since_run(store, ADA, run.id)
    assert (since.training_cells, since.validation_cells, since.revision) == (1, 1, 3)
