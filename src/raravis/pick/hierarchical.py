"""A tree of clusters, cut where the answers say that it pays, and asked where the cut is least sure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raravis.pick.clusters import candidates, unit_vectors
from raravis.types import NO, YES, Bools, Floats, Ints, Pool

MOST = 3000  # leaves of the tree, which is quadratic


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """Nodes 0..n-1 are the leaves; node n + i joins children[i], and comes after them."""

    children: Ints  # (n - 1, 2)
    size: NDArray[np.float64]  # (2n - 1,) leaves under each node

    def sums(self, leaves: NDArray[np.floating]) -> NDArray[np.float64]:
        """(2n - 1,) what the leaves (n,) under each node add up to."""
        out = np.concatenate([leaves.astype(float), np.zeros(len(self.children))])
        for node, (left, right) in enumerate(self.children.tolist(), len(leaves)):
            out[node] = out[left] + out[right]
        return out


def hierarchical(pool: Pool, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Rows (k,): nodes drawn by size and doubt, of each a random leaf; scores are the chance its node was drawn with.

    A Ward tree is grown over 3,000 items: up to half of them answered, the others drawn among the unasked, a frame
    once; about 0.5 s. It is cut where the children's majority errs less than the parent's, as far as answers can tell
    (`cut`), from all answers anew. It looks at no head.
    Dasgupta & Hsu 2008, doi:10.1145/1390156.1390183, the active version.
    """
    rows, asked = candidates(pool, k, MOST, rng)
    tree = _ward(unit_vectors(pool, rows))
    label = np.where(asked, pool.label[rows], 0)
    nodes, doubt = cut(tree, tree.sums(label == YES), tree.sums(label == NO))
    at, chance = _draws(_parts(tree, nodes)[: len(rows)], tree.size[nodes] * doubt, ~asked, k, rng)
    order = np.argsort(-chance, kind="stable")
    return rows[at[order]], chance[order]


def _draws(
    part: Ints, weight: NDArray[np.float64], free: Bools, k: int, rng: np.random.Generator
) -> tuple[Ints, Floats]:
    """Leaves (at most k,), each from a part drawn by weight (parts,) of those with free ones; the parts' chances."""
    free, at, chances = free.copy(), [], []
    for _ in range(min(k, int(free.sum()))):
        left = np.bincount(part[free], minlength=len(weight)) > 0
        chance = np.where(left, weight, 0) / weight[left].sum()
        node = int(rng.choice(len(weight), p=chance))
        at.append(int(rng.choice(np.flatnonzero(free & (part == node)))))
        chances.append(chance[node])
        free[at[-1]] = False
    return np.array(at, np.int64), np.array(chances, np.float32)


def cut(tree: Tree, yes: NDArray[np.float64], no: NDArray[np.float64]) -> tuple[Ints, NDArray[np.float64]]:
    """Nodes that hold every leaf once, with the least error for sure; and of each how much of it may be otherwise.

    A node's error is the share of its answers that its majority gets wrong, once the majority's share is above 1/3
    for sure (the paper's beta of 2), and 1 before. For sure: less 1/n + sqrt(p (1 - p) / n) with n answers.
    """
    n = yes + no
    p = np.maximum(yes, no) / np.maximum(n, 1)
    low = np.where(n > 0, np.maximum(p - 1 / np.maximum(n, 1) - np.sqrt(p * (1 - p) / np.maximum(n, 1)), 0), 0)
    error, leaves = np.where(low > 1 / 3, 1 - p, 1.0), len(yes) - len(tree.children)
    split = np.zeros(len(yes), bool)
    for node, pair in enumerate(tree.children, leaves):
        below = float(tree.size[pair] @ error[pair]) / tree.size[node]
        split[node] = below < error[node] - 1e-12
        error[node] = min(below, error[node])
    nodes = np.array(_kept(tree, split, leaves), np.int64)
    return nodes, 1 - low[nodes]


def _kept(tree: Tree, split: Bools, leaves: int) -> list[int]:
    todo, kept = [len(split) - 1] if len(split) else [], []
    while todo:
        node = todo.pop()
        if split[node]:
            todo += tree.children[node - leaves].tolist()
        else:
            kept.append(node)
    return kept


def _parts(tree: Tree, nodes: Ints) -> Ints:
    """(2n - 1,) which of the nodes each node lies under; -1 above them."""
    part = np.full(len(tree.size), -1, np.int64)
    part[nodes] = np.arange(len(nodes))
    leaves = len(tree.size) - len(tree.children)
    for node in range(len(tree.size) - 1, leaves - 1, -1):
        if part[node] >= 0:
            part[tree.children[node - leaves]] = part[node]
    return part


def _ward(vectors: Floats) -> Tree:
    """The tree that joins, again and again, the two clusters whose union adds least to the squared distances."""
    from scipy.cluster.hierarchy import linkage  # half a second that every command would pay

    n = len(vectors)
    if n < 2:
        return Tree(np.zeros((0, 2), np.int64), np.ones(n))
    apart = np.sqrt(np.maximum(2 - 2 * vectors @ vectors.T, 0))[np.triu_indices(n, 1)]
    joined = linkage(apart.astype(np.float64), "ward")
    return Tree(joined[:, :2].astype(np.int64), np.concatenate([np.ones(n), joined[:, 3]]))
