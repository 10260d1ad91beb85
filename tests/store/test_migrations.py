from __future__ import annotations

import pytest
from sqlalchemy import Connection, inspect, text

from raravis.errors import StoreError
from raravis.store import Project, migrations, schema, users
from raravis.store.migrations import MIGRATIONS, applied, migrate


def m9001_owls(c: Connection) -> None:
    c.execute(text("CREATE TABLE owls (n INTEGER)"))
    c.execute(text("INSERT INTO owls VALUES (1)"))


def m9002_fails_half_way(c: Connection) -> None:
    c.execute(text("CREATE TABLE ravens (n INTEGER)"))
    c.execute(text("INSERT INTO ravens VALUES (1)"))
    raise RuntimeError("half-way")


def tables(c: Connection) -> set[str]:
    return set(inspect(c).get_table_names(schema=c.dialect.default_schema_name))


def test_a_new_project_has_every_table_and_every_migrations_name(c: Connection) -> None:
    assert tables(c) == set(schema.metadata.tables)
    assert applied(c) == [migration.__name__ for migration in MIGRATIONS]


def test_a_further_migration_runs_once(project: Project) -> None:
    assert migrate(project.engine, (*MIGRATIONS, m9001_owls)) == ["m9001_owls"]
    assert migrate(project.engine, (*MIGRATIONS, m9001_owls)) == []
    with project.read() as c:
        assert c.scalars(text("SELECT n FROM owls")).all() == [1]
        assert applied(c)[-1] == "m9001_owls"


def test_a_migration_that_fails_half_way_leaves_the_tables_before_it(project: Project) -> None:
    with pytest.raises(RuntimeError, match="half-way"):
        migrate(project.engine, (*MIGRATIONS, m9001_owls, m9002_fails_half_way))
    with project.read() as c:
        assert tables(c) == {*schema.metadata.tables, "owls"}
        assert applied(c) == [*(migration.__name__ for migration in MIGRATIONS), "m9001_owls"]


def test_a_project_that_a_newer_version_made_is_refused_and_left_alone(project: Project, database: str | None) -> None:
    migrate(project.engine, (*MIGRATIONS, m9001_owls))
    newest = MIGRATIONS[-1].__name__
    with pytest.raises(StoreError, match=f"made by a newer raravis: it has m9001_owls, this one knows up to {newest}"):
        Project.open(project.folder, database=database)
    with project.read() as c:
        assert applied(c)[-1] == "m9001_owls"


def columns(c: Connection, table: str) -> set[str]:
    return {column["name"] for column in inspect(c).get_columns(table)}


def indexes(c: Connection) -> set[str]:
    return {str(index["name"]) for table in ("leases", "labels") for index in inspect(c).get_indexes(table)}


def test_an_older_project_gets_the_tables_of_several_people_as_a_new_one_has_them(project: Project) -> None:
    with project.begin() as c:
        fresh = {table: columns(c, table) for table in ("users", "leases", "labels")}, indexes(c)
        for statement in (
            "DROP TABLE users",
            "DROP TABLE leases",
            "DROP INDEX ix_labels_undoes",
            "DROP INDEX ix_labels_by",
            "ALTER TABLE labels DROP COLUMN undoes",
            "DELETE FROM migrations WHERE name = 'm0004_several_people'",
        ):
            c.execute(text(statement))
    assert migrate(project.engine) == ["m0004_several_people"]
    with project.begin() as c:
        assert ({table: columns(c, table) for table in ("users", "leases", "labels")}, indexes(c)) == fresh
        assert users.by_hash(c, "h") is None
        users.add(c, "ada", "admin", "h")
        users.add(c, "bob", "viewer", "h2")
        assert [user.name for user in users.all(c)] == ["ada", "bob"]


def test_migrations_are_named_in_their_order() -> None:
    names = [migration.__name__ for migration in migrations.MIGRATIONS]
    assert names == sorted(set(names)) and all(name[0] == "m" and name[1:5].isdigit() for name in names)
