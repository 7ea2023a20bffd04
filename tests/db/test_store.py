"""The schema is what the migrations make, and a transaction is kept whole or not at all."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from db import corrections, datasets, models, revisions, runs
from db.errors import Conflict, DatabaseError, Missing
from db.records import CellChange, CellValue, Dataset, Image
from db.store import Store, _alembic, check_integrity, migrate, newest_schema, open_store, schema_version
from db.terms import LabelState, Part


def test_the_migrations_make_the_schema_that_the_code_describes(store: Store) -> None:
    with store.engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), models.metadata)
    assert difference == []
    assert schema_version(store) == newest_schema()


def test_an_older_database_keeps_its_looks_and_changes(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'old.sqlite'}")
    command.upgrade(_alembic(store), "0001")
    with store.write() as connection:
        for statement in _OLD_ROWS:
            connection.execute(text(statement))
    migrate(store)
    assert runs.count_test_looks(store, 1) == 1
    assert runs.get(store, 1).test_scored == 1
    assert [c.reason for c in revisions.changes(store, 1)[0]] == [None]
    assert check_integrity(store) == []
    store.close()


_OLD_ROWS = (
    "INSERT INTO dataset VALUES (1, 'old', 'f', 's', 'r', 'csv', 'absent', 1, 1, 0.0, 'Ada', 0, '[]')",
    "INSERT INTO label VALUES (1, 1, 0, 'sea', 's')",
    "INSERT INTO image VALUES (1, 0, 'a.jpg', 'train', '0', 8, 8, 100)",
    "INSERT INTO batch (id, dataset_id, revision, source, author, created_at, reason, client_id, size)"
    " VALUES (1, 1, 1, 'import', 'Ada', 0.0, '', 'first', 1)",
    "INSERT INTO change VALUES (1, 0, 1, 'absent', 0, 'present', 0, NULL)",
    "INSERT INTO job (id, kind, lane, state, actor, params, progress, doing, message, result, created_at)"
    " VALUES (1, 'train', 'long', 'finished', 'Ada', '{}', 1.0, '', '', '{}', 0.0)",
    "INSERT INTO run (id, dataset_id, name, preset, config, revision, folder, job_id, created_at, created_by,"
    " threshold, notes) VALUES (1, 1, '', 'scratch', '{}', 1, 'r', 1, 0.0, 'Ada', '[0.5]', '[]')",
    "INSERT INTO test_look VALUES (1, 1, 'Ada', 0.0)",
)


def test_a_failed_write_leaves_nothing(store: Store, small: Dataset) -> None:
    def fail_half_way() -> None:
        with store.write() as connection:
            connection.execute(text("UPDATE dataset SET name = 'half'"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert datasets.get(store, small.id).name == "small"


def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(store: Store, small: Dataset) -> None:
    names = text("SELECT name FROM dataset")
    with store.read() as reading:
        before = reading.execute(names).scalar_one()
        datasets.rename(store, small.id, "renamed")
        assert reading.execute(names).scalar_one() == before == "small"
    assert datasets.get(store, small.id).name == "renamed"


def test_a_word_that_is_no_state_is_refused_by_the_database(store: Store, small: Dataset) -> None:
    with pytest.raises(Exception, match=r"(?i)check"), store.write() as connection:
        connection.execute(text("UPDATE cell SET state = 'perhaps'"))


def test_an_import_under_a_taken_name_stores_nothing(store: Store, small: Dataset) -> None:
    with pytest.raises(Conflict, match="small"):
        datasets.create(
            store,
            name="small",
            folder="other",
            source="x",
            root="x",
            format="csv",
            default_state=LabelState.ABSENT,
            labels=[("a", "a")],
            images=[Image(0, 0, "a.jpg", Part.TRAIN, "0" * 64, 1, 1, 1)],
            cells=[],
            author="Ada",
            client_id="x",
        )
    assert len(datasets.listing(store)) == 1


def test_deleting_a_data_set_takes_its_rows_along(store: Store, small: Dataset) -> None:
    datasets.remove(store, small.id)
    with store.read() as connection:
        for table in ("image", "label", "cell", "batch", "change"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0
    with pytest.raises(Missing, match="no data set number"):
        datasets.get(store, small.id)
    assert check_integrity(store) == []


def test_several_processes_may_migrate_a_new_database_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    code = f"from db.store import *; s = open_store({url!r}); migrate(s); print(schema_version(s))"
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert [process.communicate()[0].strip() for process in running] == [newest_schema()] * 4


def test_a_new_database_that_another_process_is_writing_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "new.sqlite"
    writer = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.3, lambda: writer.execute("COMMIT"))
    done.start()
    store = open_store(f"sqlite:///{file}")
    assert schema_version(store) is None
    done.join()
    store.close()
    writer.close()


def test_a_full_disk_is_a_sentence_and_what_was_saved_stays(sqlite: Store, small: Dataset) -> None:
    label = datasets.labels(sqlite, small.id)[0]
    states = [CellValue(LabelState.PRESENT), CellValue(LabelState.ABSENT, verified=True)]
    with sqlite.read() as connection:  # the pool hands the same connection out again
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages + 10}"))

    def correct(number: int) -> None:
        change = CellChange(0, label.id, states[number % 2], states[(number + 1) % 2])
        long = "x" * 4000
        corrections.apply(sqlite, small.id, [change], author="Ada", client_id=str(number), reason=long)

    saved = 0
    with pytest.raises(DatabaseError, match="disk is full: nothing was changed, and to be read"):
        for number in range(100):
            correct(number)
            saved += 1
    assert saved > 0
    assert datasets.get(sqlite, small.id).revision == 1 + saved
    assert revisions.values(sqlite, small.id, [(0, label.id)])[0].value == states[saved % 2]


def test_the_database_opens_in_wal_with_foreign_keys_and_full_sync(sqlite: Store) -> None:
    with sqlite.read() as connection:
        found = [
            connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        ]
    assert found == ["wal", 1, 2]


@pytest.mark.parametrize("number", [2**31, 2**63, 10**20, -(10**20)])
def test_a_number_that_no_row_can_have_is_missing(store: Store, small: Dataset, number: int) -> None:
    label = datasets.labels(store, small.id)[0].id
    seen, wanted = CellValue(LabelState.PRESENT), CellValue(LabelState.ABSENT, verified=True)
    with pytest.raises(Missing):
        datasets.get(store, number)
    with pytest.raises(Missing):
        runs.get(store, number)
    with pytest.raises(Missing):
        corrections.undo(store, small.id, number, author="Ada", client_id="1")
    with pytest.raises(Missing):
        corrections.apply(
            store, small.id, [CellChange(number, label, seen, wanted)], author="Ada", client_id="2"
        )


def test_a_finding_beyond_every_number_is_missing(store: Store, small: Dataset) -> None:
    seen, wanted = CellValue(LabelState.PRESENT), CellValue(LabelState.ABSENT, verified=True)
    change = CellChange(0, datasets.labels(store, small.id)[0].id, seen, wanted, finding_id=2**70)
    with pytest.raises(Missing, match="There is no error number"):
        corrections.apply(store, small.id, [change], author="Ada", client_id="1")
    assert datasets.get(store, small.id).revision == 1


def test_a_second_store_sees_what_the_first_wrote(sqlite: Store, small: Dataset, tmp_path: Path) -> None:
    other = open_store(f"sqlite:///{tmp_path / 'errata.sqlite'}")
    migrate(other)
    assert datasets.by_name(other, "small") == small
    other.close()


@pytest.mark.parametrize("url", ["nonsense", "oracle9://x", "mysql://ada:secret@host/errata"])
def test_a_url_that_names_no_database_is_a_sentence_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseError, match="ERRATA_DATABASE_URL") as told:
        open_store(url)
    assert "secret" not in str(told.value)


def test_a_database_that_cannot_be_opened_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "errata.sqlite").mkdir()
    with pytest.raises(DatabaseError, match="cannot be written"):
        migrate(open_store(f"sqlite:///{tmp_path / 'errata.sqlite'}"))
