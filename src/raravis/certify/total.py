"""An upper bound on how many positive units a frozen collection holds, valid however often one looks.

Units leave the pool of unseen ones one at a time, by a uniform draw or because they became known otherwise. Were the
total τ, the unseen would hold k = τ − (positives known), and a draw from n unseen be a hit with probability k/n. A
forecaster who names the hit's probability a before each answer, from the past alone, earns a/(k/n) on a hit and
(1 − a)/(1 − k/n) on a no: a nonnegative martingale with mean 1 if the total is τ, which reaches 1/α with probability
at most α (Ville). The totals that never paid 1/α are what is left.

The forecast does not depend on τ, so all totals are tested with one numerator: the prior-posterior ratio of
Waudby-Smith & Ramdas, arXiv:2006.04347, with a forecaster that may change its mind at each answer.
"""

from __future__ import annotations

import math

from raravis.certify.counting import first, log_falling, log_sum

REMAINING = (0, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 16, 64)  # forecasts of what is unseen, in units of the limit
STAKES = (0.8, *[0.2 / 8] * 8)  # how capital is split; most on "no more hits": docs/certificate.md
RENEWED = 0.1  # share of the capital that is split anew after each hit
ROUNDING = 1e-9  # of log wealth: lets exact equality count as reached

Runs = list[list[int]]  # [how many were known before, how many came], in turn


class Total:
    """The bound on the total; answers enter in the order in which their units left the pool."""

    def __init__(self, units: int, alpha: float) -> None:
        self.unseen, self.known, self.nos = units, 0, 0
        self._units, self._target = units, -math.log(alpha)
        self._capital = [math.log(stake) for stake in STAKES]  # numerators; the 1/n of each draw is left out throughout
        self._no_runs: Runs = []
        self._hit_runs: Runs = []
        self._upper, self._settled, self._limit = units, True, 0

    def known_otherwise(self, positives: int, nos: int) -> None:
        """Units that search or import showed leave the pool: no evidence, but known."""
        if positives:
            self._settle()
        self.unseen -= positives + nos
        self.known, self.nos = self.known + positives, self.nos + nos

    def no(self, count: int, limit: int) -> None:
        """`count` draws, one after the other, were no. The limit is how many unseen are too many for the claim."""
        if limit != self._limit:
            self._settle()
        self._capital = self._after(count, limit)
        _extend(self._no_runs, self.nos, count)
        self.nos, self.unseen = self.nos + count, self.unseen - count
        self._settled, self._limit = False, limit

    def hit(self, limit: int) -> None:
        """A draw was positive."""
        self._settle()
        forecasts = zip(self._capital, _remaining(limit), strict=True)
        self._capital = _renewed([c + log_falling(min(k, self.unseen), 1) for c, k in forecasts])
        _extend(self._hit_runs, self.known, 1)
        self.known, self.unseen, self._settled = self.known + 1, self.unseen - 1, False
        self._settle()

    def _settle(self) -> None:
        """What is excluded now stays so.

        As no's come, a forecaster who expects more hits than a total does falls behind it, and one who expects fewer
        gains on it; no's only make him expect fewer. So of such a run the first look or the last
        excludes most, and to settle both is to settle each.
        """
        if not self._settled:
            self._upper, self._settled = self.upper(), True

    def upper(self, more: int = 0, limit: int = 1) -> int:
        """The largest total not excluded, never below the positives known; after `more` draws that are all no's."""
        high = min(self._upper, self.known + self.unseen - more)
        return first(lambda total: self._excluded(total, more, limit), self.known + 1, high) - 1

    def possible(self, total: int) -> bool:
        """Whether a total is not excluded: `total <= upper()`, at the cost of one test."""
        return total <= self._upper and not self._excluded(total)

    def log_wealth(self, total: int) -> float:
        """Log of what the forecaster has earned were this the total."""
        return log_sum(self._capital) - self._log_likelihood(total)

    def no_draws_until(self, limit: int) -> int:
        """How many draws, if all are no's, until fewer than `limit` can be unseen; all the unseen at most."""
        total = self.known + limit
        if limit < 1:
            return self.unseen
        if not self.possible(total):
            return 0
        return min(first(lambda draws: self._excluded(total, draws, limit), 1, self.unseen), self.unseen)

    def _excluded(self, total: int, more: int = 0, limit: int = 1) -> bool:
        """Whether this total, and so every larger one, is excluded by the answers, and then `more` no's.

        The likelihood is log-concave in the total: where it falls, larger totals are excluded with this one. Where
        it still rises, the total is too small to explain the hits, which is no reason to exclude larger ones.
        """
        if total > self.known + self.unseen - more:
            return True
        here = self._log_likelihood(total, more)
        earned = log_sum(self._after(more, limit)) - here
        return earned >= self._target - ROUNDING and here <= self._log_likelihood(total - 1, more)

    def _log_likelihood(self, total: int, more: int = 0) -> float:
        """Log probability of the draws if this is the total, and then of more no's."""
        no = sum(log_falling(self._units - total - before, count) for before, count in self._no_runs)
        hit = sum(log_falling(total - before, count) for before, count in self._hit_runs)
        return no + hit + log_falling(self._units - total - self.nos, more)

    def _after(self, more: int, limit: int) -> list[float]:
        """The forecasts' log capital after more no's."""
        if not more:
            return self._capital
        return [c + log_falling(self.unseen - k, more) for c, k in zip(self._capital, _remaining(limit), strict=True)]


def _remaining(limit: int) -> list[int]:
    return [math.ceil(share * limit) for share in REMAINING]


def _extend(runs: Runs, before: int, count: int) -> None:
    """Adds what came, to the last run where it goes on from there."""
    if runs and sum(runs[-1]) == before:
        runs[-1][1] += count
    else:
        runs.append([before, count])


def _renewed(capital: list[float]) -> list[float]:
    """Log capital after a share of it was split anew: a forecast that failed may be right from now on.

    The fixed share of Herbster & Warmuth 1998, doi:10.1023/A:1007424614876.
    """
    spread = log_sum(capital) + math.log(RENEWED)
    return [log_sum([c + math.log1p(-RENEWED), spread + math.log(s)]) for c, s in zip(capital, STAKES, strict=True)]
