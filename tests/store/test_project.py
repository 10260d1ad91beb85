from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from raravis.errors import InputError, StoreError
from raravis.store import Project, concepts
from raravis.store import project as project_module

HOLD = (
    "import sys, time; from raravis.store import Project; p = Project.open(sys.argv[1], database=sys.argv[2] or None)\n"
)
HOLD += "with p.lock('ingest /films'): print('held', flush=True); time.sleep(60)"


def test_what_was_committed_is_there_when_the_project_is_opened_again(tmp_path: Path, database: str | None) -> None:
    with Project.open(tmp_path / "p", database=database, create=True) as project, project.begin() as c:
        concepts.add(c, "fox")
    with Project.open(tmp_path / "p", database=database) as project, project.read() as c:
        assert concepts.all(c) == ["fox"]


def test_an_error_inside_a_transaction_undoes_all_of_it(project: Project) -> None:
    with pytest.raises(ZeroDivisionError), project.begin() as c:
        concepts.add(c, "fox")
        1 / 0  # noqa: B018
    with project.read() as c:
        assert concepts.all(c) == []


def test_a_reading_transaction_refuses_to_write_and_the_next_one_may(project: Project) -> None:
    with pytest.raises(StoreError, match=r"(?i)read-?only"), project.read() as c:
        concepts.add(c, "fox")
    with project.begin() as c:
        assert concepts.add(c, "owl") == concepts.require(c, "owl")


def test_a_reader_sees_one_moment_while_another_writes(project: Project) -> None:
    with project.read() as reader:
        assert concepts.all(reader) == []
        with project.begin() as writer:
            concepts.add(writer, "fox")
        assert concepts.all(reader) == []
    with project.read() as reader:
        assert concepts.all(reader) == ["fox"]


def test_opening_where_there_is_no_project_says_how_to_make_one_and_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="raravis ingest MEDIA --project"):
        Project.open(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("create", [True, False])
def test_a_folder_with_other_files_is_left_as_it_is(tmp_path: Path, create: bool) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(StoreError, match="holds files but no project"):
        Project.open(tmp_path, create=create)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_file_is_no_project_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="is a file"):
        Project.open(tmp_path / "file", create=True)


def cut_short(folder: Path, database: str | None) -> tuple[Path, str]:
    """A project cut short between its tables and its mark: the unfinished mark, and what it says."""
    Project.open(folder, database=database, create=True).close()
    mark = (folder / "project.json").rename(folder / "project.json.new")
    return mark, mark.read_text()


def test_a_project_whose_making_was_cut_short_can_be_made_again(tmp_path: Path, database: str | None) -> None:
    _, mark = cut_short(tmp_path, database)
    with Project.open(tmp_path, database=database, create=True) as project:
        assert (project.folder / "project.json").read_text() == mark
    assert {path.name for path in tmp_path.iterdir()} <= {"project.json", "opening.lock", "raravis.db"}


@pytest.mark.parametrize("mark", [b"", b"{", b"[]", b"\xff"])
def test_a_making_cut_short_while_the_mark_was_written_begins_anew(tmp_path: Path, mark: bytes) -> None:
    (tmp_path / "project.json.new").write_bytes(mark)
    Project.open(tmp_path, create=True).close()
    with Project.open(tmp_path) as project:
        assert (project.folder / "project.json").is_file()


def test_a_making_cut_short_while_the_database_was_begun_goes_on(tmp_path: Path) -> None:
    for name in ("opening.lock", "project.json.new", "raravis.db", "raravis.db-journal"):
        (tmp_path / name).touch()  # as a kill left them: the journal is there until the database has a log instead
    Project.open(tmp_path, create=True).close()
    with Project.open(tmp_path) as project, project.read():
        assert (project.folder / "project.json").is_file()


def test_a_new_project_does_not_take_over_the_database_of_another(tmp_path: Path, database: str | None) -> None:
    new, _ = cut_short(tmp_path, database)
    new.unlink()  # and with it the id: to whom the tables belong can't be told
    with pytest.raises(StoreError, match=rf"holds the project made in {tmp_path}, not the one in {tmp_path}; give"):
        Project.open(tmp_path, database=database, create=True)


@pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_two_folders_cannot_share_a_database(tmp_path: Path, database: str) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    Project.open(one, database=database, create=True).close()
    with pytest.raises(
        StoreError, match=rf"^postgresql\S+ holds the project made in {one}, not the one in {other}; give"
    ):
        Project.open(other, database=database, create=True)
    assert not (other / "project.json").exists()
    Project.open(one, database=database).close()


