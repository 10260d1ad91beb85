"""The small pictures of items: those that `embed` kept, and larger ones made once from the file."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from raravis.errors import MediaError, StoreError
from raravis.flow.clips import crops
from raravis.flow.embedding import THUMB_SIDE, thumb_path
from raravis.flow.media import Work, works
from raravis.flow.viewing.cache import cached, put
from raravis.flow.viewing.reach import reachable, told_by_name
from raravis.media.pictures import jpeg
from raravis.store import items, sources
from raravis.store.project import Project
from raravis.types import Source

WIDTHS = (160, 320, 640)


def thumb(project: Project, item_id: int, *, width: int, roots: Sequence[Path] = ()) -> bytes:
    """A JPEG of the item's box, the longer side `width` pixels where the frame has as many; up to 224 the kept one.

    Raises InputError for no such item, MediaError with the reason where its file does not show it any more.
    """
    made = thumb_at_hand(project, item_id, width=width)
    if made is None:
        made = _made(project, item_id, width, roots)
        with contextlib.suppress(StoreError):  # a full disk must not hide what there is to see: it is made again
            put(_target(project, item_id, width), made)
    return made


def thumb_at_hand(project: Project, item_id: int, *, width: int) -> bytes | None:
    """The same, where nothing has to be decoded for it; else None."""
    return (kept_thumb(project, item_id) if width <= THUMB_SIDE else None) or _read(_target(project, item_id, width))


def kept_thumb(project: Project, item_id: int) -> bytes | None:
    """The JPEG that `embed` kept, 224 pixels: there even where the file is gone."""
    return _read(thumb_path(project.thumbs, item_id))


def forget_thumbs(project: Project, gone: Iterable[int]) -> None:
    """No picture of these items is left."""
    for item in gone:
        thumb_path(project.thumbs, item).unlink(missing_ok=True)
        for width in WIDTHS:
            _target(project, item, width).unlink(missing_ok=True)


def _target(project: Project, item_id: int, width: int) -> Path:
    return thumb_path(cached(project, f"thumbs-{width}"), item_id)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _made(project: Project, item_id: int, width: int, roots: Sequence[Path]) -> bytes:
    with project.read() as c:
        (item,) = items.get(c, [item_id])
        source = sources.get(c, item.source_id)
        path = reachable(source, roots=roots, size_bytes=sources.size_bytes(c, source.id))
        (work,) = works(c, items.some(c, [item_id]))
    with told_by_name(source, path):
        return _crop(replace(work, paths=(str(path),)), source, width)


def _crop(work: Work, source: Source, width: int) -> bytes:
    x0, y0, x1, y1 = work.boxes[0]
    scale = min(width / max((x1 - x0) * source.width, (y1 - y0) * source.height), 1.0)
    short_side = max(math.ceil(min(source.width, source.height) * scale), 1)
    for _, (rgb,) in crops(work, 1, short_side=short_side):
        return jpeg(rgb, long_side=width)
    raise MediaError(f"{work.name}: the frame at {source.seconds(int(work.pts[0])):.3f} s does not decode")
