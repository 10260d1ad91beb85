"""The main job on the demo's collection, with its known answers; and the picture of how it went."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from raravis.demo.film import CONCEPT, DemoCollection, render
from raravis.demo.plot import Strip, found_by_chance, summary_plot
from raravis.flow.collection import Collection, answered, load
from raravis.flow.find import Found, find
from raravis.flow.tell import Map, Tell
from raravis.flow.truth import read_oracle
from raravis.simulate.project import Known, known_truth
from raravis.store.project import Project
from raravis.types import YES, Event, Ints, Source

BUDGET = 150
SAMPLE = "every:0.5"
FILES = 8


@dataclass(frozen=True, eq=False)
class Shown:
    """What the demo came to."""

    collection: DemoCollection
    found: Found
    events_found: int
    events: int
    by_chance: float  # events that as many random answers would have found, on average
    plot: Path


def prepare(folder: str | Path, *, seed: int = 0, tell: Tell) -> DemoCollection:
    """The collection in a folder, rendered now unless it lies there whole."""
    folder = Path(folder)
    oracle, done = folder / "oracle.csv", 0

    def count(_: Path) -> None:
        nonlocal done
        done += 1
        tell("render", done, FILES)

    if not oracle.exists():
        return render(folder, seed=seed, files=FILES, done=count)
    examples = sorted(folder.glob("example*.jpg"))
    return DemoCollection(sorted((folder / "videos").glob("*.mp4")), oracle, examples, CONCEPT)


def run(made: DemoCollection, project: Project, *, seed: int = 0, map: Map, tell: Tell) -> Shown:
    """Finds the bird, and draws the picture beside the oracle file."""
    videos = made.videos[0].parent
    found = find(
        project,
        [videos],
        made.concept,
        like=made.examples,
        oracle=made.oracle,
        budget=BUDGET,
        sample=SAMPLE,
        seed=seed,
        map=map,
        tell=tell,
    )
    collection = load(project)
    known = known_truth(project, collection, read_oracle(project, made.oracle, made.concept), made.concept)
    rows, values, _ = answered(project, collection, made.concept)
    curve, seen = _found_so_far(known, rows)
    answers = np.arange(len(rows) + 1)
    chance = found_by_chance(answers, len(collection), np.bincount(known.truth.met[:, 1]).tolist())
    strips = [_strip(collection, s, rows, values, known, seen) for s in collection.sources.values()]
    plot = summary_plot(
        made.oracle.parent / "demo.png",
        concept=made.concept,
        answers=answers,
        found=curve,
        by_chance=chance,
        events=len(known.events),
        strips=sorted(strips, key=lambda strip: strip.name),
    )
    return Shown(made, found, int(curve[-1]), len(known.events), float(chance[-1]), plot)


def _found_so_far(known: Known, rows: Ints) -> tuple[Ints, set[int]]:
    """(A + 1,) events found after each answer, and which."""
    met: dict[int, set[int]] = {}
    for row, event in known.truth.met.tolist():
        met.setdefault(row, set()).add(event)
    seen: set[int] = set()
    curve = [0]
    for row in rows.tolist():
        seen |= met.get(row, set())
        curve.append(len(seen))
    return np.array(curve, np.int64), seen


def _strip(collection: Collection, source: Source, rows: Ints, values: Any, known: Known, seen: set[int]) -> Strip:
    place = source.places[0]
    here = collection.table.source_id[rows] == source.id
    at = collection.seconds[rows]
    events = [(number, e) for number, e in enumerate(known.events) if e.timeline == place.timeline]
    return Strip(
        place.name,
        float(source.duration * source.time_base),
        looks=at[here].tolist(),
        yes=at[here & (values == YES)].tolist(),
        found=[_span(event) for number, event in events if number in seen],
        missed=[_span(event) for number, event in events if number not in seen],
    )


def _span(event: Event) -> tuple[float, float]:
    return event.start, event.end
