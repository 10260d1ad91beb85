"""Every test of the store runs on SQLite and on PostgreSQL, and does not know on which."""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url

from raravis.store import Project

NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A server's URL: $RARAVIS_POSTGRES_URL, or one started from Debian's or pgserver's programs."""
    if given := os.environ.get("RARAVIS_POSTGRES_URL"):
        yield given
        return
    programs = postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL programs found, and RARAVIS_POSTGRES_URL is unset")
    folder = Path(tempfile.mkdtemp(prefix="rv-", dir="/tmp"))  # a socket's path has at most 107 characters
    try:
        yield start_postgres(programs, folder)
    finally:
        run(programs, folder, "pg_ctl", "stop", "-D", str(folder / "data"), "-m", "immediate", check=False)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """What `Project.open` takes: None for SQLite's file, or the URL of an empty schema on a server."""
    if request.param == "sqlite":
        yield None
        return
    import psycopg

    server, name = request.getfixturevalue("postgres"), f"raravis_{os.getpid()}_{next(NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        url = make_url(server).update_query_dict({"options": f"-csearch_path={name}"})
        yield url.render_as_string(hide_password=False)
        connection.execute(f"DROP SCHEMA {name} CASCADE")


@pytest.fixture
def project(tmp_path: Path, database: str | None) -> Iterator[Project]:
    with Project.open(tmp_path / "project", database=database, create=True) as project:
        yield project


@pytest.fixture
def c(project: Project) -> Iterator[Connection]:
    """A transaction that may write."""
    with project.begin() as c:
        yield c


def postgres_programs() -> Path | None:
    bundled = importlib.util.find_spec("pgserver")
    places = [
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True),
        *(Path(found).parent for found in [shutil.which("pg_ctl")] if found),
        *([Path(bundled.origin).parent / "pginstall" / "bin"] if bundled and bundled.origin else []),
    ]
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


def start_postgres(programs: Path, folder: Path) -> str:
    if user := plain_user():
        shutil.chown(folder, user)
    data, options = str(folder / "data"), f"-k {folder} -c listen_addresses= -c fsync=off"
    run(programs, folder, "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
    run(programs, folder, "pg_ctl", "start", "-w", "-D", data, "-l", str(folder / "log"), "-o", options)
    return f"postgresql://postgres@/postgres?host={folder}"


def run(programs: Path, folder: Path, program: str, *arguments: str, check: bool = True) -> None:
    command = [str(programs / program), *arguments]
    done = subprocess.run(command, user=plain_user(), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if check and done.returncode:
        pytest.skip(f"{program} fails here: {done.stderr.decode(errors='replace').strip().splitlines()[-1]}")


def plain_user() -> str | None:
    """Whom to run the server as: it refuses to run as root."""
    if os.name == "nt" or os.geteuid() != 0:
        return None
    import pwd

    return "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"
