"""Contract suites: what flow relies on, checked on a plugin of each kind. Each raises AssertionError where one fails.

def test_my_encoder() -> None:
    check_encoder(MyEncoder())
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from raravis.detect import Detections, Detector
from raravis.embed import ClipEncoder, Encoder, NamedEncoder, TextEncoder
from raravis.errors import InputError
from raravis.index import Index, ScanIndex
from raravis.types import Bools, Floats, Ints, Pixels, Pool, Strategy, Vectors

SIZES = ((48, 64), (64, 48), (33, 97), (1, 1), (200, 300))


def pictures(seed: int = 0, sizes: Sequence[tuple[int, int]] = SIZES) -> list[Pixels]:
    """Pictures (h, w, 3) of noise on a colour of their own."""
    rng = np.random.default_rng(seed)
    colours = rng.integers(40, 215, (len(sizes), 3))
    grains = [rng.integers(-40, 40, (*size, 3)) for size in sizes]
    return [(colour + grain).astype(np.uint8) for colour, grain in zip(colours, grains, strict=True)]


def check_encoder(encoder: Encoder) -> None:
    """Unit vectors in order, whatever the sizes and the batch; black, white and no pictures too.

    A ClipEncoder is shown clips; texts and names are checked where the encoder has them.
    """
    mixed = [*pictures(), np.zeros((20, 30, 3), np.uint8), np.full((30, 20, 3), 255, np.uint8)]
    if isinstance(encoder, ClipEncoder):
        assert encoder.frames > 1, encoder.frames
        mixed = [np.stack([np.roll(rgb, at, axis=1) for at in range(encoder.frames)]) for rgb in mixed]
    vectors = encoder(mixed)
    assert vectors.shape == (len(mixed), encoder.dim) and vectors.dtype == np.float32, vectors.shape
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(encoder([mixed[3]])[0], vectors[3], atol=1e-4)  # alone or in company
    np.testing.assert_allclose(encoder(mixed[::-1]), vectors[::-1], atol=1e-4)
    assert len(np.unique(vectors.round(4), axis=0)) > 1, "every picture got the same vector"
    assert encoder([]).shape == (0, encoder.dim)
    assert encoder([mixed[0][:, ::-1]]).shape == (1, encoder.dim), "pictures may be views"
    assert encoder.short_side > 0 and encoder.id == encoder.id.strip() != ""
    if isinstance(encoder, TextEncoder):
        _check_texts(encoder, encoder.dim)
    if isinstance(encoder, NamedEncoder):
        assert encoder.directions.shape == (len(encoder.names), encoder.dim), encoder.directions.shape
        np.testing.assert_allclose(np.linalg.norm(encoder.directions, axis=1), 1, atol=1e-4)


def _check_texts(encoder: TextEncoder, dim: int) -> None:
    texts = ["a bird", "a red helicopter over trees", "a car"]
    rows = encoder.texts(texts)
    assert rows.shape == (3, dim) and rows.dtype == np.float32, rows.shape
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(np.concatenate([encoder.texts([text]) for text in texts]), rows, atol=1e-4)
    assert encoder.texts([]).shape == (0, dim)


def check_detector(detector: Detector) -> None:
    """One Detections a frame, in order; boxes with an area inside the frame, best first; no frames too."""
    frames: list[Pixels | None] = list(pictures(sizes=((48, 64), (64, 48), (120, 160))))
    found = detector(frames)
    assert len(found) == len(frames) and detector([]) == []
    for one in found:
        _check_boxes(one)
    for frame, one in zip(frames, found, strict=True):
        np.testing.assert_allclose(detector([frame])[0].boxes, one.boxes, atol=1e-6)
    if not detector.needs_pixels:
        np.testing.assert_array_equal(detector([None])[0].boxes, found[0].boxes)
    assert detector.name and (detector.short_side is None or detector.short_side > 0)


def _check_boxes(found: Detections) -> None:
    low, high = found.boxes[:, :2], found.boxes[:, 2:]
    assert (low >= 0).all() and (high <= 1).all() and (low < high).all(), found.boxes
    assert (np.diff(found.scores) <= 0).all(), "best first"


def check_index(factory: Callable[[Vectors, Path | None], Index], folder: Path) -> None:
    """Answers as a plain float32 scan does, or nearly as it says; random, clustered, tied, one or none, filtered.

    Scores are the dot products whatever the index, and it takes up what its folder holds.
    """
    for name, vectors in _spaces().items():
        for where in (None, folder / name, folder / name):  # the second time from what the first has left
            _check_searches(factory(vectors, where), vectors)
    grown = _spaces()["clustered"]
    part = grown.take(slice(500))
    factory(part, folder / "grown")
    _check_searches(factory(grown, folder / "grown"), grown)
    _check_refusals(factory(grown, None), grown)


def _spaces() -> dict[str, Vectors]:
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((12, 33))
    near = centres[rng.integers(12, size=3000)] + 0.05 * rng.standard_normal((3000, 33))
    same = np.repeat(rng.standard_normal((1, 33)), 50, axis=0)
    spaces = {
        "random": rng.standard_normal((3000, 33)),
        "clustered": near,
        "same": same,
        "one": same[:1],
        "none": same[:0],
    }
    return {name: _vectors(data) for name, data in spaces.items()}


def _vectors(data: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Vectors:
    unit = data / np.linalg.norm(data, axis=1, keepdims=True)
    return Vectors(7 + 3 * np.arange(len(data)), unit.astype(np.float16), "test")


def _check_searches(index: Index, vectors: Vectors) -> None:
    exact = vectors.data.astype(np.float32)
    some, others = exact[::300], np.random.default_rng(1).standard_normal((4, 33)).astype(np.float32)
    queries = np.concatenate([some, (some + some[::-1]) / 2, others])  # items, the mean of two, and what is like none
    truth = np.einsum("qd,nd->qn", queries, exact)
    if isinstance(index, ScanIndex):
        most = float(np.linalg.norm(queries, axis=1).max())
        np.testing.assert_allclose(index.scan(queries), truth, atol=0.02 * most)
    for allowed in _filters(len(vectors)):
        for k in (0, 1, 10, 5000):
            _check_answer(index, vectors, queries, truth, k, allowed)


def _filters(n: int) -> list[Bools | None]:
    """No filter; then all, half, 1 %, 0.01 % (or one) and none of the rows, drawn at random."""
    order = np.random.default_rng(2).permutation(n)
    return [None, *(order < math.ceil(share * n) for share in (1, 0.5, 0.01, 0.0001, 0))]


def _check_answer(
    index: Index, vectors: Vectors, queries: Floats, truth: Floats, k: int, allowed: Bools | None
) -> None:
    ids, scores = index.search(queries, k, allowed=allowed)
    rows = np.arange(len(vectors)) if allowed is None else np.flatnonzero(allowed)
    wanted = np.array([rows[np.lexsort((vectors.ids[rows], -row[rows]))[:k]] for row in truth], int)
    wanted = wanted.reshape(len(queries), min(k, len(rows)))
    assert ids.shape == scores.shape == wanted.shape, f"got {ids.shape}, wanted {wanted.shape}: neither padded nor cut"
    assert np.isin(ids, vectors.ids[rows]).all(), "ids that are not among those allowed"
    assert all(len(set(row)) == len(row) for row in ids.tolist()), "an id comes once"
    at = np.searchsorted(vectors.ids, ids)
    np.testing.assert_allclose(np.take_along_axis(truth, at, axis=1), scores, atol=1e-5)  # each has its own score
    step = np.diff(scores, axis=1)
    assert (step <= 0).all(), "best first"
    assert (np.diff(ids, axis=1)[step == 0] > 0).all(), "ties by lower id"
    best = np.take_along_axis(truth, wanted, axis=1)
    if index.recall == 1:
        np.testing.assert_allclose(scores, best, atol=1e-5)
    elif wanted.size:
        reached = (scores >= best[:, -1:] - 1e-5).mean()  # equals are as good as those that a scan picks
        assert reached >= index.recall - 0.05, f"k={k}: found {reached:.3f} of the best, it says {index.recall}"


def _check_refusals(index: Index, vectors: Vectors) -> None:
    dim, query = vectors.data.shape[1], vectors.data[:1].astype(np.float32)
    assert index.search(np.zeros((0, dim), np.float32), 3)[0].shape == (0, 3)
    refused: list[tuple[Floats, Bools | None]] = [
        (np.full((1, dim), np.nan, np.float32), None),
        (np.zeros((1, dim + 1), np.float32), None),
        (query, np.ones(len(vectors) - 1, bool)),
    ]
    for given, allowed in refused:
        try:
            index.search(given, 3, allowed=allowed)
        except InputError:
            continue
        raise AssertionError(f"took queries {given.shape} holding {given[0, 0]}, allowed {allowed}")


def check_pick(strategy: Strategy) -> None:
    """Rows never asked, one a frame, k where there are k; the same for a seed, and blind to what is unasked."""
    for pool in (_pool(60), _pool(60, head=True), _pool(60, ties=True), _pool(1), _pool(0), _pool(40, asked=1.0)):
        left = len(np.unique(pool.frame[~pool.asked]))
        for k in (0, 1, 7, 1000):
            rows, scores = strategy(pool, k, np.random.default_rng(3))
            assert rows.shape == scores.shape == (min(k, left),), f"got {len(rows)} of k={k}, {left} left"
            assert not pool.asked[rows].any() and len(set(pool.frame[rows].tolist())) == len(rows)
            again, _ = strategy(pool, k, np.random.default_rng(3))
            np.testing.assert_array_equal(rows, again, "the same seed gives the same rows")
        _check_blind(strategy, pool)
    _check_order(strategy, _pool(60, head=True))


def _check_blind(strategy: Strategy, pool: Pool) -> None:
    """What stands as label of a row never asked must not matter."""
    lying = np.where(pool.asked, pool.label, np.random.default_rng(4).choice([-1, 0, 1], len(pool))).astype(np.int8)
    told, _ = strategy(replace(pool, label=lying), 7, np.random.default_rng(3))
    np.testing.assert_array_equal(told, strategy(pool, 7, np.random.default_rng(3))[0], "it reads the truth")


def _check_order(strategy: Strategy, pool: Pool) -> None:
    """The order in which items happen to lie must not matter."""
    order = np.random.default_rng(5).permutation(len(pool))
    _, scores = strategy(pool, 7, np.random.default_rng(3))
    _, shuffled = strategy(pool.take(order), 7, np.random.default_rng(3))
    np.testing.assert_allclose(np.sort(shuffled), np.sort(scores), atol=1e-5)


def _pool(n: int, *, head: bool = False, ties: bool = False, asked: float = 0.3) -> Pool:
    rng = np.random.default_rng(n)
    vectors = _vectors(np.ones((n, 8)) if ties else rng.standard_normal((n, 8)))
    known = rng.permutation(n) < asked * n
    label = np.where(known, np.where(rng.random(n) < 0.4, 1, -1), 0).astype(np.int8)
    timeline, seconds = np.arange(n) // 20, np.asarray(np.arange(n) % 20 * 2.0, np.float64)
    prob: Floats | None = rng.random(n).astype(np.float32) if head else None
    examples = np.eye(2, 8, dtype=np.float32)
    signs = np.array([1, -1], np.int8)
    frame: Ints = np.arange(n)
    return Pool(vectors, timeline, seconds, frame, known, label, known.astype(np.float32), prob, examples, signs)
