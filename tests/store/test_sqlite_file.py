"""Trouble that only a database in a file has."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from store_making import add_items, add_source

from raravis.errors import StoreError
from raravis.store import Project, items


def test_a_full_disk_is_one_line_and_undoes_the_transaction(tmp_path: Path) -> None:
    with Project.open(tmp_path, create=True) as project:
        with project.begin() as c:
            source = add_source(c)
        with pytest.raises(StoreError, match=r"disk is full; free some space and run"), project.begin() as c:
            pages = c.exec_driver_sql("PRAGMA page_count").scalar_one()
            c.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            add_items(c, source, 10_000)
        with project.read() as c:
            assert items.count(c) == 0


def test_a_damaged_database_is_one_line(tmp_path: Path) -> None:
    Project.open(tmp_path, create=True).close()
    (tmp_path / "raravis.db").write_bytes(b"not a database at all" * 1_000)
    with pytest.raises(StoreError, match=f"{tmp_path.name}: file is not a database; the database is damaged"):
        Project.open(tmp_path)


def test_our_own_mistakes_are_not_dressed_up_as_trouble(tmp_path: Path) -> None:
    with Project.open(tmp_path, create=True) as project, pytest.raises(IntegrityError), project.begin() as c:
        add_items(c, 99, 1)


def test_the_file_is_in_wal_mode_with_foreign_keys_on(tmp_path: Path) -> None:
    with Project.open(tmp_path, create=True) as project, project.read() as c:
        pragmas = [
            c.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "foreign_keys", "synchronous")
        ]
        assert pragmas == ["wal", 1, 1]
