"""All the numbers of one evaluation, as JSON has them, and the files that they are written to."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from raravis import __version__
from raravis.errors import InputError
from raravis.flow.evaluating.by_event import by_event
from raravis.flow.evaluating.doubtful import Doubt, doubted
from raravis.flow.evaluating.draws import Sampled, sampled
from raravis.flow.evaluating.judges import Judge
from raravis.flow.evaluating.tried import Tried, by_item, confusion, worst
from raravis.flow.tell import Say, typed
from raravis.formats.evaluation import page
from raravis.formats.events_csv import plain
from raravis.formats.export import new_file
from raravis.formats.sheet import shrink
from raravis.train.measures import says
from raravis.types import Ints, Pixels

FORMAT = 1
SHOWN = 12  # pictures of each kind of error of each class
SHOWN_IN_ALL = 400  # about 10 kB each
DOUBTS = ("item", "source", "class", "given", "suggested", "probability", "margin")
PORT = 8765


def numbers(
    tried: Tried, judge: Judge, left_out: Mapping[str, Any], *, gap_seconds: float, seed: int, say: Say
) -> dict[str, Any]:
    """Everything but pictures: by item, by event, over the whole collection, doubtful answers, what was left out."""
    classes, macro, micro = by_item(tried, seed=seed)
    for column, one in enumerate(classes):
        one["events"] = by_event(tried, column, gap_seconds=gap_seconds)
        one["collection"] = _collection(tried, judge, left_out, column, seed, say)
        one["worst"] = _worst(tried, column, min(SHOWN, SHOWN_IN_ALL // (2 * len(classes))))
    trial = tried.trial
    return {
        "raravis_evaluation": FORMAT,
        "version": __version__,
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "model": {"id": judge.id, "names": list(judge.names), "exclusive": judge.exclusive},
        "data": {"kind": trial.kind, "items": len(trial), "groups": len(np.unique(trial.data.group))},
        "left_out": dict(left_out),
        "gap_seconds": gap_seconds,
        "seed": seed,
        "classes": classes,
        "macro": macro,
        "micro": micro,
        "confusion": confusion(tried),
        "doubts": [_doubt(tried, one) for one in _doubted(tried, left_out)],
        "browse": _browse(tried),
    }


def write(made: dict[str, Any], tried: Tried, folder: Path) -> dict[str, Path]:
    """evaluation.json, evaluation.html with its pictures in it, doubts.csv."""
    files = {kind: folder / name for kind, name in FILES.items()}
    with new_file(files["json"]) as partial:
        partial.write_text(json.dumps(made), encoding="utf-8")
    with new_file(files["html"]) as partial:
        partial.write_text(page(made, _pictures(made, tried)), encoding="utf-8")
    with new_file(files["doubts"]) as partial, partial.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(DOUBTS)
        table.writerows(
            [plain(one[name]) if name == "source" else one[name] for name in DOUBTS] for one in made["doubts"]
        )
    return files


FILES = {"html": "evaluation.html", "json": "evaluation.json", "doubts": "doubts.csv"}


def _collection(
    tried: Tried, judge: Judge, left_out: Mapping[str, Any], column: int, seed: int, say: Say
) -> dict[str, Any] | None:
    """Estimates over the whole collection, where some answers were drawn by chance and none was left out."""
    trial, name = tried.trial, tried.trial.data.names[column]
    if trial.kind != "answers" or trial.project is None or trial.collection is None:
        return None
    try:
        found = sampled(trial.project, name, trial.collection)
    except InputError as error:
        say(f"{name}: the draws of its audit are not used: {error}")
        return None
    if found is None:
        return None
    if left_out["learnt"]:
        return {"why_not": "answers that taught the model were left out; --out-of-fold uses them all"}
    made = _over_all(tried, judge, found, column, seed)
    return made and made | {"how": found.how}


def _over_all(tried: Tried, judge: Judge, found: Sampled, column: int, seed: int) -> dict[str, Any] | None:
    collection, rows = found.collection, tried.trial.rows()
    said, known = np.zeros(len(collection), bool), np.zeros(len(collection), bool)
    if judge.everywhere is not None:
        said = says(judge.everywhere(collection), judge.threshold, exclusive=judge.exclusive)[:, column]
        known[:] = True
    tested = ~np.isnan(tried.prob[:, column])
    said[rows[tested]], known[rows[tested]] = tried.said[tested, column], True
    made = found.honest(said, known, seed=seed)
    return None if made is None else made.to_json()


def _worst(tried: Tried, column: int, most: int) -> dict[str, list[dict[str, Any]]]:
    false, missed = worst(tried, column, most)
    return {
        kind: [_row(tried, int(row), column) for row in rows] for kind, rows in (("false", false), ("missed", missed))
    }


def _row(tried: Tried, row: int, column: int) -> dict[str, Any]:
    return {"row": row, **_named(tried, row), "probability": round(float(tried.prob[row, column]), 6)}


def _named(tried: Tried, row: int) -> dict[str, Any]:
    data = tried.trial.data
    return {"item": None if data.items is None else int(data.items[row]), "source": data.shown[row]}


def _doubted(tried: Tried, left_out: Mapping[str, Any]) -> list[Doubt]:
    """None where it is tried on what taught it: it would agree with every mistake."""
    return [] if left_out["kept"] else doubted(tried)


def _doubt(tried: Tried, one: Doubt) -> dict[str, Any]:
    told = {"class": one.name, "given": one.given, "suggested": one.suggested}
    sure = {"probability": round(one.probability, 6), "margin": round(one.margin, 6)}
    return {"row": one.row, **_named(tried, one.row), **told, **sure}


def _browse(tried: Tried) -> dict[str, Any] | None:
    """How the doubtful answers are opened in the answering page: a command, and an address for each class."""
    trial = tried.trial
    if trial.project is None or trial.kind != "answers":
        return None
    where = {name: f"#/browse/{quote(name, safe='')}?order=doubt" for name in trial.data.names}
    return {
        "command": typed(trial.project, "serve"),
        "addresses": {n: f"http://127.0.0.1:{PORT}/{a}" for n, a in where.items()},
    }


def _pictures(made: Mapping[str, Any], tried: Tried) -> dict[int, Pixels]:
    """The pictures that the page shows, small, by row; those that cannot be read are left out."""
    wanted = {one["row"] for each in made["classes"] for rows in each["worst"].values() for one in rows}
    wanted |= {one["row"] for one in made["doubts"][:SHOWN]}
    rows: Ints = np.array(sorted(wanted), np.int64)
    return {row: shrink(picture) for row, picture in tried.trial.data.pictures(rows)} if len(rows) else {}