def test_a_folder_whose_database_was_exchanged_is_not_opened(tmp_path: Path, database: str | None) -> None:
    Project.open(tmp_path, database=database, create=True).close()
    mark = json.loads((tmp_path / "project.json").read_text())
    (tmp_path / "project.json").write_text(json.dumps(mark | {"id": "another"}))
    with pytest.raises(StoreError, match=r"holds the project made in .*; give each a database of its own, or put back"):
        Project.open(tmp_path, database=database)


def test_the_tables_of_an_unknown_maker_are_not_taken_over(tmp_path: Path, database: str | None) -> None:
    with Project.open(tmp_path, database=database, create=True) as project, project.begin() as c:
        c.exec_driver_sql("DROP TABLE owner")
    with pytest.raises(StoreError, match="holds the project made in another folder, not the one in"):
        Project.open(tmp_path, database=database)


def test_two_projects_have_two_ids(tmp_path: Path) -> None:
    for name in ("one", "other"):
        Project.open(tmp_path / name, create=True).close()
    ids = [json.loads((tmp_path / name / "project.json").read_text())["id"] for name in ("one", "other")]
    assert len(set(ids)) == 2


def test_a_project_whose_database_went_missing_does_not_begin_anew(tmp_path: Path) -> None:
    Project.open(tmp_path, create=True).close()
    (tmp_path / "raravis.db").unlink()
    with pytest.raises(StoreError, match="database is missing or empty"):
        Project.open(tmp_path, create=True)


def test_a_mark_without_an_id_is_named(tmp_path: Path) -> None:
    (tmp_path / "project.json").write_text('{"format": 1}')
    with pytest.raises(StoreError, match=r"project\.json: names no project; put back a copy of it, or make a new"):
        Project.open(tmp_path)


@pytest.mark.parametrize("mark", ["", "[]", '{"format": "x"}'])
def test_a_mark_that_cannot_be_read_is_named(tmp_path: Path, mark: str) -> None:
    (tmp_path / "project.json").write_text(mark)
    with pytest.raises(StoreError, match=r"project\.json: cannot be read"):
        Project.open(tmp_path)


def test_a_folder_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "project.json").write_text('{"format": 99}')
    with pytest.raises(StoreError, match=r"made by a newer raravis \(format 99, this one knows 1\)"):
        Project.open(tmp_path)


def test_another_database_than_the_projects_own_is_refused(tmp_path: Path) -> None:
    Project.open(tmp_path, create=True).close()
    with pytest.raises(StoreError, match=r"its database is raravis\.db, got postgresql"):
        Project.open(tmp_path, database="postgresql://ann@server/birds")


@pytest.mark.parametrize("url", ["mysql://ann@server/birds", "sqlite:///x.db", "birds"])
def test_a_database_that_is_not_postgresql_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError, match="wanted postgresql://USER@HOST/NAME"):
        Project.open(tmp_path / "p", database=url, create=True)


def test_a_password_is_never_written(tmp_path: Path) -> None:
    url = project_module.engines.parse("postgresql://ann:secret@server/birds?sslmode=require")
    project_module._begin_mark(tmp_path, url)
    stored = json.loads((tmp_path / "project.json.new").read_text())["database"]
    assert stored == "postgresql+psycopg://ann@server/birds?sslmode=require"


def test_a_missing_driver_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'raravis\[postgres\]'"):
        Project.open(tmp_path / "p", database="postgresql://ann@server/birds", create=True)


def test_a_server_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError, match=r"(?i)refused") as caught:
        Project.open(tmp_path / "p", database="postgresql://ann@127.0.0.1:1/birds", create=True)
    assert "\n" not in str(caught.value)


def test_folders_are_made_when_needed(project: Project) -> None:
    for name in ("thumbs", "vectors", "encoders", "exports", "rounds"):
        assert not (project.folder / name).exists()
        assert getattr(project, name) == project.folder / name
        assert (project.folder / name).is_dir()


def test_the_second_of_two_processes_learns_who_holds_the_project(project: Project, database: str | None) -> None:
    child = subprocess.Popen([sys.executable, "-c", HOLD, project.folder, database or ""], stdout=subprocess.PIPE)
    with child:
        assert child.stdout is not None and child.stdout.readline() == b"held\n"
        with (
            pytest.raises(StoreError, match=rf"in use by `ingest /films` \(pid {child.pid} on .*, since "),
            project.lock("find", wait_seconds=0.1),
        ):
            raise AssertionError("held twice")
        child.kill()
        child.wait()
        with project.lock("find", wait_seconds=5):  # freed by the kill
            pass


def test_an_error_frees_the_lock(project: Project) -> None:
    with pytest.raises(ZeroDivisionError), project.lock("find"):
        1 / 0  # noqa: B018
    with project.lock("ingest", wait_seconds=0):
        pass
