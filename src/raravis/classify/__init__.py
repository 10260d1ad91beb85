"""Pictures to probabilities of classes: classifiers that people take home, run without a project."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from raravis.errors import ModelError
from raravis.types import Floats, Pixels

FILE = "classifier.onnx"


class Classifier(Protocol):
    """What infer and evaluate ask of a classifier, however it was trained."""

    id: str  # whatever changes the probabilities changes it
    names: tuple[str, ...]  # C classes
    threshold: Floats  # (C,) probability from which it says yes
    exclusive: bool  # True: one class a picture, the probabilities add up to 1; False: each class by itself
    short_side: int  # pixels of a picture's shorter side that it can use; larger pictures are fine

    def __call__(self, pictures: Sequence[Pixels]) -> Floats:
        """(N, C) calibrated probabilities, in order; pictures (h, w, 3) of any sizes mixed; N = 0 works."""


def open_classifier(path: str | Path, *, device: str = "cpu") -> Classifier:
    """The classifier in a file: ONNX with its JSON beside it, from the path of either or of the folder they lie in.

    Its JSON says which form it has: from pixels, or from an encoder's vectors; then the encoder is made too. Raises
    ModelError where the files are not there, are damaged, do not belong together or are no classifier.
    """
    file = _model_file(Path(os.path.expandvars(path)).expanduser())
    about = file.with_suffix(".json")
    if not about.is_file():
        raise ModelError(f"{file}: no {about.name} beside it, which says what goes in and what comes out; copy it too")
    try:
        told = json.loads(about.read_bytes())
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise ModelError(f"{about}: not a JSON object; it is cut off or damaged: export the classifier again")
    if told.get("task") == "classify":
        from raravis.classify.pictures import OfPictures

        return OfPictures(file, device=device)
    if "encoder_spec" in told:
        from raravis.classify.vectors import OfVectors

        return OfVectors(file, told, device=device)
    raise ModelError(f"{about}: no classifier; wanted what `raravis export model` or `raravis train --out` wrote")


def _model_file(path: Path) -> Path:
    file = path / FILE if path.is_dir() else path.with_suffix(".onnx") if path.suffix == ".json" else path
    if not file.is_file():
        raise ModelError(f"{file}: no such file; wanted a classifier: raravis export model --for NAME")
    return file
