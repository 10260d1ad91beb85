"""What people take away: exports made of all that is known now, and the files that they are."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from raravis.errors import InputError
from raravis.flow.collection import Collection
from raravis.flow.export import export
from raravis.flow.train import train
from raravis.formats.export import folder_name
from raravis.store import heads, labels
from raravis.store.project import Project

FILES = {"csv": "events.csv", "report": "report.html"}
FOLDERS = ("coco", "clips")
PAGES = ("certificate-event", "certificate-item")


def take(project: Project, concept: str, collection: Collection, *, formats: Sequence[str]) -> dict[str, Path]:
    """What `export` writes, with a classifier and scores that know all the answers. Raises what `export` raises."""
    if not _knows_all(project, concept, collection):
        with contextlib.suppress(InputError):  # no yes and no example so far: there are results all the same
            train(project, concept, encoder=collection.vectors.encoder)
    return export(project, concept, formats=formats, encoder=collection.vectors.encoder)


def _knows_all(project: Project, concept: str, collection: Collection) -> bool:
    with project.read() as c:
        newest, latest = heads.latest(c, concept, collection.vectors.encoder), labels.latest(c, concept)
    taught = latest.given() & np.isin(latest.item_id, collection.vectors.ids)
    return newest is not None and set(newest[1].trained_on) == set(latest.label_id[taught].tolist())


def exported(project: Project, concept: str, format: str) -> list[Path]:
    """The files of a format, the main one first, or of a certificate its page; none where it was not exported."""
    folder = home(project, concept)
    if format in FOLDERS:
        return sorted(path for path in (folder / format).rglob("*") if path.is_file() and not path.name.startswith("."))
    if format == "onnx":
        return _classifier(folder)
    file = folder / (f"{format}.html" if format in PAGES else FILES[format])
    return [file] if file.is_file() else []


def home(project: Project, concept: str) -> Path:
    """The folder that a concept's exports lie in."""
    return project.exports / folder_name(concept)


def _classifier(folder: Path) -> list[Path]:
    """The model, what says how to use it, and the file that its encoder learned, where it did."""
    model, about = folder / "classifier.onnx", folder / "classifier.json"
    if not (model.is_file() and about.is_file()):
        return []
    spec = str(json.loads(about.read_text(encoding="utf-8"))["encoder_spec"].get("spec", ""))
    learnt = folder / Path(spec.rpartition(":")[2]).name
    return [model, about, *([learnt] if spec and learnt.is_file() else [])]
