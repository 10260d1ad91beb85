"""raravis index, check and remove at the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import index_making as making
import pytest
from click.testing import CliRunner

from raravis.cli.commands import raravis
from raravis.flow.indexing.checking import Checked
from raravis.store import Project

pytest.importorskip("faiss", reason="faiss")


def run(*words: str) -> Any:
    return CliRunner().invoke(raravis, words)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    with Project.open(tmp_path / "project", create=True) as project:
        making.film(project, "a.mp4", making.vectors(1200))
    return str(tmp_path / "project")


def test_built_checked_and_removed(folder: str) -> None:
    nothing = "nothing is built: searches scan every vector, and find all\n"
    assert run("index", "--project", folder, "check").output == nothing
    built = run("index", "--project", folder, "--kind", "ivf-sq8")
    assert built.exit_code == 0 and built.output.startswith("1,200 vectors indexed, ivf-sq8, 0.")
    checked = run("index", "check", "--project", folder, "--sample", "60")
    assert checked.exit_code == 0, checked.output
    first, second, third, last = checked.output.splitlines()
    assert first == "ivf-sq8 over 1,200 vectors of made-1"
    assert second.startswith("recall@10 ") and second.endswith("60 queries); asked 0.95")
    assert " ms a query, a scan " in third and last == "every byte is as it was written"
    told = json.loads(run("index", "check", "--project", folder, "--sample", "60", "--json").output)
    assert told["kept"] and told["kind"] == "ivf-sq8" and told["queries"] == 60
    assert run("index", "--project", folder, "remove").output.endswith("MB deleted; searches scan every vector\n")
    assert run("index", "remove", "--project", folder).output == "nothing was built\n"


def test_check_exits_1_where_less_is_found_than_asked_for(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run("index", "--project", folder, "--kind", "ivf-sq8")
    monkeypatch.setattr(Checked, "kept", False)
    checked = run("index", "check", "--project", folder)
    assert checked.exit_code == 1 and "NOT KEPT" in checked.output
