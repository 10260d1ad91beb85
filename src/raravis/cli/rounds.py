"""How rounds look at the terminal, and who answers them."""

from __future__ import annotations

from raravis.cli import show
from raravis.cli.person import Person
from raravis.flow.answers import Answerer, OracleAnswerer, chips_of, myself
from raravis.flow.truth import read_oracle
from raravis.store.project import Project
from raravis.types import Round


def answerer_for(
    project: Project, concept: str, *, oracle: str | None, ezmode_labels: str | None, by: str | None
) -> Answerer:
    """The oracle file where one is given, else the person at the terminal."""
    if oracle is not None:
        return OracleAnswerer(read_oracle(project, oracle, concept, ezmode_labels=ezmode_labels), concept)
    return Person(concept, by or myself(), project.rounds)


def print_round(project: Project, asked: Round | None, *, as_json: bool) -> None:
    """A row an item: where, when, how wanted."""
    if asked is None:
        show.note("nothing is left to ask")
        return
    rows = [
        (chip.item.id, chip.name, round(chip.seconds, 3), chip.score, chip.reason) for chip in chips_of(project, asked)
    ]
    if as_json:
        names = ("item", "source", "seconds", "score", "reason")
        query = {"query": dict(asked.params)} if asked.strategy == "search" else {}
        show.as_json({"round": asked.id, **query, "items": [dict(zip(names, row, strict=True)) for row in rows]})
        return
    printed = [(item, name, show.clock(seconds), score, reason) for item, name, seconds, score, reason in rows]
    show.table(f"Round {asked.id}", ("item", "source", "time", "score", "why"), printed)
