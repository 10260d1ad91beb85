"""export model: the newest head of a concept and its encoder in one file that takes pixels."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from raravis import __version__
from raravis.classify.pictures import OfPictures
from raravis.embed import Encoder
from raravis.errors import InputError, MediaError, ModelError
from raravis.flow.clips import crops, frames_at_once, of_pictures
from raravis.flow.encoder import known, learnt_file, space_named
from raravis.flow.labelled import taught_by_content
from raravis.flow.media import within_reach, works
from raravis.flow.tell import typed
from raravis.formats import classifier, picture_classifier
from raravis.formats.export import folder_name, new_file
from raravis.onnx import Model
from raravis.store import concepts, encoders, heads, items
from raravis.store.project import Project
from raravis.types import Head, Pixels

TRIED = 32  # pictures on which a model is compared with what it was made of
WITHIN = 1e-4  # of a probability
FOLDER = "model"


class Made(NamedTuple):
    """A classifier's file, and what form it has."""

    path: Path
    why_vectors: str  # why it takes an encoder's vectors; "": it takes pixels
    worst: float  # largest difference of a probability from the head's own, on `tried` pictures
    tried: int

    def __str__(self) -> str:
        if self.why_vectors:
            return f"{self.path}  takes its encoder's vectors, for {self.why_vectors}"
        return f"{self.path}  takes pixels; {self.worst:.1e} off at most on {self.tried} pictures"


def export_model(project: Project, concept: str, *, out: str | Path | None = None, encoder: str | None = None) -> Made:
    """`classifier.onnx` and its sidecar in the folder `out` (default: exports/CONCEPT/model in the project).

    The newest head over `encoder` (default: the one in use), kept once it says of frames of the project what the head
    says. Raises InputError for an unknown concept or encoder, or where no head was trained.
    """
    with project.read() as c:
        concepts.require(c, concept)
        name = space_named(c, project, encoder) if encoder else encoders.current(c)
        newest = heads.latest(c, concept, name) if name else None
    if newest is None or name is None:
        train = typed(project, "train", "--for", concept)
        raise InputError(f"no classifier for {concept!r} yet; train one (it needs a yes and a no): {train}")
    folder = Path(out) if out else project.exports / folder_name(concept) / FOLDER
    about = {"trained_on": taught_by_content(project, newest[1])}
    return write_model(newest[1], known(project, name), Source.of(project, name), _frames(project), folder, about=about)


class Source(NamedTuple):
    """How an encoder is made again by whoever has the files alone."""

    id: str
    spec: str
    file: Path | None  # what it learnt of a collection

    @classmethod
    def of(cls, project: Project, encoder_id: str) -> Source:
        """Of a space of the project."""
        with project.read() as c:
            spec = encoders.require(c, encoder_id).spec
        file = learnt_file(project, spec)
        return cls(encoder_id, f"{spec}:{file.name}" if file else spec, file)


def write_model(
    head: Head,
    encoder: Encoder,
    source: Source,
    pictures: Sequence[Pixels],
    folder: Path,
    *,
    about: Mapping[str, Any] | None = None,
) -> Made:
    """One file from pixels on where the encoder is one ONNX file and both agree on these pictures; else of vectors."""
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    told = {"encoder": head.encoder, "encoder_spec": source.spec, "answers": len(head.trained_on)}
    told |= {"version": __version__, "created": created, **(about or {})}
    try:
        return _of_pixels(head, encoder, pictures, folder, told)
    except ValueError as error:
        spec = {"id": source.id, "spec": source.spec}
        said = classifier.described(head, spec, version=__version__, created=created) | {"about": dict(about or {})}
        path = classifier.write_head(head, said, folder, encoder_file=source.file)
        return Made(path, str(error), 0.0, 0)


def _of_pixels(head: Head, encoder: Encoder, pictures: Sequence[Pixels], folder: Path, told: Mapping[str, Any]) -> Made:
    """Raises ValueError saying why there is no such file; then nothing is in the folder that was not."""
    model = getattr(encoder, "model", None)
    if not isinstance(model, Model) or frames_at_once(encoder) > 1:
        raise ValueError(f"{encoder.id} is not one ONNX file that takes pictures")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as tried:
        made = picture_classifier.write(Path(model.path), model.output, model.sidecar, head, told, Path(tried))
        worst = _difference(made, head, encoder, pictures)
        if not worst <= WITHIN:
            raise ValueError(f"the joined model differs by {worst:.1e} of a probability, wanted {WITHIN:.0e} at most")
        for file in (made, made.with_suffix(".json")):
            with new_file(folder / file.name) as partial:
                shutil.copyfile(file, partial)
    return Made(folder / made.name, "", worst, len(pictures))


def _difference(made: Path, head: Head, encoder: Encoder, pictures: Sequence[Pixels]) -> float:
    """The largest, of all pictures at once and of the first by itself: a batch is of any size."""
    try:
        of_file = OfPictures(made)
        wanted = head.probability(of_pictures(encoder, pictures))
        apart = [np.abs(of_file(pictures[:n]) - wanted[:n]) for n in {1, len(pictures)}]
    except ModelError as error:
        raise ValueError(str(error)) from None
    return float(max((part.max(initial=0.0) for part in apart), default=0.0))


def _frames(project: Project) -> list[Pixels]:
    """Pictures of items from all over the project."""
    with project.read() as c:
        table = items.arrays(c)
        table = table.take(within_reach(c, table))
        rows = np.random.default_rng(0).permutation(len(table))[:TRIED]
        picked = works(c, table.take(np.sort(rows)))
    found: list[Pixels] = []
    for work in picked:
        try:
            found += [picture for _, (picture,) in crops(work, 1)]
        except MediaError:
            continue  # of a file that is gone nothing can be tried
    return found
