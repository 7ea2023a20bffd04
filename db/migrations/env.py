"""Alembic's entry: runs the migrations on the engine that `db.store.migrate` hands over."""

from alembic import context
from sqlalchemy import Connection, Engine

from db.models import metadata


def run() -> None:
    engine: Engine = context.config.attributes["engine"]
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # A table that is made anew is dropped first, and its rows would take what points to them along.
            # Outside a transaction, as within one it is ignored.
            _pragma(connection, "foreign_keys=OFF")
            # Two processes may migrate at once: the second waits here, then finds nothing to do.
            connection.info["begin"] = "BEGIN IMMEDIATE"
        try:
            with connection.begin():
                context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
                context.run_migrations()
        finally:
            if engine.dialect.name == "sqlite":
                _pragma(connection, "foreign_keys=ON")


def _pragma(connection: Connection, setting: str) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None  # it is connected
    driver.execute(f"PRAGMA {setting}")


run()
