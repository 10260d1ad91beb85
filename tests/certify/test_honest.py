"""Precision and recall over a whole collection: what a search found is no sample, and what was drawn is."""

from __future__ import annotations

import numpy as np
import pytest

from raravis.certify.drawn import Drawn, drawn_of
from raravis.certify.honest import Honest, Range, honest
from raravis.errors import InputError

N, SEEDS = 3000, 120


def world(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """What is so, a fiftieth, and a classifier's probabilities of it."""
    yes = rng.random(N) < 0.02
    return yes, 1 / (1 + np.exp(-1.5 * (rng.normal(size=N) + np.where(yes, 2.5, 0.0) - 3)))


def after_a_search(yes: np.ndarray, prob: np.ndarray, rng: np.random.Generator) -> Drawn:
    """The likeliest 150 were looked at, and then 300 of the others were drawn."""
    likely = np.argsort(-prob)[:150].tolist()
    left = rng.permutation(np.setdiff1d(np.arange(N), likely))
    return drawn_of([(True, int(row), len(left) - at) for at, row in enumerate(left[:300])], likely)


def in_turn(yes: np.ndarray, prob: np.ndarray, rng: np.random.Generator) -> Drawn:
    """Ten times 30 drawn, and 15 chosen by what they showed."""
    known, steps = np.zeros(N, bool), list[tuple[bool, int, int]]()
    for _ in range(10):
        left = np.flatnonzero(~known)
        drawn = rng.permutation(left)[:30]
        steps += [(True, int(row), len(left) - at) for at, row in enumerate(drawn)]
        known[drawn] = True
        left = np.flatnonzero(~known)
        worth = prob[left] + yes[left] * rng.random(len(left)) * 0.3 * yes[drawn].any()
        chosen = left[np.argsort(-worth)[:15]]
        steps += [(False, int(row), 0) for row in chosen]
        known[chosen] = True
    return drawn_of(steps)


@pytest.mark.parametrize("search", [after_a_search, in_turn])
@pytest.mark.parametrize("everywhere", [True, False])
def test_naive_recall_flatters_and_the_honest_one_and_its_interval_do_not(search: object, everywhere: bool) -> None:
    names = ("precision", "recall", "prevalence")
    held, naive, off = dict.fromkeys(names, 0), [], []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        yes, prob = world(rng)
        said = prob >= 0.5
        made: Drawn = search(yes, prob, rng)  # type: ignore[operator]
        told = honest(made, said[made.rows], yes[made.rows], said_in_all=int(said.sum()) if everywhere else None)
        both = int(np.sum(said & yes))
        true = dict(zip(names, (both / said.sum(), both / yes.sum(), yes.mean()), strict=True))
        for name in names:
            ends: Range = getattr(told, name)
            held[name] += ends.low <= true[name] <= ends.high
        shown = yes[made.rows]
        naive.append(float(np.sum(shown & said[made.rows]) / shown.sum()) - true["recall"])
        off.append(told.recall.value - true["recall"] if told.recall else 0.0)
    assert np.mean(naive) > 0.04
    assert abs(float(np.mean(off))) < 0.03
    assert min(held.values()) >= 0.91 * SEEDS


def known(*steps: tuple[bool, int, int], before: tuple[int, ...] = (), yes: str = "", said: str = "") -> Honest:
    """`yes` and `said` are strings of 1 and 0, one a known unit."""
    as_bools = (np.array([letter == "1" for letter in text], bool) for text in (said, yes))
    return honest(drawn_of(steps, before), *as_bools)


def test_drawn_units_stand_for_the_unseen_and_found_ones_for_themselves() -> None:
    told = known((True, 3, 10), (True, 4, 9), before=(0, 1), yes="1110", said="1100")
    assert (told.units, told.draws, told.on_purpose) == (12, 2, 2)
    assert told.precision is not None
    assert told.recall is not None
    assert told.prevalence is not None
    assert told.precision.value == 1  # both that it says are so
    assert told.recall.value == pytest.approx(2 / 7)  # two found, and one in two of ten unseen
    assert told.prevalence.value == pytest.approx(7 / 12)
    assert told.recall.low < 0.2
    assert told.recall.high > 0.45


def test_where_everything_was_drawn_nothing_is_left_open() -> None:
    told = known(*((True, row, 4 - row) for row in range(4)), yes="1100", said="1010")
    assert told.precision == pytest.approx((0.5, 0.5, 0.5), abs=1e-3)
    assert told.recall == pytest.approx((0.5, 0.5, 0.5), abs=1e-3)


def test_a_miss_that_no_draw_met_is_in_the_interval() -> None:
    told = known(
        *((True, row, 1000 - row) for row in range(1, 31)), before=(0,), yes="1" + "0" * 30, said="1" + "0" * 30
    )
    assert told.recall is not None
    assert told.recall.value == 1
    assert told.recall.low < 0.05  # thirty draws of a thousand leave room for many


def test_a_classifier_that_says_nothing_has_no_precision_and_nothing_there_no_recall() -> None:
    told = known((True, 0, 2), (True, 1, 1), yes="10", said="00")
    assert told.recall is not None
    assert told.recall.value == 0
    nothing = honest(drawn_of([(True, 0, 1)]), np.zeros(1, bool), np.zeros(1, bool), said_in_all=0)
    assert (nothing.precision, nothing.recall) == (None, None)


def test_without_a_draw_there_is_nothing_to_say() -> None:
    with pytest.raises(InputError, match="nothing was drawn by chance"):
        known(before=(0,), yes="1", said="1")


def test_the_same_seed_gives_the_same_interval() -> None:
    steps = [(True, row, 50 - row) for row in range(20)]
    one, other = (known(*steps, yes="1" * 5 + "0" * 15, said="1" * 4 + "0" * 16) for _ in range(2))
    assert one == other
    assert one.to_json()["recall"]["value"] == pytest.approx(0.8)
