"""train, its levels: labelled pictures of a project or of folders → a classifier, in the project or in a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from raravis.errors import InputError
from raravis.flow.encoder import absolute, known, loaded
from raravis.flow.export_model import FOLDER, TRIED, Made, Source, write_model
from raravis.flow.labelled import WEAK, of_folder, of_project
from raravis.flow.tell import Map, Say, Tell, quiet, silent
from raravis.flow.train import taught_by
from raravis.formats.export import folder_name
from raravis.media import lists
from raravis.scale.processes import in_process
from raravis.store import heads
from raravis.store.project import Project
from raravis.train.labelled import Labelled
from raravis.train.levels import Report, train_level
from raravis.types import Head, Pixels


class Trained(NamedTuple):
    """What came of it."""

    head: Head
    report: Report
    made: Made | None  # the file, where one was written


def train_concepts(
    project: Project,
    concepts: Sequence[str],
    *,
    level: str = "linear",
    exclusive: bool = False,
    encoder: str | None = None,
    out: str | Path | None = None,
    seed: int = 0,
) -> Trained:
    """A classifier of what was answered about the concepts, measured on events left out. Same answers, same head.

    Of one concept it is kept as its newest head, and written as a file too where `out` says so. Of several it is a
    file alone (default: exports/A+B/model in the project). Items that nobody answered teach as weak no's, unless the
    concepts exclude one another: then nothing says what is none of them. Examples do not teach here. Raises InputError
    for an unknown concept, or answers that cannot teach.
    """
    data = of_project(project, concepts, encoder, exclusive=exclusive, weak=0 if exclusive else WEAK, seed=seed)
    head, report = train_level(data, level, np.random.default_rng(seed))
    head = replace(head, trained_on=taught_by(project, concepts, data.encoder))
    if len(concepts) == 1:
        with project.begin() as c:
            heads.add(c, concepts[0], head, f"{level}, {len(head.trained_on)} answers, tried on {report.held_out}")
        if out is None:
            return Trained(head, report, None)
    folder = Path(out) if out else default_folder(project, concepts)
    source = Source.of(project, data.encoder)
    return Trained(head, report, _written(head, report, known(project, data.encoder), source, data, folder))


def train_folder(
    folder: str | Path,
    *,
    classes: Sequence[str] = (),
    level: str = "linear",
    exclusive: bool | None = None,
    encoder: str = "builtin",
    out: str | Path | None = None,
    seed: int = 0,
    map: Map = in_process,
    say: Say = quiet,
    tell: Tell = silent,
) -> Trained:
    """A classifier of the pictures in a folder of classes, in the folder `out` (default: FOLDER-classifier here).

    Its classes exclude one another unless some are chosen or `exclusive` is False. Raises InputError for a folder
    that cannot teach, ModelError for an encoder that cannot be used.
    """
    spec = absolute(encoder)
    data = of_folder(folder, classes=classes, encoder=spec, map=map, say=say, tell=tell)
    data = data if exclusive is None else replace(data, exclusive=exclusive)
    head, report = train_level(data, level, np.random.default_rng(seed))
    home = Path(out) if out else beside(folder)
    source = Source(data.encoder, spec, None)
    return Trained(head, report, _written(head, report, loaded(spec), source, data, home))


def default_folder(project: Project, concepts: Sequence[str], name: str = FOLDER) -> Path:
    """Where a classifier of these concepts is written."""
    return project.exports / "+".join(map(folder_name, concepts)) / name


def beside(folder: str | Path) -> Path:
    """Where a classifier of a folder of classes is written: here, under the folder's name."""
    return Path(f"{lists.absolute(folder).name}-classifier")


def _written(head: Head, report: Report, encoder: Any, source: Source, data: Labelled, folder: Path) -> Made:
    about = {
        "level": report.level,
        "yes": list(report.yes),
        "no": list(report.no),
        "groups": report.groups,
        "held_out": report.held_out,
        "measures": {name: round(value, 4) for name, value in report.measures.items()},
        "trained_on": data.taught(),
    }
    if folder.is_file():
        raise InputError(f"{folder}: is a file; wanted a folder for the classifier: --out FOLDER")
    return write_model(head, encoder, source, _some(data), folder, about=about)


def _some(data: Labelled) -> list[Pixels]:
    """Pictures from all over the data."""
    rows = np.sort(np.random.default_rng(0).permutation(len(data))[:TRIED])
    return [rgb for _, rgb in data.pictures(rows)]
