"""The pictures a search starts from: kept in the project, embedded under each encoder that needs them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from raravis.errors import InputError
from raravis.flow.embed import known
from raravis.media.pictures import jpeg, read_picture
from raravis.store import concepts, examples
from raravis.store.project import Project
from raravis.types import NO, YES, Floats

LONG_SIDE = 512  # pixels kept of an example
LONGEST_NAME = 60  # a concept's exports lie in a folder of its name, and a file name holds 255 bytes


def add_examples(
    project: Project, concept: str, *, like: Sequence[str | Path] = (), unlike: Sequence[str | Path] = ()
) -> int:
    """How many pictures were new. The concept exists afterwards, with or without any.

    Raises MediaError when one is not an image, InputError for no such file or no usable name; then none is added.
    """
    _refuse_no_name(concept)
    signed = [(Path(p), YES) for p in like] + [(Path(p), NO) for p in unlike]
    pictures = [(path, sign, read_picture(path)) for path, sign in signed]
    with project.begin() as c:
        concepts.add(c, concept)
        before = len(examples.all(c, concept))
        for path, sign, picture in pictures:
            data = jpeg(picture, long_side=LONG_SIDE, quality=92)
            digest = blake2b(data, digest_size=16).hexdigest()
            examples.add(c, concept, path.name, digest, sign, data)
        return len(examples.all(c, concept)) - before


def _refuse_no_name(concept: str) -> None:
    if not concept.strip() or len(concept) > LONGEST_NAME or len(concept.splitlines()) > 1:
        raise InputError(
            f"{concept[:20]!r} cannot name what is sought; wanted one line of 1 to {LONGEST_NAME} characters"
        )


def embed_examples(project: Project, concept: str, encoder_id: str) -> None:
    """Every example of the concept has a vector under this encoder afterwards."""
    with project.read() as c:
        missing = examples.without_vector(c, concept, encoder_id)
    if not missing:
        return
    vectors = known(project, encoder_id)([_pixels(data) for _, data in missing])
    with project.begin() as c:
        for (example, _), vector in zip(missing, vectors, strict=True):
            examples.set_vector(c, example, encoder_id, vector)


def vectors_of(encoder: Any, paths: Sequence[str | Path]) -> Floats:
    """(n, D) vectors of picture files. Raises MediaError when one is not an image."""
    return np.asarray(encoder([read_picture(Path(path)) for path in paths]), np.float32)


def _pixels(data: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
