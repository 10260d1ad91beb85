"""A moment of a source for a browser to play: the file itself where it can, else a small clip made on demand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from raravis.errors import InputError
from raravis.flow.viewing.cache import cached, made_whole, newest_only
from raravis.flow.viewing.reach import reachable, told_by_name
from raravis.media.browser import Playing, playing
from raravis.media.clip import write_clip
from raravis.store import sources
from raravis.store.project import Project
from raravis.types import Source

LONGEST_SECONDS = 60.0
SHORT_SIDE = 640  # pixels: about a third of full HD, and a ninth of the work
KEPT = 400  # clips in the cache: some 500 MB of ten seconds each


def how_it_plays(source: Source, *, roots: Sequence[Path] = ()) -> Playing:
    """How a browser can play the source. Raises MediaError with the reason where its file cannot be read."""
    return playing(source.kind, reachable(source, roots=roots))


def clip_to_play(
    project: Project, source_id: int, start_seconds: float, end_seconds: float, *, roots: Sequence[Path] = ()
) -> Path:
    """An H.264 MP4 of [start, end) seconds from the source's first frame, at most 60 s; its own time begins at 0.

    Raises InputError for a stretch that is none or too long, or a still; MediaError where it cannot be read.
    """
    if not 0 < end_seconds - start_seconds <= LONGEST_SECONDS:
        wanted = f"wanted more than 0 s and at most {LONGEST_SECONDS:g} s"
        raise InputError(f"a clip from {start_seconds:g} s to {end_seconds:g} s; {wanted}")
    with project.read() as c:
        source = sources.get(c, source_id)
    if source.kind == "image":
        raise InputError(f"source {source_id} is a still, which does not play")
    start, end = (round(1000 * at) for at in (start_seconds, end_seconds))
    target = cached(project, "clips", f"{source_id}-{start}-{end}.mp4")
    if not target.exists():
        _make(project, source, start / 1000, end / 1000, target, roots)
    return target


def forget_clips(project: Project, source_id: int) -> None:
    """No clip of the source is left."""
    for path in cached(project, "clips").glob(f"{source_id}-*.mp4"):
        path.unlink(missing_ok=True)


def _make(project: Project, source: Source, start: float, end: float, target: Path, roots: Sequence[Path]) -> None:
    with project.read() as c:
        path = reachable(source, roots=roots, size_bytes=sources.size_bytes(c, source.id))
        packets = sources.packets(c, source.id)
    with told_by_name(source, path), made_whole(target) as partial:
        write_clip(path, packets, start, end, partial, short_side=SHORT_SIDE, quick=True)
    newest_only(target.parent, "*.mp4", KEPT)
