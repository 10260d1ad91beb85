"""What the probability beside a cosine is worth: said against true, on items that nobody answered.

    RARAVIS_DATA=... python benchmarks/chance.py [--work FOLDER] [--answers 60] [--pictures 2]

Of each kind of `grocery` with 30 photographs or more so many pictures ask, and 200 items that nobody answered are told
of: the next most like it, or the best by the head. Means over all of them, in bands of what is said.
search   answered are those most like it; a probability is fitted to the answers where they are clear: what is used
unclear  the same, whether they are clear or not
hunt     answered is what a hunt that begins with it asks, and the cosine is fitted to that: why it is not used
head     the same answers, and the head that they train
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from floor import ENCODERS, collected

from raravis.arrays import sigmoid
from raravis.flow.search import Search
from raravis.flow.searching.chance import CLEAR, gain_of
from raravis.pick.hunt import Hunt
from raravis.simulate.loop import Tally, Truth, run
from raravis.train.calibrate import FEWEST, platt, train
from raravis.train.linear import fit
from raravis.types import NO, YES, Bools, Floats, Ints, Pool, Vectors

BANDS = (0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.01)
ASKED, LOOK, FEW = 200, 10, 30
WAYS = ("search", "unclear", "hunt", "head")

Told = tuple[Floats, Bools]  # what is said, and what is true


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", help="folder for the projects, kept; default: made for this run")
    parser.add_argument("--answers", type=int, default=60)
    parser.add_argument("--pictures", type=int, default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        for name, spec in ENCODERS.items():
            one = collected(Path(chosen.work or made) / "grocery", "grocery", os.path.expandvars(spec))
            told: dict[str, list[Told]] = {way: [] for way in WAYS}
            for kind in np.unique(one.shows["coarse"]):
                yes = one.shows["coarse"] == kind
                for first in pictures(yes, chosen.pictures) if yes.sum() >= FEW else ():
                    ask(one.vectors, yes, first, chosen.answers, told)
            for way in WAYS:
                print(f"\n{name}, {chosen.answers} answers, {way}: {len(told[way])} searches")
                show(told[way])


def pictures(yes: Bools, count: int) -> list[int]:
    return np.random.default_rng(0).permutation(np.flatnonzero(yes))[:count].tolist()


def ask(vectors: Vectors, yes: Bools, first: int, answers: int, told: dict[str, list[Told]]) -> None:
    """Adds what is said of items that nobody answered, and what is true, each way that says anything."""
    data = vectors.data.astype(np.float32)
    dots = data @ data[first]
    order = np.argsort(-dots)[1:]
    if fitted := cosine_fit(dots, yes, order[:answers]):
        prob, gain = fitted
        for way in ("search", "unclear") if gain >= CLEAR else ("unclear",):
            told[way].append((prob[order[answers:][:ASKED]], yes[order[answers:][:ASKED]]))
    search = hunted(vectors, yes, first, answers)
    rows = np.setdiff1d(np.flatnonzero(search.pool.asked), [first])
    if fitted := cosine_fit(dots, yes, rows):
        others = order[~np.isin(order, rows)][:ASKED]
        told["hunt"].append((fitted[0][others], yes[others]))
    made = train(search.pool, np.random.default_rng(0))
    if made and not made[1].note:
        prob = sigmoid(np.float32(made[1].slope) * made[0].logits(data) + np.float32(made[1].offset))
        others = np.argsort(-np.where(search.pool.asked, -1, prob))[:ASKED]
        told["head"].append((prob[others], yes[others]))


def cosine_fit(dots: Floats, yes: Bools, rows: Ints) -> tuple[Floats, float] | None:
    """A probability for every item (N,), and how clear it is; None for too few answers of either kind."""
    if min(yes[rows].sum(), (~yes[rows]).sum()) < FEWEST:
        return None
    slope, offset = platt(dots[rows], yes[rows])
    prob = sigmoid(np.float32(slope) * dots + np.float32(offset))
    return (prob, gain_of(prob[rows], yes[rows])) if slope > 0 else None


def hunted(vectors: Vectors, yes: Bools, first: int, answers: int) -> Search:
    n, of_kind = len(yes), np.flatnonzero(yes)
    events = np.stack([of_kind, np.arange(len(of_kind))], axis=1)
    truth = Truth(np.where(yes, YES, NO).astype(np.int8), events, len(of_kind))
    columns: dict[str, Any] = {"asked": np.zeros(n, bool), "label": np.zeros(n, np.int8)}
    columns |= {"weight": np.zeros(n, np.float32), "budget_left": answers}
    columns |= {"examples": vectors.data[[first]].astype(np.float32), "example_sign": np.ones(1, np.int8)}
    wide = Vectors(vectors.ids, vectors.data.astype(np.float32), vectors.encoder)
    pool = Pool(wide, np.arange(n), np.zeros(n), np.arange(n), **columns)
    search = Search(pool, Hunt(), fit=fit, seed=0)
    run(search, truth.value, Tally(truth, pool.frame), look=LOOK, target_recall=None)
    return search


def show(told: list[Told]) -> None:
    said, true = (np.concatenate(column) for column in zip(*told, strict=True)) if told else (np.zeros(0), np.zeros(0))
    print("said from        items   mean said   true")
    for low, high in itertools.pairwise(BANDS):
        here = (said >= low) & (said < high)
        if here.any():
            print(f"{low:4.2f} to {min(high, 1):4.2f}{here.sum():10d}{said[here].mean():12.3f}{true[here].mean():7.3f}")
    print(f"all         {len(said):9d}{said.mean():12.3f}{true.mean():7.3f}", flush=True)


if __name__ == "__main__":
    main()
