from __future__ import annotations

import numpy as np

from raravis.embed.reduce import reduction


def test_the_directions_in_which_vectors_differ_most_are_kept() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(500, 6)) * [9, 0.1, 5, 0.1, 0.1, 0.1] + 3
    fewer = reduction(vectors, 2)
    assert fewer.components.shape == (2, 6) and np.argmax(fewer.components, axis=1).tolist() == [0, 2]
    assert np.allclose(fewer.mean, vectors.mean(0), atol=1e-3)


def test_reduced_vectors_have_unit_length_and_the_mean_itself_stays_zero() -> None:
    vectors = np.random.default_rng(1).normal(size=(50, 5)).astype(np.float16)
    fewer = reduction(vectors, 3)
    assert fewer(vectors).dtype == np.float32 and np.allclose(np.linalg.norm(fewer(vectors), axis=1), 1, atol=1e-5)
    assert np.allclose(fewer(fewer.mean[None]), 0, atol=1e-6)


def test_of_many_rows_some_are_looked_at_and_the_result_does_not_depend_on_chance() -> None:
    vectors = np.random.default_rng(2).normal(size=(1000, 4)) * [4, 1, 1, 1]
    some = reduction(vectors, 1, most_rows=100)
    assert np.array_equal(some.components, reduction(vectors, 1, most_rows=100).components)
    assert some.components[0, 0] > 0.95


def test_no_more_directions_than_vectors_span() -> None:
    assert reduction(np.eye(3, 8), 160).components.shape == (2, 8)
    assert reduction(np.zeros((0, 4)), 2)(np.zeros((0, 4), np.float32)).shape[0] == 0
