from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import media_making as making
import pytest

from raravis.cli.run import run

Raravis = Callable[..., tuple[int, str, str]]


@pytest.fixture
def raravis(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Raravis:
    """raravis("find", folder, ...) runs a command here, in a folder of the test's own: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the yard, its oracle, a picture of what is sought, and a project where all is embedded."""
    from flow_making import collect

    from raravis.flow.examples import add_examples
    from raravis.store import Project

    folder = tmp_path_factory.mktemp("cli")
    making.yard(folder / "yard")
    making.oracle(folder / "oracle.csv", *making.YARD_ORACLE)
    making.still(folder / "red.png", red=True, shade=100)
    with Project.open(folder / "raravis-project", create=True) as project:
        collect(project, folder / "yard")
        add_examples(project, "red", like=[folder / "red.png"])
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path, raravis: Raravis) -> Path:
    """A copy of all that, in the folder in which commands run."""
    from raravis import flow
    from raravis.store import Project

    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    with Project.open(tmp_path / "raravis-project") as project:
        flow.relocate(project, made / "yard", tmp_path / "yard")
    return tmp_path
