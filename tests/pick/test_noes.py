from __future__ import annotations

import numpy as np
from pool_making import make_pool, turn

from raravis.pick.noes import distance, when
from raravis.types import Pool


def scene(**settings: object) -> Pool:
    """Row 0 stands by itself, at 60 degrees from 500 frames that are all alike."""
    return make_pool(turn(0, *[60] * 500), **settings)  # type: ignore[arg-type]


def from_no(pool: Pool, *rows: int) -> list[float]:
    at = np.array(rows)
    vectors = pool.vectors.data[at].astype(np.float32)
    far = distance(pool, vectors, when(pool, at), np.random.default_rng(0))
    return [round(float(one), 4) for one in far]


def test_without_a_no_all_is_equally_far() -> None:
    assert from_no(scene(), 0, 100) == from_no(scene(answers={0: 1}), 0, 100) == [1, 1]


def test_a_no_is_the_nearer_the_nearer_in_time_up_to_two_hundred_frames() -> None:
    assert from_no(scene(answers={0: -1}), 1, 20, 100, 200, 400) == [0.05, 0.05, 0.25, 0.5, 0.5]
    assert from_no(scene(answers={0: 0}), 100) == [0.25]  # what cannot be told is no more looked for


def test_another_timeline_is_far_away_in_time() -> None:
    pool = scene(answers={0: -1}, timeline=[0] * 50 + [1] * 451)
    assert from_no(pool, 20, 50) == [0.05, 0.5]


def test_a_counter_example_has_no_time() -> None:
    pool = scene(examples=turn(0), signs=[-1])
    assert from_no(pool, 1, 400) == [0.5, 0.5] and from_no(pool, 0)[0] < 1e-5


def test_it_is_the_least_over_all_answers_however_they_lie_in_time() -> None:
    rng = np.random.default_rng(1)
    rows = rng.choice(3000, 60, replace=False)
    pool = make_pool(
        rng.normal(size=(3000, 8)),
        timeline=np.sort(rng.integers(0, 3, 3000)),
        answers=dict(zip(rows.tolist(), [1] * 2 + [0] * 8 + [-1] * 50, strict=True)),
    )
    vectors, at = pool.vectors.data.astype(np.float32), np.arange(3000)
    slow = np.ones(3000)
    for no in rows[2:]:
        between = np.where(pool.timeline == pool.timeline[no], np.abs(at - no), 3000)
        slow = np.minimum(slow, np.clip((1 - vectors @ vectors[no]) * np.clip(between / 200, 0.1, 1), 1e-6, 1))
    far = distance(pool, vectors, when(pool, at), rng)
    np.testing.assert_allclose(far, slow, rtol=1e-3, atol=1e-6)
