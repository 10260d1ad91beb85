"""Named functions that bring a project's tables up to date, each in its own transaction.

A new project gets `schema.py` as it stands and the names of all migrations; an older one gets the
migrations it lacks. So a change of a table is two edits: the table in `schema.py`, and a function here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine, insert, inspect, select, text

from raravis.errors import StoreError
from raravis.store import schema
from raravis.store.engine import READ

Migration = Callable[[Connection], None]


def m0001_first_tables(c: Connection) -> None:
    """Every table of `schema.py`."""
    schema.metadata.create_all(c)


def m0002_space_in_use(c: Connection) -> None:
    """Which space of vectors is in use is written down: the one whose vectors came last, as it went until then.

    The hand-made encoder, once `builtin`, is `descriptor`: what it is asked for by changes, its ids do not.
    """
    c.execute(text("ALTER TABLE encoders ADD COLUMN in_use BOOLEAN DEFAULT FALSE NOT NULL"))
    c.execute(text("ALTER TABLE encoders ADD COLUMN begun_at DOUBLE PRECISION"))
    last = "SELECT encoder FROM shards ORDER BY id DESC LIMIT 1"
    c.execute(text(f"UPDATE encoders SET in_use = TRUE WHERE id = ({last})"))
    named = "id LIKE 'builtin-1-%' AND (spec = 'builtin' OR spec LIKE 'builtin:%')"
    c.execute(text(f"UPDATE encoders SET spec = 'descriptor' || substr(spec, 8) WHERE {named}"))


def m0003_kinds_of_examples(c: Connection) -> None:
    """An example may be a text, or the crop of an item; until then all were pictures."""
    c.execute(text("ALTER TABLE examples ADD COLUMN kind VARCHAR DEFAULT 'picture' NOT NULL"))


def m0004_several_people(c: Connection) -> None:
    """Who may come in, which round is lent to whom, and which entry of the log takes back which."""
    number = "INTEGER PRIMARY KEY AUTOINCREMENT" if c.dialect.name == "sqlite" else "BIGSERIAL PRIMARY KEY"
    for statement in (
        f"CREATE TABLE users (id {number}, name VARCHAR NOT NULL UNIQUE, role VARCHAR NOT NULL, token_hash VARCHAR "
        "NOT NULL UNIQUE, created_at DOUBLE PRECISION NOT NULL, revoked_at DOUBLE PRECISION)",
        'CREATE TABLE leases (round_id BIGINT PRIMARY KEY REFERENCES rounds (id), "by" VARCHAR NOT NULL, '
        '"until" DOUBLE PRECISION NOT NULL, later JSON NOT NULL)',
        'CREATE INDEX ix_leases_until ON leases ("until")',
        "ALTER TABLE labels ADD COLUMN undoes BIGINT",
        "CREATE INDEX ix_labels_undoes ON labels (undoes)",
        'CREATE INDEX ix_labels_by ON labels (concept_id, "by", id)',
    ):
        c.execute(text(statement))


def m0005_hidden_items(c: Connection) -> None:
    """Which items come out of no search, and which stand for them."""
    item = "BIGINT" if c.dialect.name == "postgresql" else "INTEGER"
    columns = f"item_id {item} PRIMARY KEY REFERENCES items (id), shown_id {item} NOT NULL REFERENCES items (id)"
    c.execute(text(f"CREATE TABLE hidden ({columns})"))
    c.execute(text("CREATE INDEX ix_hidden_shown_id ON hidden (shown_id)"))


MIGRATIONS: tuple[Migration, ...] = (
    m0001_first_tables,
    m0002_space_in_use,
    m0003_kinds_of_examples,
    m0004_several_people,
    m0005_hidden_items,
)


def migrate(engine: Engine, migrations: Sequence[Migration] = MIGRATIONS, *, new: Migration | None = None) -> list[str]:
    """Names of the migrations now recorded that were not before, in order.

    `new` fills the tables of a new project, in the transaction that makes them. Raises StoreError where
    the project was made by a newer version, or where the database is empty and the project not new; a
    migration that fails leaves the tables as they were before it.
    """
    with engine.execution_options(**{READ: True}).begin() as c:
        done = applied(c)
    _refuse_newer(done, migrations)
    if not done:
        _first(engine, migrations, new)
        return [migration.__name__ for migration in migrations]
    missing = [migration for migration in migrations if migration.__name__ not in done]
    for migration in missing:
        with engine.begin() as c:
            migration(c)
            _record(c, [migration])
    return [migration.__name__ for migration in missing]


def applied(c: Connection) -> list[str]:
    """Names of the migrations that the project has had, oldest first."""
    if not inspect(c).has_table(schema.migrations.name):
        return []
    return list(c.scalars(select(schema.migrations.c.name).order_by(schema.migrations.c.name)))


def _first(engine: Engine, migrations: Sequence[Migration], new: Migration | None) -> None:
    if new is None:
        raise StoreError("the project's database is missing or empty; put back a copy of it, or make a new project")
    with engine.begin() as c:
        migrations[0](c)
        new(c)
        _record(c, migrations)


def _refuse_newer(done: Sequence[str], migrations: Sequence[Migration]) -> None:
    newest = migrations[-1].__name__
    newer = [name for name in done if name > newest]
    if newer:
        raise StoreError(
            f"the project was made by a newer raravis: it has {newer[-1]}, this one knows up to {newest}; upgrade"
        )


def _record(c: Connection, migrations: Sequence[Migration]) -> None:
    now = time.time()
    c.execute(insert(schema.migrations), [{"name": migration.__name__, "at": now} for migration in migrations])
