"""How far an estimate may be off: exact intervals of shares and rates, and resampling of what belongs together."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from raravis.types import Bools, Ints

Reals = NDArray[np.float64]
CONFIDENCE = 0.95
EXACT = "Clopper-Pearson"
CLUSTERED = "Clopper-Pearson at the effective number of items (Korn & Graubard)"
RESAMPLED = "bootstrap over groups"


class Estimate(NamedTuple):
    """A number and its interval; `value` is None where there is nothing to count."""

    value: float | None
    low: float | None
    high: float | None
    how: str  # which interval

    def to_json(self) -> dict[str, float | str | None]:
        """The fields by name, rounded to what an interval is worth."""
        return {name: _short(part) for name, part in self._asdict().items()}


def clopper_pearson(hits: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact interval of a share; numbers may be broken, as effective ones are; (0, 1) where n is 0.

    Clopper & Pearson 1934, Biometrika 26: 404-413.
    """
    if n <= 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    low = special.betaincinv(hits, n - hits + 1, tail) if hits > 0 else 0.0
    high = special.betaincinv(hits + 1, n - hits, 1 - tail) if hits < n else 1.0
    return float(low), float(high)


def wilson(hits: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The score interval of a share, narrower than the exact one, for many small ones side by side.

    Wilson 1927, J. Am. Stat. Assoc. 22: 209-212.
    """
    if n <= 0:
        return 0.0, 1.0
    z = float(special.ndtri((1 + confidence) / 2))
    share, spare = hits / n, z * z / n
    middle = (share + spare / 2) / (1 + spare)
    half = z / (1 + spare) * np.sqrt(share * (1 - share) / n + spare / (4 * n))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def rate(count: int, hours: float, confidence: float = CONFIDENCE) -> Estimate:
    """So many in so much time, an hour; the exact interval of a Poisson count. Garwood 1936, Biometrika 28: 437-442."""
    tail = (1 - confidence) / 2
    low = float(special.gammaincinv(count, tail)) if count else 0.0
    high = float(special.gammaincinv(count + 1, 1 - tail))
    return Estimate(count / hours, low / hours, high / hours, "Poisson, exact (Garwood)")


def share(hit: Bools, of: Bools, group: Ints, confidence: float = CONFIDENCE) -> Estimate:
    """The share of `of` (n,) that is a hit (n,), hits lying within; exact where each is a group by itself.

    Where several are of one group (n,), say frames of one event, they say less than as many independent ones: the
    exact interval is taken at n / design effect, by the linearised variance of a ratio over groups, and at the number
    of groups where all or none are hits. Korn & Graubard 1998, Survey Methodology 24: 193-201.
    """
    n, hits = int(of.sum()), int((hit & of).sum())
    if not n:
        return Estimate(None, None, None, EXACT)
    _, number = np.unique(group[of], return_inverse=True)
    groups = int(number.max()) + 1
    if groups == n:
        return Estimate(hits / n, *clopper_pearson(hits, n, confidence), EXACT)
    effective = _effective(hit[of], number, groups, confidence)
    return Estimate(hits / n, *clopper_pearson(effective * hits / n, effective, confidence), CLUSTERED)


def _effective(hit: Bools, number: Ints, groups: int, confidence: float) -> float:
    n, mean = len(hit), float(hit.mean())
    off = np.bincount(number, weights=hit - mean, minlength=groups) / n
    if groups == 1 or not np.any(np.abs(off) > 1e-12) or mean in (0, 1):
        return float(groups)
    variance = groups / (groups - 1) * float(off @ off)
    tail = (1 + confidence) / 2
    loss = float(special.stdtrit(n - 1, tail) / special.stdtrit(groups - 1, tail)) ** 2
    return max(1.0, min(n, mean * (1 - mean) / variance) * loss)


def resample(
    measures: Callable[[Reals], Reals], group: Ints, *, times: int, seed: int, confidence: float = CONFIDENCE
) -> tuple[Reals, Reals, Reals]:
    """The measures (..., ) of all items, and the (1 ± confidence) / 2 quantiles of them over resampled groups.

    `measures` takes how often each item (n,) counts. Groups are drawn with replacement, as many as there are: items of
    one event come or stay away together. NaN where a measure is NaN in every resample, or there is one group alone.
    Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
    """
    _, number = np.unique(group, return_inverse=True)
    groups, rng = int(number.max(initial=-1)) + 1, np.random.default_rng(seed)
    whole = measures(np.ones(len(group)))
    if groups < 2:
        return whole, np.full(whole.shape, np.nan), np.full(whole.shape, np.nan)
    drawn = (np.bincount(rng.integers(groups, size=groups), minlength=groups) for _ in range(times))
    found = np.stack([measures(counts[number].astype(float)) for counts in drawn])
    tail = (1 - confidence) / 2
    return whole, *_quantiles(found, (tail, 1 - tail))


def _quantiles(found: Reals, at: tuple[float, float]) -> tuple[Reals, Reals]:
    """Quantiles over the first axis, NaN's left out; NaN where there are no others."""
    known = ~np.isnan(found)
    filled = np.where(known, found, np.inf)
    filled.sort(axis=0)
    count = known.sum(axis=0)
    rows = [np.clip(np.round(q * (count - 1)), 0, None).astype(np.int64) for q in at]
    low, high = (np.take_along_axis(filled, row[None], axis=0)[0] for row in rows)
    return np.where(count > 0, low, np.nan), np.where(count > 0, high, np.nan)


def _short(part: float | str | None) -> float | str | None:
    return round(part, 6) if isinstance(part, float) else part
