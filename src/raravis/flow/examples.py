"""What a search starts from, pictures, items and texts: kept in the project, a vector under each encoder in use."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import numpy as np
from PIL import Image

from raravis.embed import Encoder
from raravis.errors import InputError, MediaError
from raravis.flow import words
from raravis.flow.clips import crops, of_pictures
from raravis.flow.encoder import known
from raravis.flow.media import within_reach, works
from raravis.formats.export import folder_name
from raravis.media.pictures import jpeg, picture_of_bytes
from raravis.media.region import LEAST, is_there, read_region, split
from raravis.store import concepts, examples, items, shards
from raravis.store.examples import Example, Kind
from raravis.store.project import Project
from raravis.types import NO, YES, Box, Floats, Pixels

LONG_SIDE = 512  # pixels kept of an example
LONGEST_NAME = 60
LONGEST_FOLDER = 255  # bytes of a folder's name: a concept's exports lie in one called after it


def given(
    like: Sequence[str | Path] = (),
    unlike: Sequence[str | Path] = (),
    text: Sequence[str] = (),
    text_not: Sequence[str] = (),
) -> list[Example]:
    """Examples that are not kept yet, pictures first. The name of a file that is there is a file, `item:7` too.

    Raises InputError for `item:` and something else than a number.
    """
    pictures = [(str(path), YES) for path in like] + [(str(path), NO) for path in unlike]
    kinds = [_kind(name) for name, _ in pictures]
    shown = [Example(0, name, "", sign, b"", kind) for kind, (name, sign) in zip(kinds, pictures, strict=True)]
    texts = [(" ".join(one.split()), sign) for several, sign in ((text, YES), (text_not, NO)) for one in several]
    return shown + [Example(0, name, "", sign, b"", "text") for name, sign in texts]


def add_examples(
    project: Project,
    concept: str,
    *,
    like: Sequence[str | Path] = (),
    unlike: Sequence[str | Path] = (),
    text: Sequence[str] = (),
    text_not: Sequence[str] = (),
) -> int:
    """How many examples were new. The concept exists afterwards, with or without any.

    Pictures are `FILE`, `FILE#x0,y0,x1,y1` or `item:ID`. Whether an encoder can read the texts is asked of
    `words.read`. Raises MediaError when one is not an image, InputError for no such file or item, a box that is none
    or no usable name; then none is added.
    """
    _refuse_no_name(concept)
    new = [to_keep(project, one) for one in given(like, unlike, text, text_not)]
    with project.begin() as c:
        concepts.add(c, concept)
        before = len(examples.all(c, concept))
        for one in new:
            examples.add(c, concept, one.name, one.digest, one.sign, one.picture, kind=one.kind)
        return len(examples.all(c, concept)) - before


def add_picture(project: Project, concept: str, data: bytes, *, name: str, sign: int = YES) -> int:
    """The id of an example: the content of a picture file, by whatever name; one known already keeps its own.

    Raises MediaError where it is no picture in a usual format, or one of too many pixels.
    """
    return _add_shown(project, concept, picture_of_bytes(data, name, short_side=LONG_SIDE), name=name, sign=sign)


def add_crop(project: Project, concept: str, item_id: int, *, box: Box | None = None, sign: int = YES) -> int:
    """The id of an example: an item, or any box (xyxy in 0..1 of the frame) of the frame in which it is seen.

    Raises InputError for no such item and a box of less than a few pixels, MediaError where the frame does not decode.
    """
    if box is None:
        return _add(project, concept, to_keep(project, Example(0, f"item:{item_id}", "", sign, b"", "item")))
    rgb = picture_of(project, item_id, box=box)
    if min(rgb.shape[:2]) < LEAST:
        raise InputError(f"item {item_id}: got a box of {rgb.shape[1]}x{rgb.shape[0]} pixels; wanted {LEAST} or more")
    corners = ",".join(f"{value:g}" for value in box)
    return _add_shown(project, concept, rgb, name=f"item:{item_id}#{corners}", sign=sign)


def remove_example(project: Project, concept: str, example_id: int) -> None:
    """The concept has this example no more: rounds from now on go without it. Raises InputError where it had none."""
    with project.begin() as c:
        if not examples.remove(c, concept, example_id):
            raise InputError(f"{concept!r} has no example {example_id}")


def _add_shown(project: Project, concept: str, rgb: Pixels, *, name: str, sign: int) -> int:
    data = jpeg(rgb, long_side=LONG_SIDE, quality=92)
    return _add(project, concept, Example(0, name, _digest(data), sign, data))


def _add(project: Project, concept: str, one: Example) -> int:
    _refuse_no_name(concept)
    with project.begin() as c:
        return examples.add(c, concept, one.name, one.digest, one.sign, one.picture, kind=one.kind)


def to_keep(project: Project, one: Example) -> Example:
    """The example as it is kept: with its picture, if it has one, and a digest of what it shows or says."""
    data = b"" if one.kind == "text" else jpeg(_pixels(project, one), long_side=LONG_SIDE, quality=92)
    name = Path(one.name).name if one.kind == "picture" else one.name
    return replace(one, name=name, picture=data, digest=_digest(data or name.encode()))


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _refuse_no_name(concept: str) -> None:
    unreadable = any(unicodedata.category(letter) in ("Cc", "Cs") for letter in concept)  # control characters, halves
    if not concept.strip() or len(concept) > LONGEST_NAME or len(concept.splitlines()) > 1 or unreadable:
        raise InputError(
            f"{concept[:20]!r} cannot name what is sought; wanted one line of 1 to {LONGEST_NAME} characters"
        )
    if len(folder_name(concept).encode()) > LONGEST_FOLDER:
        raise InputError(f"{concept[:20]!r}… is too long to name a folder; wanted fewer signs and emoji")


def embed_examples(project: Project, concept: str, encoder_id: str) -> list[str]:
    """Every example of the concept has a vector under this encoder afterwards, but for texts that it cannot read.

    Those are returned: they were given for another encoder, and count under that one alone.
    """
    with project.read() as c:
        missing = examples.without_vector(c, concept, encoder_id)
    if not missing:
        return []
    unread = [one for one in missing if one.kind == "text" and not reads(known(project, encoder_id), one.name)]
    seen = [one for one in missing if one not in unread]
    vectors = embedded(project, encoder_id, seen)
    with project.begin() as c:
        for one, vector in zip(seen, vectors, strict=True):
            examples.set_vector(c, one.id, encoder_id, vector)
    return [one.name for one in unread]


def embedded(project: Project, encoder_id: str, several: Sequence[Example]) -> Floats:
    """(n, D) vectors of examples, kept or not; an item's is its own where it has one under this encoder.

    Where all have theirs the encoder itself is not needed, and may be gone.
    Raises MediaError when one is not an image, InputError for no such item or a text that the encoder cannot read.
    """
    own = _own_vectors(project, encoder_id, several)
    if several and len(own) == len(several):
        return np.stack([own[row] for row in range(len(several))])
    encoder = known(project, encoder_id)
    vectors = np.zeros((len(several), encoder.dim), np.float32)
    texts = [row for row, one in enumerate(several) if one.kind == "text"]
    shown = [row for row, one in enumerate(several) if one.kind != "text" and row not in own]
    for row, vector in own.items():
        vectors[row] = vector
    vectors[texts] = words.read(encoder, [several[row].name for row in texts]).vectors
    vectors[shown] = of_pictures(encoder, [_pixels(project, several[row]) for row in shown])
    return vectors


def reads(encoder: Encoder, text: str) -> bool:
    """Whether the encoder has words for a text."""
    try:
        words.read(encoder, [text])
    except InputError:
        return False
    return True


def _own_vectors(project: Project, encoder_id: str, several: Sequence[Example]) -> dict[int, Floats]:
    """Vectors of items that were embedded, by their place among the examples."""
    wanted = {row: _item_id(one.name) for row, one in enumerate(several) if one.kind == "item"}
    if not wanted:
        return {}
    with project.read() as c:
        held = shards.open_all(c, project.vectors, encoder_id)
    found: dict[int, Floats] = {}
    for shard in held:
        for at in np.flatnonzero(np.isin(shard.ids, list(wanted.values()))):
            found.setdefault(int(shard.ids[at]), shard.data[at].astype(np.float32))
    return {row: found[item] for row, item in wanted.items() if item in found}


def _pixels(project: Project, one: Example) -> Pixels:
    if one.picture:
        return np.asarray(Image.open(io.BytesIO(one.picture)).convert("RGB"))
    return picture_of(project, _item_id(one.name)) if one.kind == "item" else read_region(one.name)


def picture_of(project: Project, item_id: int, *, box: Box | None = None) -> Pixels:
    """(h, w, 3) of an item's box, or another, in the middle of its span, as large as it is in the file.

    Raises InputError for no such item, MediaError where it does not decode.
    """
    with project.read() as c:
        items.get(c, [item_id])
        table = items.some(c, [item_id])
        table = table if box is None else replace(table, boxes=np.array([box]))
        found = works(c, table) if within_reach(c, table).all() else []
    for work in found:
        for _, (rgb,) in crops(work, 1):
            return rgb
    raise MediaError(f"item {item_id}: its frame does not decode, or its file was overwritten by another")


def _kind(name: str) -> Kind:
    if not name.startswith("item:") or is_there(str(split(name)[0])):
        return "picture"
    if not re.fullmatch(r"item:\d{1,18}", name, re.ASCII):
        raise InputError(f"{name}: item:ID wants the number of an item, and no part")
    return "item"


def _item_id(name: str) -> int:
    return int(name.removeprefix("item:"))
