from __future__ import annotations

import pytest
from sqlalchemy import Connection, inspect, text

from raravis.errors import StoreError
from raravis.store import Project, migrations, schema
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


def test_migrations_are_named_in_their_order() -> None:
    names = [migration.__name__ for migration in migrations.MIGRATIONS]
    assert names == sorted(set(names)) and all(name[0] == "m" and name[1:5].isdigit() for name in names)
