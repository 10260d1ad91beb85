"""What comes before find's first question and after its last answer, for whoever is asked elsewhere."""

from __future__ import annotations

from pathlib import Path

import media_making as making
from flow_making import Scripted, keys

from raravis import flow
from raravis.flow.find import begin_asking
from raravis.flow.found import conclude
from raravis.flow.gather import gather
from raravis.store import Project


def test_gather_is_the_four_verbs_and_does_what_is_new_only(project: Project, yard: Path) -> None:
    said: list[str] = []
    assert gather(project, [yard], encoder="toy", say=said.append) == "toy-1"
    assert said[0] == "4 new files, 0 known, 0 failed, 0 skipped" and len(keys(project)) == 18
    making.still(yard / "e.png", shade=50)
    gather(project, [yard], say=said.append)
    assert said[-2] == "1 new files, 4 known, 0 failed, 0 skipped" and len(keys(project)) == 19


def test_find_cut_in_two_finds_what_find_finds(project: Project, yard: Path, tmp_path: Path) -> None:
    like = [making.still(tmp_path / "red.png", red=True, shade=100)]
    values = (1, 1, 1, 1, -1, -1)
    begin_asking(project, [yard], "red", like=like, encoder="toy")
    asked = flow.ask(project, "red", place_ends=False, k=len(values))
    assert asked is not None
    flow.label(project, "red", Scripted(*values))
    with Project.open(tmp_path / "whole", create=True) as other:
        settings = {"encoder": "toy", "budget": len(values), "look": len(values), "place_ends": False}
        whole = flow.find(other, [yard], "red", like=like, answerer=Scripted(*values), **settings)
    found = conclude(project, "red", place_ends=False)
    assert (found.answers, found.positives, found.rounds) == (whole.answers, whole.positives, whole.rounds) == (6, 4, 1)
    assert [event.source for event in found.events] == [event.source for event in whole.events]
    assert found.exports.keys() == whole.exports.keys()


def test_nothing_answered_concludes_in_nothing_found(project: Project, yard: Path) -> None:
    begin_asking(project, [yard], "red", encoder="toy")
    found = conclude(project, "red")
    assert (found.answers, found.events, found.exports) == (0, [], {})
