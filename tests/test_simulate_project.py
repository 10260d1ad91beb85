"""The truth about a project: what the oracle says of each item, and of each event."""

from __future__ import annotations

from pathlib import Path

import media_making as making
import pytest
from flow_making import collect

from raravis.errors import InputError
from raravis.flow.collection import load
from raravis.flow.truth import read_oracle
from raravis.simulate.project import known_truth, simulate_project
from raravis.store import Project, concepts


@pytest.fixture
def yard(tmp_path: Path) -> Path:
    return making.yard(tmp_path / "yard")


def test_every_item_has_the_value_of_its_own_source_and_time(yard: Path, tmp_path: Path) -> None:
    with Project.open(tmp_path / "project", create=True) as project:
        collect(project, yard / "cam", yard / "d.png", yard / "c.png")
        collect(project, making.film(tmp_path / "late" / "e.mp4", red=[(6, 8)], shade=120))
        path = making.oracle(tmp_path / "o.csv", "a.mp4,red,1,2,5", "d.png,red,1", "e.mp4,red,0,6,7", "e.mp4,red,1,7,8")
        oracle, collection = read_oracle(project, path, "red"), load(project)
        known = known_truth(project, collection, oracle, "red")
    told = {}
    for source_id, pts, value in zip(collection.table.source_id, collection.table.pts, known.truth.value, strict=True):
        told[collection.sources[int(source_id)].places[0].name, int(pts)] = int(value)
    yes = {("a.mp4", 2000), ("a.mp4", 3000), ("a.mp4", 4000), ("d.png", 0), ("e.mp4", 7000)}
    assert {key for key, value in told.items() if value == 1} == yes
    assert {key for key, value in told.items() if value == 0} == {("e.mp4", 6000)} and len(told) == 26
    assert known.truth.events == 3 and len(known.truth.met) == 5 and known.untouched == []


def test_an_oracle_that_does_not_know_the_concept_makes_none(yard: Path, tmp_path: Path) -> None:
    with Project.open(tmp_path / "project", create=True) as project:
        collect(project, yard)
        with pytest.raises(InputError, match="rde"):
            simulate_project(project, "rde", making.oracle(tmp_path / "o.csv", *making.YARD_ORACLE))
        with project.read() as c:
            assert concepts.all(c) == []
