from __future__ import annotations

import gc

import numpy as np
from pool_making import make_pool

from raravis.pick import whitened
from raravis.pick.whitened import whitening


def cloud(spread: tuple[float, ...], n: int = 2000) -> np.ndarray:
    return (np.random.default_rng(0).normal(size=(n, len(spread))) * spread + 3).astype(np.float32)


def test_directions_that_vary_much_and_less_count_nearly_alike() -> None:
    vectors = cloud((1.0, 0.7))
    made = whitening(make_pool(vectors))(vectors)
    assert 1.4 < vectors[:, 0].std() / vectors[:, 1].std() < 1.5
    assert 0.95 < made[:, 0].std() / made[:, 1].std() < 1.1


def test_what_hardly_varies_stays_small() -> None:
    vectors = cloud((1.0, 1.0, 0.01))
    made = whitening(make_pool(vectors))(vectors)
    assert made[:, 2].std() < 0.2 * made[:, 0].std()


def test_how_neighbours_differ_counts_little_and_how_strangers_do_much() -> None:
    draw = np.random.default_rng(0)
    things = np.repeat(draw.normal(size=(200, 12)), 5, axis=0)  # five pictures of each
    things[:, 0] = 0
    vectors = (things + draw.normal(size=things.shape) * [1, *[0.1] * 11]).astype(np.float32)
    made = whitening(make_pool(vectors))(vectors)
    assert vectors[:, 0].std() > 0.9 * vectors[:, 1].std()
    assert made[:, 0].std() < 0.7 * made[:, 1].std()


def test_what_comes_out_has_length_1_and_no_mean() -> None:
    vectors = cloud((1.0, 0.5, 0.2))
    made = whitening(make_pool(vectors))(vectors)
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5) and np.abs(made.mean(0)).max() < 0.05


def test_vectors_that_are_all_the_same_are_no_trouble() -> None:
    assert whitening(make_pool(np.ones((3, 4), np.float32)))(np.ones((2, 4), np.float32)).tolist() == [[0] * 4] * 2


def test_many_of_the_same_are_no_trouble() -> None:
    vectors = np.concatenate([np.ones((3000, 4)), cloud((1.0, 1.0, 1.0, 0.5), n=40)]).astype(np.float32)
    made = whitening(make_pool(vectors))(vectors)
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-4)


def test_one_vector_is_no_trouble() -> None:
    assert whitening(make_pool(np.ones((1, 2), np.float32)))(np.zeros((0, 2), np.float32)).shape == (0, 2)


def test_it_is_learned_once_for_vectors_and_forgotten_with_them() -> None:
    gc.collect()
    pool, before = make_pool(cloud((1.0, 0.5))), len(whitened._KNOWN)
    assert whitening(pool)(pool.vectors.data[:1]).tolist() == whitening(pool)(pool.vectors.data[:1]).tolist()
    assert len(whitened._KNOWN) == before + 1
    del pool
    gc.collect()
    assert len(whitened._KNOWN) == before
