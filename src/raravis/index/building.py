"""Approximate indexes: built, grown, kept; and made as plugins are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from raravis.index import kept
from raravis.index.approximate import Approximate, least, lost
from raravis.index.exact import Exact
from raravis.index.lists import Lists, Tell, added, in_memory, silent, taken_out, trained
from raravis.index.tuning import tuned
from raravis.types import Vectors

DOUBLED = 2  # times as many vectors as it was trained at: then the lists are laid out anew


def built(vectors: Vectors, exact: Exact, *, kind: str, recall: float, seed: int, tell: Tell = silent) -> Lists:
    """Lists of all the vectors, the sample that laid them out included, tuned."""
    lists = added(trained(vectors, kind=kind, recall=recall, seed=seed), vectors, np.arange(len(vectors)), tell)
    return tuned(Approximate(vectors, lists, exact), seed=seed)


def grown(old: Lists, vectors: Vectors, exact: Exact, tell: Tell = silent) -> Lists:
    """The same lists, in memory, with what came since and without what went; tuned anew, not trained."""
    index = Approximate(vectors, old, exact)
    lists = added(taken_out(in_memory(old), lost(old, vectors)), vectors, index.delta, tell)
    return tuned(Approximate(vectors, lists, exact), seed=old.seed)


def asked(lists: Lists, vectors: Vectors, exact: Exact, recall: float) -> Lists:
    """The same lists, searched for another recall; tuned anew where what was measured does not reach it."""
    if recall == lists.recall:
        return lists
    other = replace(lists, recall=recall)
    return other if least(other) else tuned(Approximate(vectors, other, exact), seed=lists.seed)


def outgrown(lists: Lists, vectors: Vectors) -> bool:
    """Whether there are so many more vectors, or so many fewer, that the lists want to be laid out anew."""
    return not lists.trained_at / DOUBLED < len(vectors) < lists.trained_at * DOUBLED


def ivf_sq8(vectors: Vectors, folder: Path | None = None) -> Approximate:
    """Lists of vectors coded in a byte a number; built where the folder has none, else grown by what came since."""
    return _made("ivf-sq8", vectors, folder)


def ivf_rabitq(vectors: Vectors, folder: Path | None = None) -> Approximate:
    """Lists of vectors coded in a bit a number (RaBitQ, Gao & Long 2024, arXiv:2405.12497), else as `ivf_sq8`."""
    return _made("ivf-rabitq", vectors, folder)


def _made(kind: str, vectors: Vectors, folder: Path | None) -> Approximate:
    exact = Exact(vectors, folder / "scan" if folder else None)
    lists = kept.opened(folder, vectors) if folder else None
    if lists is None or lists.kind != kind:
        lists = built(vectors, exact, kind=kind, recall=0.95, seed=0)
        if folder:
            kept.keep(lists, vectors, folder)
    return Approximate(vectors, lists, exact)
