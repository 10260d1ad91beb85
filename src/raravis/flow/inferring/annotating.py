"""Copies of videos and pictures with what was found drawn in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from raravis.errors import InputError, MediaError
from raravis.flow.inferring.files import File
from raravis.flow.inferring.seeing import Sight
from raravis.flow.inferring.spans import Stretch, Yes
from raravis.formats.export import new_file
from raravis.formats.overlay import Bar, Mark, drawn
from raravis.formats.sheet import save_jpeg
from raravis.media.clip import write_frames
from raravis.media.pictures import read_picture
from raravis.media.reader import open_reader
from raravis.types import Frame, Packets


class Shown(NamedTuple):
    """A mark, and from when until when it is shown, in seconds from the first frame."""

    start: float
    end: float
    mark: Mark


def copy_of(file: File, folder: Path) -> Path:
    """Where a file's copy lies: by its name, with the suffix of what it is added where it has another."""
    name = Path(*[part for part in Path(file.name).parts if part != Path(file.name).anchor])
    suffix = ".jpg" if file.kind == "image" else ".mp4"
    return folder / (name if name.suffix == suffix else name.with_name(name.name + suffix))


def annotate(sight: Sight, runs: Sequence[Stretch], names: Sequence[str], folder: Path) -> list[str]:
    """What went wrong; for nothing the copy is there, whole."""
    target, file = copy_of(sight.file, folder), Path(sight.file.path)
    shown = marks(runs, names)
    assert sight.packets is not None, sight.file
    try:
        if sight.file.kind == "image":
            save_jpeg(drawn(read_picture(file), [one.mark for one in shown]), target)
            return []
        frames = open_reader(sight.file.kind, file).frames(sight.packets)
        with new_file(target) as partial:
            write_frames(_drawn(frames, sight.packets, runs, shown), sight.packets, partial, quick=True)
    except (MediaError, InputError) as error:
        return [f"no annotated copy: {error}"]
    return []


def marks(runs: Sequence[Stretch], names: Sequence[str]) -> list[Shown]:
    """What is drawn, by time: the boxes of each look until the next look of the same stretch."""
    found = [shown for run in runs for shown in _of_stretch(run, names[run.of])]
    return sorted(found, key=lambda one: one.start)


def _of_stretch(run: Stretch, name: str) -> Iterator[Shown]:
    starts = {yes.look: yes.start for yes in run.moments}
    following = dict(pairwise(sorted(starts)))
    for yes in run.moments:
        until = starts.get(following.get(yes.look, -1), yes.end)
        yield Shown(yes.start, max(until, yes.start), Mark(yes.box, f"{name} {_percent(yes)}", yes.of))


def _percent(yes: Yes) -> str:
    return f"{yes.probability:.0%}"


def _drawn(
    frames: Iterator[Frame], packets: Packets, runs: Sequence[Stretch], shown: Sequence[Shown]
) -> Iterator[Frame]:
    """The frames by time, with the marks of theirs and the bar."""
    zero, tick = int(packets.pts[0]), float(packets.time_base)
    length = max((packets.end - zero) * tick, tick)
    spans = [(run.start / length, run.end / length, run.of) for run in runs]
    waiting, open_marks = list(reversed(shown)), list[Shown]()
    for frame in frames:
        now = (frame.pts - zero) * tick
        while waiting and waiting[-1].start <= now:
            open_marks.append(waiting.pop())
        open_marks = [one for one in open_marks if now < one.end or now == one.start]
        yield Frame(frame.pts, drawn(frame.rgb, [one.mark for one in open_marks], Bar(spans, now / length)))
