"""The whole schema, in one place; made and changed only by the migrations beside it."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from db.terms import Cause, ErrorKind, JobKind, JobState, LabelState, Lane, Part, Source

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _word(column: str, enum: type, *, optional: bool = False) -> tuple[Column[str], CheckConstraint]:
    """A column that holds one word of an enum, and the check that holds it to that."""
    words = ", ".join(f"'{member.value}'" for member in enum)  # type: ignore[attr-defined]
    check = CheckConstraint(f"{column} IN ({words})", name=f"{column}_word")
    return Column(column, String(32), nullable=optional), check


datasets = Table(
    "dataset",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("folder", String(64), nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("root", Text, nullable=False),
    Column("format", String(32), nullable=False),
    *_word("default_state", LabelState),
    Column("revision", Integer, nullable=False),
    Column("images", Integer, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("created_by", String(100), nullable=False),
    Column("demo", Boolean, nullable=False, default=False),
    Column("notes", JSON, nullable=False),
    # Folders beside `root` that later imports brought images from; image.origin counts them from 1.
    Column("more_roots", JSON, nullable=False, default=list),
    Column("split", JSON, nullable=False, default=dict),
    sqlite_autoincrement=True,
)

labels = Table(
    "label",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("dataset_id", ForeignKey("dataset.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("key", String(8), nullable=False, default=""),
    *_word("default_state", LabelState),
    Column("description", Text, nullable=False, default=""),
    Column("examples", JSON, nullable=False, default=list),  # rows
    Column("implies", JSON, nullable=False, default=list),  # ids of labels
    # A removed or merged label stays: history and old runs name it.
    Column("alive", Boolean, nullable=False, default=True),
    UniqueConstraint("dataset_id", "position"),
    sqlite_autoincrement=True,
)
# A removed label's name is free again.
Index(
    "ix_label_living_name",
    labels.c.dataset_id,
    labels.c.name,
    unique=True,
    sqlite_where=labels.c.alive.is_(True),
    postgresql_where=labels.c.alive.is_(True),
)

images = Table(
    "image",
    metadata,
    Column("dataset_id", ForeignKey("dataset.id", ondelete="CASCADE"), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    *_word("part", Part),
    Column("sha256", String(64), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("left_out", Boolean, nullable=False, default=False),  # neither learned from nor judged
    Column("added", Integer, nullable=False, default=1),  # the revision that brought it
    Column(
        "origin", Integer, nullable=False, default=0
    ),  # 0: under the data set's root, n: its n-th further one
    Column("meta", JSON(none_as_null=True)),  # further columns of the source; NULL: none
    UniqueConstraint("dataset_id", "key"),
    sqlite_with_rowid=False,
)

# Only what differs from the label's default, or was verified: about one row an image.
cells = Table(
    "cell",
    metadata,
    Column("dataset_id", Integer, primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("label_id", ForeignKey("label.id", ondelete="CASCADE"), primary_key=True),
    *_word("state", LabelState),
    Column("verified", Boolean, nullable=False),
    ForeignKeyConstraint(["dataset_id", "row"], ["image.dataset_id", "image.row"], ondelete="CASCADE"),
    Index(None, "label_id"),
    sqlite_with_rowid=False,
)

batches = Table(
    "batch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("dataset_id", ForeignKey("dataset.id", ondelete="CASCADE"), nullable=False),
    Column("revision", Integer),
    *_word("source", Source),
    Column("author", String(100), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("run_id", Integer),  # no foreign key: history outlives a deleted run
    Column("undoes", ForeignKey("batch.id", ondelete="CASCADE")),
    Column("undone_by", ForeignKey("batch.id", ondelete="CASCADE")),
    Column("client_id", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    UniqueConstraint("dataset_id", "client_id"),
    UniqueConstraint("dataset_id", "revision"),
    sqlite_autoincrement=True,
)

changes = Table(
    "change",
    metadata,
    Column("batch_id", ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("label_id", ForeignKey("label.id", ondelete="CASCADE"), primary_key=True),
    *_word("before_state", LabelState),
    Column("before_verified", Boolean, nullable=False),
    *_word("after_state", LabelState),
    Column("after_verified", Boolean, nullable=False),
    Column("finding_id", Integer),  # no foreign key: history outlives a new analysis
    Column("reason", Text),  # of this cell alone; NULL: the batch's says it all
    Index(None, "label_id", "row"),
    sqlite_with_rowid=False,
)

# What a batch of source "labels" made of a label: the fields that changed, before and after.
label_edits = Table(
    "label_edit",
    metadata,
    Column("batch_id", ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True),
    Column("label_id", ForeignKey("label.id", ondelete="CASCADE"), primary_key=True),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    sqlite_with_rowid=False,
)

# An image that changed its part, or was left out or taken back.
placements = Table(
    "placement",
    metadata,
    Column("batch_id", ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True),
    Column("row", Integer, primary_key=True),
    *_word("before_part", Part),
    Column("before_left_out", Boolean, nullable=False),
    *_word("after_part", Part),
    Column("after_left_out", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

jobs = Table(
    "job",
    metadata,
    Column("id", Integer, primary_key=True),
    *_word("kind", JobKind),
    *_word("lane", Lane),
    *_word("state", JobState),
    Column("dataset_id", ForeignKey("dataset.id", ondelete="SET NULL")),
    Column("run_id", Integer),
    Column("actor", String(100), nullable=False),
    Column("params", JSON, nullable=False),
    Column("progress", Float, nullable=False, default=0.0),
    Column("doing", Text, nullable=False, default=""),
    Column("message", Text, nullable=False, default=""),
    Column("result", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("ended_at", Float),
    Column("heartbeat_at", Float),
    Column("pid", Integer),
    Column("pid_started_at", Float),
    Index(None, "state", "lane", "id"),
    sqlite_autoincrement=True,
)

workers = Table(
    "worker",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("pid_started_at", Float, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("heartbeat_at", Float, nullable=False),
    sqlite_autoincrement=True,
)

runs = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("dataset_id", ForeignKey("dataset.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("preset", String(64), nullable=False),
    Column("config", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("parent_id", ForeignKey("run.id", ondelete="SET NULL")),
    Column("folder", String(64), nullable=False, unique=True),
    Column("job_id", ForeignKey("job.id"), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("created_by", String(100), nullable=False),
    Column("threshold", JSON, nullable=False),
    Column("analysed_at", Float),
    Column("analysed_revision", Integer),
    Column("notes", JSON, nullable=False),
    Index(None, "dataset_id", "id"),
    sqlite_autoincrement=True,
)

epochs = Table(
    "epoch",
    metadata,
    Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seconds", Float, nullable=False),
    Column("train", JSON, nullable=False),
    Column("validation", JSON, nullable=False),
    Column("most_wrong", JSON, nullable=False),
    sqlite_with_rowid=False,
)

test_looks = Table(
    "test_look",
    metadata,
    Column("id", Integer, primary_key=True),
    # The looks spend the data set's test part, so they stay when the run is deleted.
    Column("dataset_id", ForeignKey("dataset.id", ondelete="CASCADE"), nullable=False),
    Column("run_id", ForeignKey("run.id", ondelete="SET NULL")),
    Column("author", String(100), nullable=False),
    Column("created_at", Float, nullable=False),
    sqlite_autoincrement=True,
)

findings = Table(
    "finding",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), nullable=False),
    *_word("part", Part),
    Column("row", Integer, nullable=False),
    Column("label_id", ForeignKey("label.id", ondelete="CASCADE"), nullable=False),
    *_word("kind", ErrorKind),
    *_word("annotation", LabelState),
    Column("probability", Float, nullable=False),
    Column("threshold", Float, nullable=False),
    *_word("cause", Cause),
    *_word("machine_cause", Cause),
    Column("confidence", Float, nullable=False),
    *_word("second_cause", Cause, optional=True),
    Column("p_mislabel", Float, nullable=False),
    Column("p_sparsity", Float, nullable=False),
    Column("p_wrong_pattern", Float, nullable=False),
    *_word("suggested_state", LabelState, optional=True),
    Column("evidence", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("data", JSON, nullable=False),
    UniqueConstraint("run_id", "row", "label_id"),
    Index(None, "run_id", "part", "cause", "rank"),
    Index(None, "run_id", "part", "cause", "label_id", "rank"),
    sqlite_autoincrement=True,
)

verdicts = Table(
    "verdict",
    metadata,
    Column("batch_id", ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True),
    # The cell and the run, not only the finding: a new analysis of the run keeps the verdict.
    Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("label_id", ForeignKey("label.id", ondelete="CASCADE"), primary_key=True),
    Column("finding_id", Integer, nullable=False),
    *_word("before", Cause),
    *_word("after", Cause),
    Index(None, "run_id", "row", "label_id"),
    sqlite_with_rowid=False,
)
