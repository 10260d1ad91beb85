"""A desk: one concept's search, and the people who answer at it, several at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from raravis.errors import RaravisError
from raravis.flow.answering import acts
from raravis.flow.answering.acts import LEASE_SECONDS, Answer, Kept
from raravis.flow.answering.confirm import confirm_event
from raravis.flow.answering.lending import Batch, batch_of, end_answered, give_back, lend, open_batches
from raravis.flow.answering.seconds import SECOND, Opinions, at_most
from raravis.flow.answering.tally import Tally
from raravis.flow.campaign import ENDS, STRATEGY, Campaign
from raravis.flow.collection import Collection, load
from raravis.flow.search import ROUND, Search
from raravis.pick.ends import ANSWERED, Ends
from raravis.pick.top import confidence
from raravis.store import leases, rounds
from raravis.store.leases import Lease
from raravis.store.project import Project
from raravis.types import Floats, Round

MOST_OPEN = 3  # batches: one that is answered, one that is ready, and one of another tab
NOTHING_LEFT, HELD, SPENT = "nothing is left to ask", "others hold what is left", "the budget is spent"


class TooManyOpenError(RaravisError):
    """Somebody wants more batches than they may hold."""


class Desk:
    """Batches for whoever asks, no item to two people at once, and answers back in; all of it may come from any thread.

    Answers go into the log and nowhere else: no answer waits for a head. A batch takes in what the log says by then,
    whoever wrote it. Leases are in the store too, so a desk that was killed is made again as it was. The share `double`
    of all items, drawn by their ids, is asked of a second person. `collected` gives the collection to search.
    """

    def __init__(
        self,
        project: Project,
        concept: str,
        *,
        double: float = 0.0,
        lease_seconds: float = LEASE_SECONDS,
        strategy: str = STRATEGY,
        ends: Ends | None = ENDS,
        budget: int | None = None,
        seed: int = 0,
        clock: Callable[[], float] = time.time,
        collected: Callable[[], Collection] | None = None,
    ) -> None:
        self.project, self.concept, self.double, self.ends = project, concept, double, ends
        self.lease_seconds, self.clock = lease_seconds, clock
        self._settings: dict[str, Any] = {"strategy": strategy, "ends": ends, "budget": budget, "seed": seed}
        self._collected = collected or (lambda: load(project))
        self._collection: Collection | None = None
        self._lock = threading.RLock()
        self._campaign: Campaign | None = None
        self._first_scores: tuple[int, Floats | None] = (-1, None)  # and up to where the log was read
        self._opinions, self._tally = Opinions(project, concept, double), Tally(project, concept)

    @property
    def campaign(self) -> Campaign:
        """The search as it is now: at its collection anybody may look; its pool changes while a batch is made."""
        made = self._campaign
        if made is None:
            with self._lock:
                made = self._campaign or self._begin()
        return made

    def forget(self) -> None:
        """The campaign begins anew when it is needed next: examples or the collection changed."""
        with self._lock:
            self._campaign = self._collection = None

    def batch(self, by: str, k: int = ROUND, *, later: Iterable[int] = ()) -> Batch:
        """At most k items for somebody to answer, theirs alone for `lease_seconds` after their last answer.

        Questions about ends come by themselves, fewer than k, for what they tell changes what is wanted next; not to
        somebody who holds items that nobody answered yet, and so wants a batch ahead: theirs is filled up.

        Items `later` of their other batches go back: others may get them at once, they themselves when nothing else is
        left or the lease has run out. Raises TooManyOpenError where they hold MOST_OPEN batches.
        """
        with self._lock:
            give_back(self.project, by, later, self._live())
            campaign, live = self._caught_up(), self._live()
            if end_answered(self.project, self.concept, by, live, now=self.clock()) >= MOST_OPEN:
                raise TooManyOpenError(f"{by} has {MOST_OPEN} batches open; answer one of them first")
            try:
                return self._lend(campaign, by, k, live)
            except BaseException:
                self._campaign = None  # it may have gone on without the store: begun again it is as the log says
                raise

    def open_batches(self, by: str) -> list[Batch]:
        """The batches that somebody holds and has not answered whole, oldest first."""
        return open_batches(self.project, self.concept, by, self._live())

    def take(self, by: str, answers: Sequence[Answer]) -> Kept:
        """What was kept of an act; see `acts.give`."""
        return acts.give(self.project, self.concept, answers, by=by, lease_seconds=self.lease_seconds, now=self.clock())

    def take_event(self, by: str, first: int, last: int, *, asked: int, round_id: int | None = None) -> Kept:
        """What was kept of a whole event; see `confirm_event`."""
        searched = self.campaign.collection
        answers = confirm_event(self.project, searched, self.concept, first, last, also=[asked], ends=self.ends)
        return self.take(by, [one._replace(round=round_id) if one.item == asked else one for one in answers])

    def undo(self, by: str) -> dict[int, int | None]:
        """What stands now of the items of their newest act, which is taken back; see `acts.undo`."""
        return acts.undo(self.project, self.concept, by=by, lease_seconds=self.lease_seconds, now=self.clock())

    def tally(self) -> tuple[int, int]:
        """How many items somebody answered, and how many of them with yes."""
        return self._tally.read()

    def left(self) -> int | None:
        """Answers left of the budget; None where there is none."""
        budget: int | None = self._settings["budget"]
        return None if budget is None else max(budget - self.tally()[0], 0)

    def sight(self) -> tuple[Collection, Floats | None]:
        """The collection, and by its rows (N,) the newest head's probabilities; before one, likeness, 0 to 1.

        Likeness is to the examples; None while there is neither. Both are of one campaign, whatever begins anew.
        """
        made = self.campaign
        scores = made.search.probability()
        if scores is not None:
            return made.collection, scores
        with self._lock:
            return self.campaign.collection, self._scores_at_first()

    def scores_of(self, ids: Iterable[int]) -> dict[int, float]:
        """The same of some items, by id, those that are searched: where not all was scored, of these alone."""
        wanted, made = np.array(sorted(ids), np.int64), self.campaign
        collection, rows = made.collection, made.collection.rows(wanted)
        scores = made.search.probability(rows)
        if scores is None:
            collection, known = self.sight()
            rows = collection.rows(wanted)
            scores = known if known is None else known[rows]
        return {} if scores is None else dict(zip(collection.vectors.ids[rows].tolist(), scores.tolist(), strict=True))

    def scores(self) -> Floats | None:
        """(N,) the scores alone."""
        return self.sight()[1]

    def _scores_at_first(self) -> Floats | None:
        """Before a batch was asked for: those of a head that no batch goes by. Only while the lock is held."""
        search, read_up_to = self.campaign.search, self.campaign.read_up_to
        scores = search.probability()
        if scores is None and self._first_scores[0] != read_up_to:
            self._first_scores = read_up_to, _scores(search)
        return self._first_scores[1] if scores is None else scores

    def _begin(self) -> Campaign:
        self._collection = self._collection or self._collected()
        made = Campaign(self.project, self.concept, **self._settings, collection=self._collection)
        self._campaign, self._first_scores = made, (-1, None)
        return made

    def _caught_up(self) -> Campaign:
        """The campaign with all that the log says; made again where an answer was taken back."""
        while not self.campaign.catch_up():
            self._begin()
        return self.campaign

    def _live(self) -> list[Lease]:
        with self.project.read() as c:
            return leases.live(c, self.concept, self.clock())

    def _lend(self, campaign: Campaign, by: str, k: int, live: list[Lease]) -> Batch:
        """A new batch; one that is empty is in no log, and says why it is."""
        held = {item for lease in live if lease.by != by for item in lease.held()}
        mine = {item for lease in live if lease.by == by for item in lease.ids}
        later = {item for lease in live if lease.by == by for item in lease.later}
        left = campaign.search.pool.budget_left
        room = k if left is None else min(k, left - len(_unanswered(campaign, (held | mine) - later)))
        due = self._opinions.due(by, taken={item for lease in live if lease.strategy == SECOND for item in lease.ids})
        twice = due[: at_most(k, self.double)]
        lent: list[tuple[Lease, Round]] = []

        def keep(c: Any, asked: Round | None) -> None:
            second = [self._second_round(c, campaign, twice, asked)] if twice else []
            lent.extend(lend(c, [*([asked] if asked else []), *second], by, self.clock() + self.lease_seconds))

        ahead = bool(_unanswered(campaign, mine - later))
        for withheld in (held | mine, held | (mine - later)) if later else (held | mine,):
            if not lent and room > len(twice):
                campaign.ask(room - len(twice), withheld=_unanswered(campaign, withheld), fill=ahead, also=keep)
        if not lent and (twice := due[:k]):
            with self.project.begin() as c:
                keep(c, None)
        if lent:
            return batch_of(lent)._replace(left=left)
        why = SPENT if left is not None and room <= 0 else HELD if _unanswered(campaign, held) else NOTHING_LEFT
        return Batch((), (), frozenset(), self.clock(), left, why)

    def _second_round(self, c: Any, campaign: Campaign, items: list[int], asked: Round | None) -> Round:
        return rounds.keep(
            c,
            self.concept,
            items,
            [0.0] * len(items),
            strategy=SECOND,
            params={"with": asked.id if asked else None},
            encoder=campaign.collection.vectors.encoder,
            labels_up_to=campaign.read_up_to,
        )


def _scores(search: Search) -> Floats | None:
    """(N,) by what is known, and nothing of the search is changed."""
    pool = search.pool
    head = search.fit(pool, np.random.default_rng(search.seed), pool.asked)
    if head is not None:
        return head.probability(pool)
    known = len(pool.examples) or pool.asked.any()
    return np.asarray((1 + confidence(pool)) / 2, np.float32) if known else None


def _unanswered(campaign: Campaign, ids: Iterable[int]) -> list[int]:
    """Those of the items that are searched, and that nobody answered."""
    rows = campaign.collection.rows(np.array(sorted(ids), np.int64))
    pool = campaign.search.pool
    waiting = rows[~(pool.asked[rows] & (pool.weight[rows] == ANSWERED))]
    return [int(item) for item in campaign.collection.vectors.ids[waiting]]
