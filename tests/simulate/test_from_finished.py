"""Another strategy on what a finished search was told."""

from __future__ import annotations

from pathlib import Path

import media_making as making
import numpy as np
import pytest
from flow_making import Scripted, collect
from pool_making import make_pool, turn

from raravis import flow
from raravis.errors import InputError
from raravis.flow.examples import add_examples
from raravis.simulate.finished import simulate_finished
from raravis.store import Project


def searched(folder: Path, *values: int) -> Project:
    """A yard of 18 items, of which as many as there are values were shown and answered so."""
    project = Project.open(folder / "project", create=True)
    collect(project, making.yard(folder / "yard"))
    add_examples(project, "red")
    flow.ask(project, "red", strategy="random", k=len(values))
    flow.label(project, "red", Scripted(*values))
    return project


def test_only_what_was_answered_is_asked_and_counted(tmp_path: Path) -> None:
    with searched(tmp_path, 1, -1, 1, 0, -1, -1) as project:
        result, known = simulate_finished(project, "red", strategies="random,top", seeds=2)
    assert known == 6 and result.start == "item"
    for curve in result.curves:
        assert curve.answers[-1] == 5 and curve.items.wanted == 1 and curve.items.counts[-1] == 1


def test_the_events_are_those_that_were_found(tmp_path: Path) -> None:
    with searched(tmp_path, *[1] * 18) as project:
        result, _ = simulate_finished(project, "red", strategies="random", seeds=1, gap_seconds=1)
    assert result.curves[0].events.wanted == 4  # two films, seen throughout, and two stills


def test_nothing_answered_and_nothing_found_are_refused(tmp_path: Path) -> None:
    with searched(tmp_path, -1, -1) as project:
        with pytest.raises(InputError, match="nothing to find"):
            simulate_finished(project, "red", strategies="random", start="item", num_pos_train_seed=0)
        add_examples(project, "blue")
        with pytest.raises(InputError, match="nobody answered anything about 'blue'"):
            simulate_finished(project, "blue")
        with pytest.raises(InputError, match="rde"):
            simulate_finished(project, "rde")


def test_some_rows_of_a_pool_are_a_pool() -> None:
    pool = make_pool(turn(0, 30, 60), timeline=[0, 1, 2], answers={1: 1}, prob=[0.1, 0.2, 0.3])
    part = pool.take(np.array([2, 1]))
    assert part.vectors.ids.tolist() == [2, 1] and part.timeline.tolist() == [2, 1] and part.asked.tolist() == [0, 1]
    assert part.prob is not None and part.prob.tolist() == pytest.approx([0.3, 0.2])
    assert np.allclose(part.dots(turn(60)), [[1, np.cos(np.pi / 6)]])
