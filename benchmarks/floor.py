"""How often "nothing relevant" is wrong, both ways, and rules that could say it.

    RARAVIS_DATA=... python benchmarks/floor.py [--only grocery|skywatch] [--questions 2] [--work FOLDER]

Of each class so many pictures ask, each with what belongs to its own event left out of the collection.
there      other pictures of its class are in the collection: called absent is wrong
cropped    the same, and what asks is the middle 0.7 of the picture: nobody has taken that picture here (grocery alone)
taken out  its class is not in the collection, what is like it is: called present is wrong, though something like it is
foreign    pictures of another data set ask: called present is wrong

reach      the rule that is used (flow/searching/floor.py), measured on the collection as it is without what is left out
z          (best - mean) / deviation of the question's own dot products
tail       chance that the best of so many comes from an exponential fitted to the question's dot products from the 90th
           to the 99th percentile (extreme values)
ratio      (1 - best) / (1 - the best match's own best match outside its event), median of five
cosine     the best alone
reach and tail know their threshold beforehand (2 %, p = 0.05); that of the others is the one that calls 5 % absent that
are there, in the other data set under the same encoder: no rule is fitted to what it is tried on.

names      a class name of ImageNet asks: 11 that are in grocery, the same with their class taken out, and some 120
           dogs, vehicles and buildings that are not. Floor: what 95 % of all names stay below, against the same z and
           cosine, with the threshold that calls the fewest wrong here, all told: more than they could know.
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from words import CLASSES as NAMES

from raravis import flow, plugins
from raravis.flow import words
from raravis.flow.collection import load
from raravis.flow.searching.floor import name_floor, picture_floor
from raravis.store.project import Project
from raravis.types import Bools, Floats, Ints, Vectors

ENCODERS = {"builtin": "builtin", "mobilenetv2": "onnx:$RARAVIS_DATA/models/mobilenetv2_imagenet_fp32.onnx"}
SETS = {"grocery": ("grocery/images", "keyframes"), "skywatch": ("skywatch/video", "every:1/2")}
DOGS, VEHICLES = range(152, 269), ("airliner", "warship", "locomotive", "grand piano", "castle", "volcano", "minibus")
RULES = ("reach", "z", "tail", "ratio", "cosine")
KNOWN = {"reach": 0.0, "tail": 0.0}  # these scores say by themselves what lies below the floor
CROP, WRONG, P = 0.7, 0.05, 0.05

Scores = dict[str, Floats]  # rule: (n,), larger is more present


@dataclass(frozen=True, eq=False)
class Set:
    """A collection under one encoder, with what each row shows."""

    vectors: Vectors
    timeline: Ints
    event: Ints  # rows of one event are one thing seen again
    shows: dict[str, np.ndarray[Any, Any]]  # labels (N,) by how fine they are
    files: list[str]

    def rows(self, labels: str, count: int) -> Ints:
        """So many rows of each class, drawn by seed."""
        rng, shown = np.random.default_rng(0), self.shows[labels]
        return np.concatenate([rng.permutation(np.flatnonzero(shown == one))[:count] for one in np.unique(shown)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=[*SETS])
    parser.add_argument(
        "--questions", type=int, default=2, help="of each class of grocery; 40 times as many of skywatch"
    )
    parser.add_argument("--work", help="folder for the projects, kept; default: made for this run")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        work = Path(chosen.work or made)
        for name, spec in ENCODERS.items():
            sets = {one: collected(work / one, one, os.path.expandvars(spec)) for one in SETS}
            tell(name, os.path.expandvars(spec), sets, chosen.questions, chosen.only)


def collected(folder: Path, name: str, spec: str) -> Set:
    data = Path(os.environ["RARAVIS_DATA"])
    media, sampled = SETS[name]
    with Project.open(folder, create=True) as project:
        flow.ingest(project, [data / media])
        flow.sample(project, sample=sampled)
        flow.detect(project, sample=sampled)
        flow.embed(project, encoder=spec)
        held = load(project, spec)
    places = [held.sources[int(i)].places[0] for i in held.table.source_id]
    seconds = held.seconds.tolist()
    event, shows = (grocery if name == "grocery" else skywatch)(data, [Path(p.path) for p in places], seconds)
    return Set(held.vectors, held.timeline, event, shows, [place.path for place in places])


def grocery(data: Path, files: list[Path], _: list[float]) -> tuple[Ints, dict[str, Any]]:
    known = {row["file"]: row for row in read(data / "grocery" / "labels.csv")}
    shows = {kind: np.array([known[file.name][kind] for file in files]) for kind in ("fine", "coarse")}
    return np.arange(len(files)), shows


def skywatch(data: Path, files: list[Path], seconds: list[float]) -> tuple[Ints, dict[str, Any]]:
    clips = read(data / "skywatch" / "truth" / "clips.csv")
    number = [
        next(i for i, clip in enumerate(clips) if Path(clip["stream"]).stem == file.stem and at < float(clip["t1_s"]))
        for file, at in zip(files, seconds, strict=True)
    ]
    return np.array(number), {"class": np.array([clips[i]["class"] for i in number])}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def tell(name: str, spec: str, sets: dict[str, Set], questions: int, only: str | None) -> None:
    kinds = [("grocery", "fine"), ("grocery", "coarse"), ("skywatch", "class")]
    scores: dict[tuple[str, str], dict[str, Scores]] = {}
    for one, labels in kinds:
        other = sets["skywatch" if one == "grocery" else "grocery"]
        scores[one, labels] = asked(sets[one], labels, questions * (1 if one == "grocery" else 40), other, spec)
    for one, labels in kinds:
        if only in (None, one):
            fitted = scores["skywatch", "class"] if one == "grocery" else scores["grocery", "fine"]
            show(f"{name}, {one} by {labels}", scores[one, labels], fitted)
    if only in (None, "grocery"):
        by_names(name, spec, sets["grocery"])


def asked(one: Set, labels: str, count: int, other: Set, spec: str) -> dict[str, Scores]:
    """Scores of every rule, by what is there."""
    rows, shown, data = one.rows(labels, count), one.shows[labels], one.vectors.data.astype(np.float32)
    apart = one.event[None] != one.event[rows][:, None]
    found = {
        "there": ruled(one, data[rows], apart),
        "taken out": ruled(one, data[rows], apart & (shown[None] != shown[rows][:, None]), shown[rows]),
    }
    if labels != "class":
        found["cropped"] = ruled(one, cropped([one.files[row] for row in rows], spec), apart)
    strange = other.vectors.data[:: max(1, len(other.vectors) // 200)].astype(np.float32)
    return found | {"foreign": ruled(one, strange, np.ones((len(strange), len(data)), bool))}


def cropped(files: list[str], spec: str) -> Floats:
    encoder, edge = plugins.make("embed", spec), (1 - CROP) / 2
    return np.concatenate([encoder([middle(Image.open(file).convert("RGB"), edge)]) for file in files])


def middle(picture: Any, edge: float) -> Any:
    w, h = picture.size
    return np.asarray(picture.crop((int(w * edge), int(h * edge), int(w * (1 - edge)), int(h * (1 - edge)))))


def ruled(one: Set, queries: Floats, there: Bools, without: Any = None) -> Scores:
    """Scores (Q,) of each rule; `without` names the class that is taken out of the collection for each question."""
    data = one.vectors.data.astype(np.float32)
    own = np.where(one.event[:, None] == one.event[None], -1, data @ data.T)
    floors = dict(floors_without(one, without))
    found: dict[str, list[float]] = {rule: [] for rule in RULES}
    for number, (query, mask) in enumerate(zip(queries, there, strict=True)):
        rows = np.flatnonzero(mask)
        dots = data[rows] @ query
        nearest = np.argsort(-dots)[:5]
        best = float(dots[nearest[0]])
        low, high = np.quantile(dots, [0.9, 0.99])
        rate = np.mean(dots[(dots > low) & (dots <= high)] - low)
        beside = own[rows[nearest]][:, rows].max(axis=1)
        found["reach"].append(best - floors["" if without is None else str(without[number])])
        found["z"].append((best - dots.mean()) / dots.std())
        found["tail"].append((best - low) / rate - np.log(0.1 * len(dots) / P))
        found["ratio"].append(-float(np.median((1 - dots[nearest]) / np.maximum(1 - beside, 1e-6))))
        found["cosine"].append(best)
    return {rule: np.array(values, np.float32) for rule, values in found.items()}


def floors_without(one: Set, without: Any) -> Iterator[tuple[str, float]]:
    """The floor of the collection without a class; of all of it by the name ""."""
    shown = next(
        (labels for labels in one.shows.values() if without is not None and np.isin(without, labels).all()), None
    )
    for name in ("",) if shown is None else np.unique(without):
        rows = np.arange(len(one.vectors)) if shown is None else np.flatnonzero(shown != name)
        vectors = one.vectors.take(rows)
        yield str(name), picture_floor(vectors, one.timeline[rows]) or -1.0


def show(title: str, scores: dict[str, Scores], fitted: dict[str, Scores]) -> None:
    kinds = [kind for kind in ("there", "cropped", "taken out", "foreign") if kind in scores]
    told = {"there": "called absent", "cropped": "called absent"}
    print(f"\n{title} ({len(scores['there']['z'])} questions)")
    print(f"{'':<10}" + "".join(f"{kind + ': ' + told.get(kind, 'called present'):>28}" for kind in kinds))
    for rule in RULES:
        bar = KNOWN.get(rule, float(np.quantile(fitted["there"][rule], WRONG)))
        below = {kind: float((scores[kind][rule] < bar).mean()) for kind in kinds}
        shares = [below[kind] if kind in told else 1 - below[kind] for kind in kinds]
        print(f"{rule:<10}" + "".join(f"{share:28.3f}" for share in shares), flush=True)


def by_names(name: str, spec: str, one: Set) -> None:
    encoder: Any = plugins.make("embed", spec)
    data, shows = one.vectors.data.astype(np.float32), one.shows
    floor = name_floor(one.vectors, encoder.directions) or -1.0
    here = words.read(encoder, list(NAMES)).vectors
    kept = [shows[labels] != value for labels, value in NAMES.values()]
    vehicles = [i for i, names in enumerate(encoder.names) if any(v in names for v in VEHICLES)]
    absent = [data @ encoder.directions[i] for i in [*DOGS, *vehicles]]
    asked = {
        "there": [data @ query for query in here],
        "taken out": [data[rows] @ query for rows, query in zip(kept, here, strict=True)],
        "others": absent,
    }
    rules: dict[str, Callable[[Floats], float]] = {
        "names": lambda dots: float(dots.max()) - floor,
        "z": lambda dots: float((dots.max() - dots.mean()) / dots.std()),
        "cosine": lambda dots: float(dots.max()),
    }
    print(
        f"\n{name}, names in grocery (floor {floor:.3f})\n{'':<10}  there: absent  taken out: present  others: present"
    )
    for rule, score in rules.items():
        values = {kind: np.array([score(dots) for dots in several]) for kind, several in asked.items()}
        bar = 0.0 if rule == "names" else fewest_wrong(values["there"], values["others"])
        shares = ((values["there"] < bar).mean(), (values["taken out"] >= bar).mean(), (values["others"] >= bar).mean())
        print(f"{rule:<10}{shares[0]:15.3f}{shares[1]:20.3f}{shares[2]:17.3f}", flush=True)


def fewest_wrong(there: Floats, absent: Floats) -> float:
    bars = np.unique(np.concatenate([there, absent]))
    return float(min(bars, key=lambda bar: (there < bar).mean() + (absent >= bar).mean()))


if __name__ == "__main__":
    main()
