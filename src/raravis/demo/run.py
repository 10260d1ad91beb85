"""The main job on the demo's collection, with its known answers; and the picture of how it went."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raravis.demo.film import CONCEPT, DemoCollection, render
from raravis.demo.plot import Strip, found_by_chance, summary_plot
from raravis.flow.collection import Collection, answered, load
from raravis.flow.find import find
from raravis.flow.found import Found
from raravis.flow.tell import Map, Tell
from raravis.flow.truth import read_oracle
from raravis.simulate.loop import Tally
from raravis.simulate.project import Known, known_truth
from raravis.store.project import Project
from raravis.types import YES, Event, Ints, Source

BUDGET = 150
SAMPLE, DETECT = "every:1", "tiles:3"  # the birds are small: in a whole frame they are hardly there
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
        detect=DETECT,
        seed=seed,
        map=map,
        tell=tell,
    )
    collection = load(project)
    known = known_truth(project, collection, read_oracle(project, made.oracle, made.concept), made.concept)
    rows, values, _ = answered(project, collection, made.concept)
    tally = Tally(known.truth, collection.frame)
    tally.answered(rows)
    answers = np.arange(len(rows) + 1)
    chance = _by_chance(collection, known, answers)
    seen = set(known.truth.met[np.isin(known.truth.met[:, 0], rows), 1].tolist())
    strips = [_strip(collection, s, rows, values, known, seen) for s in collection.sources.values()]
    plot = summary_plot(
        made.oracle.parent / "demo.png",
        concept=made.concept,
        answers=answers,
        found=np.array(tally.events.counts),
        by_chance=chance,
        events=len(known.events),
        strips=sorted(strips, key=lambda strip: strip.name),
    )
    return Shown(made, found, tally.events.counts[-1], len(known.events), float(chance[-1]), plot)


def _by_chance(collection: Collection, known: Known, answers: Ints) -> NDArray[np.float64]:
    """(A,) events expected from looking at so many frames drawn at random."""
    pairs = np.stack([collection.frame[known.truth.met[:, 0]], known.truth.met[:, 1]], axis=1)
    frames_of_events = np.bincount(np.unique(pairs, axis=0)[:, 1], minlength=len(known.events))
    return found_by_chance(answers, len(np.unique(collection.frame)), frames_of_events.tolist())


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
