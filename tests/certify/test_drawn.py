"""What answers weigh: totals are unbiased however a search went on between draws."""

from __future__ import annotations

import numpy as np
import pytest

from raravis.certify.drawn import Drawn, drawn_of

Step = tuple[bool, int, int]


def test_of_one_batch_the_weight_is_one_over_the_inclusion_probability() -> None:
    made = drawn_of([(True, 5, 8), (True, 6, 7)], before=[0, 1])
    assert made.inclusion().tolist() == [1, 1, 0.25, 0.25]
    assert made.weight().tolist() == [1, 1, 4, 4]
    assert made.draws == 2


def test_what_is_chosen_between_draws_begins_another_batch() -> None:
    made = drawn_of([(True, 5, 8), (False, 6, 0), (True, 7, 6)])
    assert made.batch.tolist() == [0, -1, 1]
    assert (made.unseen.tolist(), made.drawn.tolist()) == ([8, 6], [1, 1])
    assert made.weight().tolist() == [8 / 2 + 1 / 2, 1 / 2, 6 / 2]  # and two batches of 8 units are 8
    assert made.weight().sum() == 8


def test_what_is_found_after_the_last_draw_is_among_what_the_draws_stand_for() -> None:
    made = drawn_of([(True, 5, 8), (False, 6, 0)])
    assert made.weight().tolist() == [8, 0]


def test_a_unit_that_nobody_could_tell_counts_as_not_drawn() -> None:
    made = drawn_of([(True, 5, 8), (True, 6, 7)], before=[0, 1]).counted(np.array([True, False, True, False]))
    assert made.rows.tolist() == [0, 5]
    assert made.weight().tolist() == [1, 8]


def test_nothing_drawn_and_nothing_known_are_fine() -> None:
    assert drawn_of([]).draws == 0
    assert len(drawn_of([]).weight()) == 0
    assert drawn_of([], before=[3]).weight().tolist() == [0]


def test_more_drawn_than_there_are_is_a_mistake() -> None:
    one = np.zeros(1, np.int64)
    with pytest.raises(AssertionError, match="without replacement"):
        Drawn(one, one, one + 1, one + 1, one + 2)


def searched(yes: np.ndarray, rng: np.random.Generator) -> list[Step]:
    """Draws, and after each that hits all the other yes's at once: the worst that a search can do to a naive count."""
    known, steps = np.zeros(len(yes), bool), list[Step]()
    for _ in range(12):
        left = np.flatnonzero(~known)
        row = int(rng.choice(left))
        steps.append((True, row, len(left)))
        known[row] = True
        if yes[row]:
            found = np.flatnonzero(yes & ~known)
            steps += [(False, int(other), 0) for other in found]
            known[found] = True
    return steps


def test_totals_are_unbiased_though_the_search_goes_by_what_the_draws_showed() -> None:
    yes = np.arange(60) < 6
    totals, naive = [], []
    for seed in range(2000):
        made = drawn_of(searched(yes, np.random.default_rng(seed)))
        totals.append(float(made.weight() @ yes[made.rows]))
        naive.append(60 * float(np.mean(yes[made.rows])))
    assert np.mean(totals) == pytest.approx(6, abs=4 * np.std(totals) / np.sqrt(2000))
    assert np.mean(naive) > 12
