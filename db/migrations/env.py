"""Alembic's entry: runs the migrations on the engine that `db.store.migrate` hands over."""

from alembic import context
from sqlalchemy import Engine

from db.models import metadata


def run() -> None:
    engine: Engine = context.config.attributes["engine"]
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Two processes may migrate at once: the second waits here, then finds nothing to do.
            connection.info["begin"] = "BEGIN IMMEDIATE"
        with connection.begin():
            context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
            context.run_migrations()


run()
