from __future__ import annotations

import numpy as np
import pytest
from pool_making import make_pool, turn

from raravis.train.linear import LinearFit, fit, fit_logistic
from raravis.types import Pool


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def head(pool: Pool, **settings: float) -> LinearFit:
    found = fit(pool, rng(), **settings)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_the_head_is_folded_so_that_log_odds_are_x_at_weight_plus_bias() -> None:
    pool = make_pool(turn(0, 5, 80, 85), answers={0: 1, 1: 1, 2: -1, 3: -1})
    logits = head(pool).logits(pool.vectors.data)
    assert np.all(logits[:2] > 1) and np.all(logits[2:] < -1)
    assert logits.dtype == np.float32


def test_moving_or_scaling_all_vectors_changes_no_log_odds() -> None:
    data, yes, weight = rng().normal(size=(40, 6)).astype(np.float32), np.arange(40) < 10, np.ones(40)
    plain = fit_logistic(data, yes, weight).logits(data)
    moved = fit_logistic(3 * data + 7, yes, weight).logits(3 * data + 7)
    assert np.allclose(plain, moved, atol=0.02)


def test_yes_and_no_weigh_the_same_however_many_there_are() -> None:
    data = np.repeat(turn(0, 90), [2, 200], axis=0)
    found = fit_logistic(data, np.arange(202) < 2, np.ones(202))
    assert found.logits(turn(45))[0] == pytest.approx(0, abs=0.05)


def test_one_yes_is_enough_because_unasked_items_stand_in_for_no() -> None:
    pool = make_pool(turn(0, 10, 60, 70, 80, 90), answers={0: 1})
    assert np.argmax(np.where(pool.asked, -np.inf, head(pool).logits(pool.vectors.data))) == 1


def test_examples_alone_are_enough() -> None:
    pool = make_pool(turn(0, 30, 60, 90), examples=turn(-10))
    assert np.argsort(-head(pool).logits(pool.vectors.data)).tolist() == [0, 1, 2, 3]
    pool = make_pool(turn(0, 30, 60, 90), examples=turn(0, 90), signs=[-1, 1])
    assert np.argsort(-head(pool).logits(pool.vectors.data)).tolist() == [3, 2, 1, 0]


def test_there_is_no_head_without_a_yes() -> None:
    assert fit(make_pool(5), rng()) is None
    assert fit(make_pool(5, answers={1: -1, 2: 0}), rng()) is None
    assert fit(make_pool(np.zeros((0, 3))), rng()) is None
    assert fit(make_pool(3, examples=np.eye(3)[:1], signs=[-1]), rng()) is None


def test_there_is_no_head_when_all_that_is_known_is_yes() -> None:
    assert fit(make_pool(2, answers={0: 1, 1: 1}), rng()) is None


def test_can_t_tell_and_implied_answers_teach_nothing() -> None:
    plain = make_pool(turn(0, 20, 70, 90), answers={0: 1, 3: -1})
    more = make_pool(turn(0, 20, 70, 90), answers={0: 1, 3: -1, 1: 0, 2: 1})
    more.weight[2] = 0
    assert np.allclose(head(plain, weak=0).weight, head(more, weak=0).weight, atol=1e-5)


def test_only_chosen_answers_teach() -> None:
    pool = make_pool(turn(0, 40, 90), answers={0: 1, 1: 1, 2: -1})
    chosen = np.array([True, False, True])
    both, one = fit(pool, rng(), weak=0), fit(pool, rng(), chosen, weak=0)
    assert both is not None and one is not None
    assert both.logits(turn(40))[0] > one.logits(turn(40))[0] + 0.5


def test_weak_negatives_fade_as_real_ones_come() -> None:
    """One yes at 0 degrees, no's at 90, and among the unasked a twin of the yes: the more no's, the less it harms."""
    logits = []
    for noes in (1, 10, 300):
        data = np.concatenate([turn(0), np.repeat(turn(90), noes, axis=0), np.repeat(turn(2), 20, axis=0)])
        pool = make_pool(data, answers={0: 1, **dict.fromkeys(range(1, noes + 1), -1)})
        logits.append(float(head(pool).logits(turn(2))[0]))
    assert logits[0] < logits[1] < logits[2] and logits[2] > 0


def test_the_same_rng_gives_the_same_head_and_the_draw_of_weak_negatives_depends_on_it() -> None:
    pool = make_pool(turn(*np.linspace(0, 90, 50)), answers={0: 1})
    heads = [fit(pool, rng(seed), weak=10) for seed in (1, 1, 2)]
    assert all(heads)
    weights = [found.weight for found in heads if found is not None]
    assert np.array_equal(weights[0], weights[1]) and not np.array_equal(weights[0], weights[2])


def test_no_more_than_the_most_rows_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    from raravis.train import linear

    taken: list[int] = []
    monkeypatch.setattr(linear, "MOST_ROWS", 12)
    monkeypatch.setattr(linear, "fit_logistic", lambda vectors, *_, **__: taken.append(len(vectors)))
    fit(make_pool(40, answers={row: 1 if row % 2 else -1 for row in range(30)}, examples=np.eye(40)[:2]), rng())
    fit(make_pool(40, answers={0: 1, 1: -1}), rng())
    assert taken == [12, 12]


def test_identical_vectors_are_no_trouble() -> None:
    found = fit_logistic(np.ones((4, 3), np.float32), np.array([True, False, True, False]), np.ones(4))
    assert np.allclose(found.logits(np.ones((1, 3), np.float32)), 0, atol=1e-3)
