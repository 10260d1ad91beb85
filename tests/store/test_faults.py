"""What the database or the disk says becomes one line that ends with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from raravis.errors import StoreError
from raravis.store.faults import database_trouble, disk_trouble

PASSWORD = "set PGPASSWORD, write the password into ~/.pgpass, or give the URL again with --database"


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ('connection to server at "db", port 5432 failed: fe_sendauth: no password supplied\n', PASSWORD),
        ('failed: FATAL:  password authentication failed for user "ann"\n', PASSWORD),
        ("disk I/O error", "free some space, or have the disk looked at"),
        ("database or disk is full", "free some space and run the same command again"),
    ],
)
def test_what_a_database_says_is_one_line_with_advice(said: str, advice: str) -> None:
    with pytest.raises(StoreError) as caught, database_trouble(Path("p")):
        raise OperationalError("SELECT 1", None, Exception(said))
    assert str(caught.value).startswith(f"p: {' '.join(said.split())}; {advice}") and "\n" not in str(caught.value)


def test_trouble_that_nobody_foresaw_is_said_without_advice() -> None:
    with pytest.raises(StoreError, match=r"^p: the moon is full$"), disk_trouble(Path("p")):
        raise OSError("the moon is\nfull")
