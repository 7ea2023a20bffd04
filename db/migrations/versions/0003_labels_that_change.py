"""Labels that are described, merged and removed; images that are added, left out and moved between the parts"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_STATES = "IN ('present', 'absent', 'unknown')"
_PARTS = "IN ('train', 'val', 'test')"
_SOURCES = "source IN ('import', 'correction', 'labels', 'split', 'verdict', 'undo')"
_KINDS = "kind IN ('demo', 'preview', 'import', 'train', 'analyse', 'test score', 'scan', 'export')"


def upgrade() -> None:
    _data_sets()
    _labels()
    _images()
    # By label alone: a word of the state in every entry made it a third longer, and nothing asks for it.
    op.drop_index("ix_cell_label_id_state", "cell")
    op.create_index("ix_cell_label_id", "cell", ["label_id"])
    _words("batch", source=_SOURCES)
    _words("job", kind=_KINDS)
    op.create_table(
        "label_edit",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("label_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_label_edit_batch_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["label_id"], ["label.id"], name=op.f("fk_label_edit_label_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", "label_id", name=op.f("pk_label_edit")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "placement",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("before_part", sa.String(length=32), nullable=False),
        sa.Column("before_left_out", sa.Boolean(), nullable=False),
        sa.Column("after_part", sa.String(length=32), nullable=False),
        sa.Column("after_left_out", sa.Boolean(), nullable=False),
        sa.CheckConstraint(f"before_part {_PARTS}", name=op.f("ck_placement_before_part_word")),
        sa.CheckConstraint(f"after_part {_PARTS}", name=op.f("ck_placement_after_part_word")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_placement_batch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", "row", name=op.f("pk_placement")),
        sqlite_with_rowid=False,
    )


def _data_sets() -> None:
    op.add_column("dataset", sa.Column("more_roots", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("dataset", sa.Column("split", sa.JSON(), nullable=False, server_default="{}"))


def _labels() -> None:
    # Its unique name becomes one among the living labels; SQLite makes such a table anew.
    with op.batch_alter_table("label", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.add_column(
            sa.Column("default_state", sa.String(length=32), nullable=False, server_default="absent")
        )
        table.add_column(sa.Column("description", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("examples", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("implies", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("alive", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.create_check_constraint(op.f("ck_label_default_state_word"), f"default_state {_STATES}")
        table.drop_constraint(op.f("uq_label_dataset_id_name"), type_="unique")
    op.execute(
        "UPDATE label SET default_state = "
        "(SELECT dataset.default_state FROM dataset WHERE dataset.id = label.dataset_id)"
    )
    op.create_index(
        "ix_label_living_name",
        "label",
        ["dataset_id", "name"],
        unique=True,
        sqlite_where=sa.text("alive IS 1"),
        postgresql_where=sa.text("alive IS true"),
    )


def _images() -> None:
    op.add_column("image", sa.Column("left_out", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("image", sa.Column("added", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("image", sa.Column("origin", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("image", sa.Column("meta", sa.JSON(none_as_null=True), nullable=True))


def _words(table: str, **checks: str) -> None:
    """Let a column take more words."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as changed:
        for column, check in checks.items():
            name = op.f(f"ck_{table}_{column}_word")
            if not sqlite:  # which makes the table anew, and without its old checks
                changed.drop_constraint(name, type_="check")
            changed.create_check_constraint(name, check)
        if sqlite and table == "job":
            changed.create_check_constraint(op.f("ck_job_lane_word"), "lane IN ('long', 'short')")
            changed.create_check_constraint(
                op.f("ck_job_state_word"),
                "state IN ('queued', 'running', 'stopping after this epoch', 'stopping now', 'finished', "
                "'stopped', 'failed')",
            )
