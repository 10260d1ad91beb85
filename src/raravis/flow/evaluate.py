"""evaluate: a classifier and what is known → how good it is, by item and by event, and which answers to doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from raravis.classify import open_classifier
from raravis.errors import InputError
from raravis.flow.encoder import space_named
from raravis.flow.evaluating import judges, outcome, words
from raravis.flow.evaluating.folds import out_of_fold
from raravis.flow.evaluating.judges import Judge
from raravis.flow.evaluating.seen import seen_of
from raravis.flow.evaluating.trial import Trial, of_answers, of_classes, of_oracle
from raravis.flow.evaluating.tried import Tried
from raravis.flow.tell import Say, Tell, quiet, silent, typed
from raravis.formats.export import folder_name
from raravis.store import concepts as store_concepts
from raravis.store import encoders, heads
from raravis.store.project import Project
from raravis.train.measures import says
from raravis.types import Bools, Floats

NAMED = 5  # pictures that a line names
FOLDER = "evaluation"  # where it is about several classes, or about no project
OWN = "a project's own heads"


@dataclass(frozen=True)
class Evaluated:
    """What came of it: the numbers as JSON has them, lines for people, the files."""

    made: dict[str, Any]
    lines: list[str]
    files: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """The object that `evaluate --json` prints."""
        return {**self.made, "files": self.files}


def evaluate(
    project: Project | None,
    model: str | Path | None = None,
    folder: str | Path | None = None,
    *,
    concepts: Sequence[str] = (),
    oracle: str | Path | None = None,
    seen: bool = False,
    folds: bool = False,
    out: str | Path | None = None,
    gap_seconds: float = 1.0,
    encoder: str | None = None,
    device: str = "cpu",
    seed: int = 0,
    say: Say = quiet,
    tell: Tell = silent,
) -> Evaluated:
    """How good a classifier is on a project's answers, on all of it by an oracle file, or on a folder by class.

    Without a model the project's newest heads. What taught it, and what lies in one event with that, is left out,
    unless `seen` keeps it; with `folds` heads are fitted anew without each answer's event, and judge all answers.
    Raises InputError for unknown names, and where nothing is left to try it on.
    """
    if folds and (model or folder or oracle):
        raise InputError(f"evaluate: out-of-fold numbers are of {OWN}, on its answers; leave MODEL, FOLDER, oracle out")
    judge = _judge(project, model, concepts, encoder, device)
    trial = _trial(project, folder, judge, oracle, encoder, gap_seconds, say)
    judge = judge.of(trial.data.names)
    tried, judge = _out_of_fold(trial, judge, seed) if folds else (_all_of(trial, judge, tell), judge)
    tried, left_out = _left(tried, judge, seen=seen or folds, folds=folds)
    told = outcome.numbers(tried, judge, left_out, gap_seconds=gap_seconds, seed=seed, say=say)
    files = outcome.write(told, tried, _folder(project, judge, out, folder))
    return Evaluated(told, list(words.lines(told)), {kind: str(path) for kind, path in files.items()})


def _judge(
    project: Project | None, model: str | Path | None, names: Sequence[str], encoder: str | None, device: str
) -> Judge:
    if model is not None:
        made = judges.of_file(Path(model), open_classifier(Path(model), device=device))
        return made.of(names) if names else made
    if project is None:
        raise InputError("evaluate: wanted a MODEL: without one the heads of a project are tried")
    with project.read() as c:
        space = space_named(c, project, encoder) if encoder else encoders.current(c)
        known = [one for one in store_concepts.all(c) if one]
        taught = [name for name in known if space and heads.latest(c, name, space)]
    if space is None:
        raise InputError(f"{project.folder}: nothing embedded yet; run: {typed(project, 'embed')}")
    if not (names or taught):
        raise InputError(f"{project.folder}: no head over {space} yet; run: {typed(project, 'train', '--for', 'NAME')}")
    return judges.of_heads(project, names or taught, space)


def _trial(
    project: Project | None,
    folder: str | Path | None,
    judge: Judge,
    oracle: str | Path | None,
    encoder: str | None,
    gap_seconds: float,
    say: Say,
) -> Trial:
    if folder is not None and oracle is not None:
        raise InputError("evaluate: an oracle file is about a project; leave FOLDER out")
    if folder is not None:
        return of_classes(folder, judge.names, exclusive=judge.exclusive, say=say)
    if project is None:
        raise InputError("evaluate: wanted a FOLDER of pictures by class, or a project with answers")
    where: dict[str, Any] = {"encoder": encoder, "exclusive": judge.exclusive, "gap_seconds": gap_seconds}
    return of_oracle(project, judge.names, oracle, **where) if oracle else of_answers(project, judge.names, **where)


def _all_of(trial: Trial, judge: Judge, tell: Tell) -> Tried:
    prob = judge.probability(trial, tell)
    return Tried(trial, prob, says(prob, judge.threshold, exclusive=judge.exclusive), judge.threshold)


def _out_of_fold(trial: Trial, judge: Judge, seed: int) -> tuple[Tried, Judge]:
    """Every answer, judged by heads that saw nothing of its event."""
    assert trial.project is not None and trial.collection is not None
    shape = (len(trial), len(judge.names))
    prob, said = np.full(shape, np.nan, np.float32), np.zeros(shape, bool)
    threshold: Floats = np.zeros(shape[1], np.float32)
    row_of = {row: at for at, row in enumerate(trial.rows().tolist())}
    for column, name in enumerate(judge.names):
        found = out_of_fold(trial.project, trial.collection, name, seed=seed)
        at = np.array([row_of[row] for row in found.rows.tolist()], np.int64)
        prob[at, column], said[at, column], threshold[column] = found.prob, found.said, found.threshold
    return Tried(trial, prob, said, threshold), replace(judge, id=f"{judge.id}, fitted anew out of fold")


def _left(tried: Tried, judge: Judge, *, seen: bool, folds: bool) -> tuple[Tried, dict[str, Any]]:
    """What counts, and what was left out and why. Raises InputError where nothing is left."""
    trial = tried.trial
    direct, beside = seen_of(trial, judge)
    known = (trial.data.value != 0) & ~np.isnan(tried.prob)
    unread = (trial.data.value != 0).any(axis=1) & ~known.any(axis=1)
    out = unread if seen else unread | direct | beside
    names = [trial.data.shown[row] for row in np.flatnonzero(direct)[:NAMED].tolist()]
    counts = {"learnt": 0, "beside": 0, "some": names, "kept": 0} if seen else _counts(direct, beside, names)
    if seen and not folds:
        counts["kept"] = int((direct | beside).sum())
    if out.all():
        raise InputError(_nothing_left(trial, int(unread.sum()), own=bool(judge.labels)))
    kept = np.flatnonzero(~out)
    left = Tried(trial.take(kept), tried.prob[kept], tried.said[kept], tried.threshold)
    return left, {**counts, "unread": int(unread.sum()), "out_of_fold": folds}


def _counts(direct: Bools, beside: Bools, names: list[str]) -> dict[str, Any]:
    return {"learnt": int(direct.sum()), "beside": int(beside.sum()), "some": names, "kept": 0}


def _nothing_left(trial: Trial, unread: int, *, own: bool) -> str:
    if unread == len(trial):
        return f"none of {len(trial)} pictures can be read"
    flatter = f"all {len(trial)} taught this model, or lie in one event with what did, so its numbers would flatter it"
    if trial.kind == "folder":
        return f"{flatter}: name a folder that it was not trained on, or keep them with --seen"
    without = " and ".join([*([] if own else ["MODEL"]), *(["--oracle"] if trial.kind == "oracle" else [])])
    leave = f", without {without}" if without else ""
    return f"{flatter}: judge answers by heads fitted without their event (--out-of-fold{leave}), or keep it (--seen)"


def _folder(project: Project | None, judge: Judge, out: str | Path | None, folder: str | Path | None) -> Path:
    if out is not None:
        return Path(out)
    if project is None or folder is not None:
        return Path(FOLDER)
    return project.exports / (folder_name(judge.names[0]) if len(judge.names) == 1 else FOLDER)
