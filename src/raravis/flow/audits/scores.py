"""How likely each unit is: that decides what an audit looks at first, and nothing else."""

from __future__ import annotations

import numpy as np

from raravis.flow.audits.units import Units
from raravis.flow.search import Search
from raravis.store.items import ItemArrays
from raravis.types import YES, Floats, Ints


def scores_of(search: Search, table: ItemArrays, units: Units) -> Floats:
    """(N,) how likely each unit is by a head of all answers, else by the examples; zeros where nothing is known.

    `table` are the items of the search's pool, row by row.
    """
    pool = search.pool
    search.refit(np.random.default_rng(search.seed))
    likely = pool.prob
    if likely is None and (pool.example_sign == YES).any():
        likely = pool.dots(pool.examples[pool.example_sign == YES]).max(0)
    scores = np.zeros(len(units), np.float32)
    if likely is None:
        return scores
    here = np.isin(table.source_id, units.source_id)
    order = np.lexsort((units.pts, units.source_id))
    key = np.stack([units.source_id, units.pts], axis=1)[order]
    row = _nearest(key, np.stack([table.source_id[here], table.pts[here]], axis=1))
    np.maximum.at(scores, order[row], likely[here])
    return scores


def _nearest(units: Ints, items: Ints) -> Ints:
    """(m,) for each (source, pts) the number of the unit, by source and pts, that lies nearest in the same source."""
    wide = np.append(units[:, 1], items[:, 1])
    span = int(wide.max() - wide.min()) * 3 + 1
    mine, wanted = (pairs[:, 0] * span + (pairs[:, 1] - wide.min()) for pairs in (units, items))
    after = np.searchsorted(mine, wanted).clip(max=len(mine) - 1)
    before = np.maximum(after - 1, 0)
    return np.asarray(np.where(np.abs(wanted - mine[before]) < np.abs(mine[after] - wanted), before, after))
