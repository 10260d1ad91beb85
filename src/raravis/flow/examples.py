"""The pictures a search starts from: kept in the project, embedded under each encoder that needs them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from raravis import plugins
from raravis.media.pictures import jpeg, read_picture
from raravis.store import concepts, encoders, examples
from raravis.store.project import Project
from raravis.types import NO, YES, Floats

LONG_SIDE = 512  # pixels kept of an example


def add_examples(
    project: Project, concept: str, *, like: Sequence[str | Path] = (), unlike: Sequence[str | Path] = ()
) -> int:
    """How many pictures were new. The concept exists afterwards, with or without any.

    Raises MediaError when one is not an image, InputError when there is no such file; then none is added.
    """
    signed = [(Path(p), YES) for p in like] + [(Path(p), NO) for p in unlike]
    pictures = [(path, sign, read_picture(path)) for path, sign in signed]
    new = 0
    with project.begin() as c:
        concepts.add(c, concept)
        for path, sign, picture in pictures:
            data = jpeg(picture, long_side=LONG_SIDE, quality=92)
            digest = blake2b(data, digest_size=16).hexdigest()
            new += bool(examples.add(c, concept, path.name, digest, sign, data))
    return new


def embed_examples(project: Project, concept: str, encoder_id: str) -> None:
    """Every example of the concept has a vector under this encoder afterwards."""
    with project.begin() as c:
        missing = examples.without_vector(c, concept, encoder_id)
        if missing:
            encoder = plugins.make("embed", encoders.require(c, encoder_id).spec)
            vectors = encoder([_pixels(data) for _, data in missing])
            for (example, _), vector in zip(missing, vectors, strict=True):
                examples.set_vector(c, example, encoder_id, vector)


def vectors_of(encoder: Any, paths: Sequence[str | Path]) -> Floats:
    """(n, D) vectors of picture files. Raises MediaError when one is not an image."""
    return np.asarray(encoder([read_picture(Path(path)) for path in paths]), np.float32)


def _pixels(data: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
