"""Where a text stands among pictures, in numbers small enough to follow."""

from __future__ import annotations

import numpy as np
import pytest

from raravis.flow.likeness import as_pictures, spread
from raravis.types import Floats, Vectors


def of(*rows: list[float]) -> Vectors:
    data = np.array(rows, np.float32)
    return Vectors(np.arange(len(data)), data / np.linalg.norm(data, axis=1, keepdims=True), "made")


def corner(n: int = 200, *, rare: int = 5) -> Vectors:
    """Pictures (n, 8) that all lean to axis 0 and vary along axes 1 to 6; the first few also lean to axis 1."""
    rng = np.random.default_rng(0)
    data = 0.15 * rng.standard_normal((n, 8))
    data[:, 0], data[:rare, 1], data[:, 7] = 1, 1, 0
    return of(*data.tolist())


def test_the_spread_of_a_query_is_the_standard_deviation_of_its_scores() -> None:
    pictures = of([3, 4], [4, 3], [3, 4], [4, 3])
    assert spread(pictures, np.array([1, 0], np.float32)) == pytest.approx(0.1)
    assert spread(pictures, np.array([10, 0], np.float32)) == pytest.approx(1)
    assert spread(of([1, 0], [1, 0]), np.array([1, 0], np.float32)) == 1 == spread(pictures, np.zeros(2, np.float32))


def test_a_text_far_from_all_pictures_comes_to_lie_among_them_and_orders_them_as_before() -> None:
    pictures = corner()
    text = np.array([[0, 0.3, 0, 0, 0, 0, 0, 1]], np.float32) / np.float32(np.hypot(0.3, 1))  # axis 7: only texts
    placed = as_pictures(pictures, text)
    before, after = pictures.data @ text[0], pictures.data @ placed[0]
    assert np.linalg.norm(placed) == pytest.approx(1) and abs(placed[0, 7]) < 1e-6
    assert np.corrcoef(before, after)[0, 1] > 0.95
    assert before.max() < 0.3 and set(np.argsort(-after)[:5]) == set(range(5)) and after[:5].min() > 0.8
    of_pictures = np.sqrt(np.mean((pictures.data @ pictures.data.T).var(axis=0)))
    assert np.std(before) < of_pictures < np.std(after) < 2 * of_pictures


def test_each_text_is_placed_on_its_own() -> None:
    texts: Floats = np.eye(8, dtype=np.float32)[[1, 2, 3]]
    together = as_pictures(corner(), texts)
    for row, text in zip(together, texts, strict=True):
        np.testing.assert_allclose(as_pictures(corner(), text[None])[0], row, atol=1e-5)
    assert as_pictures(corner(), texts[:0]).shape == (0, 8)


@pytest.mark.parametrize("pictures", [of([3, 4, 0]), of([3, 4, 0], [3, 4, 0])])
def test_among_pictures_that_are_all_the_same_every_text_is_that_picture(pictures: Vectors) -> None:
    placed = as_pictures(pictures, np.eye(3, dtype=np.float32)[1:])
    np.testing.assert_allclose(placed, [[0.6, 0.8, 0]] * 2, atol=1e-5)


def test_a_text_that_tells_no_pictures_apart_is_the_mean_picture() -> None:
    placed = as_pictures(of([3, 4, 0], [4, 3, 0]), np.array([[0, 0, 1]], np.float32))
    np.testing.assert_allclose(placed, [[0.5**0.5, 0.5**0.5, 0]], atol=1e-5)
