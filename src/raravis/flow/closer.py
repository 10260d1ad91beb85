"""The second tier in a project: a space that fills with candidates while a concept is searched; see `tiers`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from raravis.errors import InputError
from raravis.flow.collection import Collection
from raravis.flow.embed import begin_space, embed_these
from raravis.flow.examples import embed_examples
from raravis.flow.likeness import as_pictures
from raravis.flow.spaces import settle
from raravis.flow.tell import Map, Say, quiet
from raravis.flow.tiers import AN_ANSWER, Candidates, Given, Seen, Tiers, first_count
from raravis.scale.processes import in_process
from raravis.store import concepts, encoders, examples, items, progress, rounds, shards
from raravis.store.examples import Example
from raravis.store.project import Project
from raravis.train.linear import fit
from raravis.types import Bools, Floats, Ints, Strategy


def begin_closer(project: Project, encoder: str, first: str, *, retry_failed: bool = False, say: Say = quiet) -> str:
    """The id of the encoder for closer looks, known to the project afterwards; `say` hears how much it will see.

    Raises ModelError for one that cannot be used, InputError where it is the `first` (id), which sees everything.
    """
    with project.lock("raravis find"):
        made = begin_space(project, encoder)
        if made == first:
            raise InputError(f"{encoder} sees everything already; name another encoder for a closer look (--closer)")
        settle(project, made, switch=False)
    with project.begin() as c:
        n = items.count(c)
        if retry_failed:
            progress.clear(c, "embed", made)
    say(
        f"{encoder} looks at candidates alone: at {min(first_count(n), n)} of {n} items before the first answer, "
        f"then at {AN_ANSWER} or a few more for each answer"
    )
    return made


class Turn(NamedTuple):
    """How far the candidates had come when a round was made: enough to make it again, and to go on from it."""

    encoder: str
    items: int  # the first so many of its vectors, in the order embedded
    answers: int | None  # that had been given when candidates were chosen last; None before that
    examples: int


class Closer:
    """A concept's candidates under an encoder (id), as at the newest round; `tiers` is the strategy over them.

    Vectors that other concepts' searches left there are candidates too. Those of a look that was killed are not, so it
    is made again as it was. With a `turn` all is as it was at that round, and nothing is embedded: raises InputError
    where the vectors are not there any more.
    """

    def __init__(
        self,
        project: Project,
        collection: Collection,
        concept: str,
        encoder: str,
        strategy: Strategy,
        *,
        turn: Turn | None = None,
        map: Map = in_process,
    ) -> None:
        self.project, self.collection, self.encoder, self._map = project, collection, encoder, map
        embed_examples(project, concept, encoder)
        begun = turn or _newest(project, concept, encoder)
        with project.read() as c:
            failed = progress.states(c, "embed", encoder)
            given = _given(c, collection, concept, encoder, turn.examples if turn else None)
        self._held = 0  # how many vectors of the space, in the order embedded, were taken
        self.candidates = Candidates(collection.vectors.data, given)
        self.candidates.tried[collection.rows(np.array([int(item) for item in failed], np.int64))] = True
        self.tiers = Tiers(strategy, self.candidates, fit=fit, answers=begun.answers)
        if turn is not None:
            self.at(turn)
            return
        self.candidates.add(*self._take(begun.items))
        if self._held < begun.items:  # the space was removed since, or items were forgotten
            self.tiers.answers = None
        self.tiers.look = self._look

    @property
    def count(self) -> int:
        """How many candidates there are."""
        return int(np.sum(self.candidates.seen))

    def turn(self) -> Turn:
        """How far the candidates have come."""
        return Turn(self.encoder, self._held, self.tiers.answers, len(self.candidates.given.sign))

    def at(self, turn: Turn) -> None:
        """The candidates are those of a later round. Raises InputError where their vectors are not there any more."""
        self.candidates.add(*self._take(turn.items))
        if self._held < turn.items:
            raise InputError(f"{self.encoder}: holds {self._held} vectors, wanted the {turn.items} that it held then")

    def _look(self, rows: Ints) -> Seen:
        """Whatever the space holds by now, once it holds these rows."""
        embed_these(self.project, self.encoder, self.collection.vectors.ids[rows].tolist(), map=self._map)
        return self._take(None)

    def _take(self, up_to: int | None) -> Seen:
        with self.project.read() as c:
            held = shards.load(c, self.project.vectors, self.encoder)
        ids, data = held.ids[self._held : up_to], held.data[self._held : up_to]
        self._held += len(ids)
        known = np.isin(ids, self.collection.vectors.ids)
        return self.collection.rows(ids[known]), data[known]


def _newest(project: Project, concept: str, encoder: str) -> Turn:
    """Where to go on: with all vectors that were there at the newest round of any concept."""
    with project.read() as c:
        made = {name: rounds.all(c, name) for name in concepts.all(c)}
    turns = {
        name: [(one.id, Turn(**one.params["closer"])) for one in each if "closer" in one.params]
        for name, each in made.items()
    }
    mine = [turn for _, turn in turns[concept] if turn.encoder == encoder]
    every = sorted((number, turn.items) for each in turns.values() for number, turn in each if turn.encoder == encoder)
    return Turn(encoder, every[-1][1] if every else 0, mine[-1].answers if mine else None, 0)


def _given(c: Any, collection: Collection, concept: str, encoder: str, kept: int | None) -> Given:
    """The concept's examples in both spaces, the first `kept` of them, in the order given."""
    every = examples.all(c, concept)
    near, near_text, in_near = _under(c, concept, every, encoder)
    far, far_text, in_far = _under(c, concept, every, collection.vectors.encoder)
    if far_text.any():
        far[far_text] = as_pictures(collection.vectors, far[far_text])
    rows = np.flatnonzero(in_near | in_far)[:kept]
    return Given(far[rows], near[rows], np.array([one.sign for one in every], np.int8)[rows], near_text[rows])


def _under(c: Any, concept: str, every: Sequence[Example], encoder: str) -> tuple[Floats, Bools, Bools]:
    """(E, D) vectors, zeros where the encoder has none; which are a text's (E,), and which are there (E,)."""
    lacking = {one.id for one in examples.without_vector(c, concept, encoder)}
    there = np.array([one.id not in lacking for one in every], bool)
    vectors, text = np.zeros((len(every), encoders.require(c, encoder).dim), np.float32), np.zeros(len(every), bool)
    if there.any():
        found = examples.vectors(c, concept, encoder)
        vectors[there], text[there] = found.data, found.text
    return vectors, text, there
