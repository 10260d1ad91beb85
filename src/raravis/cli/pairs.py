"""How pairs of moments look at the terminal: one thing and then another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from raravis.cli import show
from raravis.cli.rounds import NOTHING
from raravis.flow.answers import Chip, chips_of
from raravis.store.project import Project
from raravis.types import Round

COLUMNS = ("cosine", "then_cosine")


def print_pairs(project: Project, made: Round, *, as_json: bool) -> None:
    """A row a pair: both moments, and how well they fit."""
    rows = _pairs(project, made)
    found, offset = made.params["found"], made.params.get("offset", 0)
    if not rows:
        there = f"nothing from pair {offset + 1} on: {found['total']} pairs lie so close on one timeline"
        show.note(there if found["total"] else "no pairs: nothing lies so close on one timeline")
    if found["relevant"] is False:
        show.note(f"on one side at least {NOTHING}")
    if as_json:
        query = {name: value for name, value in made.params.items() if name != "found"}
        told = {name: found[name] for name in ("total", "score", "relevant")}
        show.as_json({"round": made.id, "query": query, **told, "items": rows})
        return
    score = "chance" if found["score"] == "probability" else "score"
    columns = ("item", "source", "time", "before it" if _before(made) else "then", "source", "time", "after", score)
    show.table(f"Round {made.id}", columns, [_as_row(row, before=_before(made)) for row in rows])


def _before(made: Round) -> bool:
    return bool(made.params["then"]["before"])


def _pairs(project: Project, made: Round) -> list[dict[str, Any]]:
    """Pairs as programs read them; without those of which a moment was forgotten since."""

    def place(chip: Chip) -> dict[str, Any]:
        end = round(chip.source.seconds(chip.item.end), 3)
        where = {"item": chip.item.id, "source": chip.name, "seconds": round(chip.seconds, 3), "end_seconds": end}
        return where | {"box": list(chip.item.box)}

    found = made.params["found"]
    seen = {chip.item.id: place(chip) for chip in chips_of(project, made)}
    seen |= {chip.item.id: place(chip) for chip in chips_of(project, replace(made, ids=tuple(found["then"])))}
    columns = zip(made.ids, found["then"], made.scores, *(found[name] for name in COLUMNS), found["apart"], strict=True)
    return [
        seen[first]
        | {"score": score, "cosine": cosine, "then": seen[second] | {"cosine": other}, "apart_seconds": apart}
        for first, second, score, cosine, other, apart in columns
        if first in seen and second in seen
    ]


def _as_row(row: dict[str, Any], *, before: bool) -> tuple[Any, ...]:
    other, apart = row["then"], f"{'-' if before else '+'}{round(row['apart_seconds'], 3):g} s"
    one, two = ((at["item"], at["source"], show.clock(at["seconds"])) for at in (row, other))
    return (*one, *two, apart, row["score"])
