"""How rounds look at the terminal, and who answers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from raravis.cli import show
from raravis.cli.person import Person
from raravis.flow.answers import Answerer, Chip, OracleAnswerer, chips_of, myself
from raravis.flow.truth import read_oracle
from raravis.store.project import Project
from raravis.types import Round

BESIDE = {"probability": "chance", "more": "more"}  # what is known of the hits of a search, and its column
NOTHING = "nothing relevant: what is there is usually nearer than these"
Beside = Mapping[str, Mapping[int, Any]]  # by item id


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
    names = ("item", "source", "seconds", "score", "reason")
    rows = [
        (chip.item.id, chip.name, round(chip.seconds, 3), chip.score, chip.reason) for chip in chips_of(project, asked)
    ]
    if as_json:
        show.as_json({"round": asked.id, "items": [dict(zip(names, row, strict=True)) for row in rows]})
        return
    printed = [(item, name, show.clock(seconds), score, reason) for item, name, seconds, score, reason in rows]
    show.table(f"Round {asked.id}", ("item", "source", "time", "score", "why"), printed)


def print_found(project: Project, made: Round, *, as_json: bool) -> None:
    """A row a hit of a search: where, when, how like it; with how probable and how many more, where that is known."""
    found = made.params["found"]
    beside = {name: dict(zip(made.ids, found[name], strict=True)) for name in BESIDE if name in found}
    chips = chips_of(project, made)
    if not chips:
        show.note(f"nothing from hit {made.params.get('offset', 0) + 1} on: {found['total']} items could come out")
    if found.get("relevant") is False:
        show.note(NOTHING)
    if as_json:
        query = {name: value for name, value in made.params.items() if name not in ("vector", "found")}
        told = {name: value for name, value in found.items() if name not in BESIDE}
        show.as_json({"round": made.id, "query": query, **told, "items": [_as_json(chip, beside) for chip in chips]})
        return
    columns = ("item", "source", "time", "score", *(BESIDE[name] for name in beside))
    show.table(f"Round {made.id}", columns, [_as_row(chip, beside) for chip in chips])


def _as_json(chip: Chip, beside: Beside) -> dict[str, Any]:
    """A hit as programs read it."""
    where = {"item": chip.item.id, "source": chip.name, "seconds": round(chip.seconds, 3)}
    where |= {"end_seconds": round(chip.source.seconds(chip.item.end), 3), "box": list(chip.item.box)}
    known = {name: of[chip.item.id] for name, of in beside.items()}
    return where | {"score": chip.score, **known, "reason": chip.reason}


def _as_row(chip: Chip, beside: Beside) -> tuple[Any, ...]:
    known = (of[chip.item.id] for of in beside.values())
    return (chip.item.id, chip.name, show.clock(chip.seconds), chip.score, *known)
