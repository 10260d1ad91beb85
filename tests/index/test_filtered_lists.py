"""Filters and lists: what is left may lie where a search would not look."""

from __future__ import annotations

import numpy as np
import pytest

from raravis.index.approximate import Approximate
from raravis.index.building import built
from raravis.index.exact import Exact
from raravis.types import Ints, Vectors

pytest.importorskip("faiss", reason="faiss")

K, CLUSTERS = 10, 240


def found(got: Ints, wanted: Ints) -> float:
    """The share of the wanted ids (Q, k) that are among those got."""
    return float(np.mean([len(np.intersect1d(*pair)) / K for pair in zip(got, wanted, strict=True)]))


def test_a_filter_that_leaves_out_what_the_query_is_like_is_searched_harder() -> None:
    rng = np.random.default_rng(0)
    cluster = rng.integers(CLUSTERS, size=24_000)
    rows = rng.standard_normal((CLUSTERS, 128))[cluster] + 0.6 * rng.standard_normal((24_000, 128))
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    vectors = Vectors(np.arange(24_000), unit.astype(np.float16), "test")
    exact = Exact(vectors)
    index = Approximate(vectors, built(vectors, exact, kind="ivf-sq8", recall=0.95, seed=0), exact)
    others = np.flatnonzero(cluster >= CLUSTERS // 2)[:100]
    queries, allowed = vectors.data[others].astype(np.float32), cluster < CLUSTERS // 2
    wanted, _ = exact.search(queries, K, allowed=allowed)
    effort = index.effort(K, float(allowed.mean()))
    assert effort is not None
    assert found(index.searched(queries, K, effort, allowed)[0], wanted) < 0.85, "the effort alone is too little here"
    assert found(index.search(queries, K, allowed=allowed)[0], wanted) > 0.9
