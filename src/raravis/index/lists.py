"""The library that approximate indexes stand on, and one built with it: FAISS, inverted lists of coded vectors."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from raravis.errors import InputError
from raravis.index.codes import CHUNK, widened
from raravis.index.manifest import Effort
from raravis.types import Floats, Ints, Vectors

KINDS = {"ivf-sq8": "SQ8", "ivf-rabitq": "RaBitQ"}  # and what the library calls how it codes a vector
THREADS = 2
AT_ONCE = 1 << 16  # rows in float32
PER_LIST = 40  # rows to train on; the library warns of fewer than 39
POOL = ThreadPoolExecutor(THREADS, "place")
GONE = -1  # in the place of an id
Tell = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """Vectors by number, `ids` (rows,) their item ids, GONE where one was taken out; and how they came about."""

    index: Any  # faiss.IndexIVF
    ids: Ints
    kind: str
    encoder: str
    seed: int
    trained_on: int
    trained_at: int
    recall: float  # asked for
    efforts: tuple[Effort, ...] = ()
    file: Path | None = None  # where the index is mapped from

    @property
    def count(self) -> int:
        """Vectors it holds."""
        return int(self.index.ntotal)


def library() -> Any:
    """FAISS. Raises InputError where it is not installed."""
    try:
        return importlib.import_module("faiss")
    except ImportError:
        raise InputError("approximate indexes need FAISS; install it: pip install 'raravis[faiss]'") from None


def trained(vectors: Vectors, *, kind: str, recall: float, seed: int) -> Lists:
    """Lists without vectors yet, laid out by a sample of them drawn at random.

    Raises InputError for a kind that is unknown, and where the library is not installed.
    """
    if kind not in KINDS:
        raise InputError(f"unknown index {kind!r}; known: {', '.join(('exact', *KINDS))}")
    n, dim = vectors.data.shape
    faiss, lists = library(), number_of_lists(n)
    index = faiss.index_factory(dim, f"IVF{lists},{KINDS[kind]}", faiss.METRIC_INNER_PRODUCT)
    index.cp.seed = seed
    index.cp.min_points_per_centroid = 1  # else the library warns on stderr; what too few can do is measured and said
    sample = sample_of(n, min(n, PER_LIST * lists), seed)
    if n:
        faiss.omp_set_num_threads(THREADS)
        index.train(in_full(vectors, sample))
    return Lists(index, np.zeros(0, np.int64), kind, vectors.encoder, seed, len(sample), n, recall)


def in_full(vectors: Vectors, rows: Ints) -> Floats:
    """(n, D) these rows, which rise, as float32."""
    out, data = np.empty((len(rows), vectors.data.shape[1]), np.float32), np.asarray(vectors.data)
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1:  # a stretch, when they rise: nothing to gather
        data, rows = data[rows[0] : rows[-1] + 1], np.arange(0)
    for start in range(0, len(out), CHUNK):
        part = data.take(rows[start : start + CHUNK], axis=0) if len(rows) else data[start : start + CHUNK]
        out[start : start + CHUNK] = widened(part)
    return out


def sample_of(n: int, size: int, seed: int) -> Ints:
    """(size,) rows of n, drawn at random, rising."""
    return np.sort(np.random.default_rng(seed).choice(n, size, replace=False))


def number_of_lists(n: int) -> int:
    """Four times the root of how many vectors there are, but no more than there are rows to train on."""
    return max(1, min(int(4 * n**0.5), n // PER_LIST))


def added(lists: Lists, vectors: Vectors, rows: Ints, tell: Tell = silent) -> Lists:
    """The same lists, these rows of the vectors (n,) in them too: the index is changed, not copied.

    Which list is nearest is found here, not by the library: NumPy's BLAS knows newer processors than the library's.
    """
    faiss, index = library(), lists.index
    if not len(rows):
        return lists
    centres: Floats = np.ascontiguousarray(index.quantizer.reconstruct_n(0, index.nlist).T)

    def placed(some: Ints) -> tuple[Floats, Ints]:
        part = in_full(vectors, some)
        return part, np.concatenate([(part[i : i + CHUNK] @ centres).argmax(1) for i in range(0, len(part), CHUNK)])

    for start in range(0, len(rows), AT_ONCE):
        halves = [half for half in np.array_split(rows[start : start + AT_ONCE], THREADS) if len(half)]
        for part, nearest in POOL.map(placed, halves):
            numbers = np.arange(index.ntotal, index.ntotal + len(part))
            faiss.omp_set_num_threads(THREADS)
            pointers = (faiss.swig_ptr(array) for array in (part, numbers, nearest))
            index.add_core(len(part), *pointers)
        tell("index", min(start + AT_ONCE, len(rows)), len(rows))
    return replace(lists, ids=np.concatenate([lists.ids, vectors.ids[rows]]))


def taken_out(lists: Lists, gone: Ints) -> Lists:
    """The same lists without these rows (n,): the index is changed, not copied; the others keep their numbers."""
    if not len(gone):
        return lists
    library().omp_set_num_threads(THREADS)
    lists.index.remove_ids(gone)
    ids = lists.ids.copy()
    ids[gone] = GONE
    return replace(lists, ids=ids)


def in_memory(lists: Lists) -> Lists:
    """The same, read into memory where it was mapped: changed while mapped, the library ends the process."""
    if lists.file is None:
        return lists
    return replace(lists, index=library().read_index(str(lists.file)), file=None)
