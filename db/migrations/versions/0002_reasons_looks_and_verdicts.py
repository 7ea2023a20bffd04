"""A reason of its own for each change; looks at the test part outlive their run; verdicts are found by cell"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("change", sa.Column("reason", sa.Text(), nullable=True))
    op.create_index(op.f("ix_verdict_run_id_row_label_id"), "verdict", ["run_id", "row", "label_id"])
    op.add_column("test_look", sa.Column("dataset_id", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE test_look SET dataset_id = (SELECT run.dataset_id FROM run WHERE run.id = test_look.run_id)"
    )
    with op.batch_alter_table("test_look", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.alter_column("dataset_id", existing_type=sa.Integer(), nullable=False)
        table.alter_column("run_id", existing_type=sa.Integer(), nullable=True)
        table.drop_constraint(op.f("fk_test_look_run_id"), type_="foreignkey")
        table.create_foreign_key(op.f("fk_test_look_run_id"), "run", ["run_id"], ["id"], ondelete="SET NULL")
        table.create_foreign_key(
            op.f("fk_test_look_dataset_id"), "dataset", ["dataset_id"], ["id"], ondelete="CASCADE"
        )
