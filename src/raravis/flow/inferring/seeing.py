"""What a worker does with a file: one pass of decoding, crops to the classifier, yes and where."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from raravis import boxes, classify, plugins
from raravis.classify import Classifier
from raravis.detect import Detector, pixels_needed
from raravis.errors import MediaError, ModelError
from raravis.flow.inferring.files import File
from raravis.flow.inferring.looking import Looks, cuts, looks_of
from raravis.flow.inferring.spans import Yes, said
from raravis.media.reader import open_reader
from raravis.types import Box, Floats, Frame, Packets, Pixels

PICTURES_AT_ONCE = 16  # faster is not to be had by more, memory is
DETECTOR_SIDE = 1080  # pixels of a frame's shorter side where boxes are found in it: small ones still fill the input


@dataclass(frozen=True)
class Setup:
    """What is looked for and how; travels to workers, which open model and detector once a process."""

    model: str
    device: str
    sample: str
    detect: str
    threshold: tuple[float, ...]  # of each class; at most 0: every class is told
    exclusive: bool

    @property
    def classifier(self) -> Classifier:
        """The model, opened."""
        return opened(self.model, self.device)


@dataclass(eq=False)
class Sight:
    """What was seen of one file so far."""

    file: File
    packets: Packets | None = None
    looks: int = 0
    crops: int = 0
    unjudged: int = 0  # crops
    found: list[Yes] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    failed: bool = False
    long: bool = False  # a long film: left to be cut

    def conclude(self) -> None:
        """Failed where nothing could be seen or judged; then it says yes to nothing."""
        self.failed |= not self.looks or 0 < self.crops == self.unjudged
        self.found = [] if self.failed else self.found


class Crop(NamedTuple):
    """A picture to judge, and whose it is."""

    sight: Sight
    look: int
    span: tuple[float, float, float]  # start, end and the moment shown, in seconds
    box: Box
    picture: Pixels


@functools.lru_cache(maxsize=1)
def opened(model: str, device: str) -> Classifier:
    """The classifier, read once a process."""
    return classify.open_classifier(model, device=device)


@functools.lru_cache(maxsize=1)
def detector_of(spec: str) -> Detector:
    """The detector, made once a process."""
    return plugins.make("detect", spec)  # type: ignore[no-any-return]


def see(setup: Setup, files: Sequence[File], *, cut: bool = False) -> list[Sight]:
    """What is seen of each file, pictures of several files judged together.

    With `cut`, of a long film nothing is: it is marked as one.
    """
    sights = [Sight(file) for file in files]
    judge(setup, itertools.chain.from_iterable(_opened(setup, sight, cut) for sight in sights))
    return sights


def see_part(setup: Setup, file: File, packets: Packets, looks: Looks) -> Sight:
    """What is seen of a file at some of its looks."""
    sight = Sight(file, packets)
    judge(setup, _guarded(sight, lambda: crops(setup, sight, packets, looks)))
    return sight


def judge(setup: Setup, crops: Iterator[Crop]) -> None:
    """Shows the crops to the classifier; what it says yes to lands in the sights they are of."""
    threshold = np.array(setup.threshold, np.float32)
    while chunk := list(itertools.islice(crops, PICTURES_AT_ONCE)):
        for crop, told in _judged(setup.classifier, chunk):
            for of in said(told, threshold, exclusive=setup.exclusive):
                start, end, at = crop.span
                crop.sight.found.append(Yes(crop.look, start, end, of, float(told[of]), crop.box, at))


def crops(setup: Setup, sight: Sight, packets: Packets, looks: Looks) -> Iterator[Crop]:
    """The boxes of each look, by time, in one pass over the file; looks that do not decode are missing, and noted."""
    detector, reader = detector_of(setup.detect), open_reader(sight.file.kind, Path(sight.file.path))
    fixed = None if detector.needs_pixels else detector([None])[0].boxes
    side = DETECTOR_SIDE if fixed is None else pixels_needed(fixed, setup.classifier.short_side)
    zero, tick = int(packets.pts[0]), float(packets.time_base)
    for frame in reader.frames(packets, looks.shown, short_side=side):
        found = _boxes(detector, frame) if fixed is None else fixed
        for row in range(*np.searchsorted(looks.shown, [frame.pts, frame.pts + 1])):
            start, end, at = ((int(pts) - zero) * tick for pts in (looks.pts[row], looks.end[row], frame.pts))
            sight.looks += 1
            for x0, y0, x1, y1 in found.tolist():
                sight.crops += 1
                yield Crop(
                    sight, sight.looks - 1, (start, end, at), (x0, y0, x1, y1), _cut(frame.rgb, (x0, y0, x1, y1))
                )
    sight.problems += reader.problems


def _opened(setup: Setup, sight: Sight, cut: bool) -> Iterator[Crop]:
    def begun() -> Iterator[Crop]:
        reader = open_reader(sight.file.kind, Path(sight.file.path))
        probed = reader.probe()
        sight.packets = probed.packets
        looks = looks_of(setup.sample, reader, probed.packets)
        sight.problems += [probed.problem] if probed.problem else []
        sight.long = cut and cuts(probed.packets, looks)
        if not sight.long:
            yield from crops(setup, sight, probed.packets, looks)

    return _guarded(sight, begun)


def _guarded(sight: Sight, begun: Callable[[], Iterator[Crop]]) -> Iterator[Crop]:
    """Trouble with one file is that file's."""
    try:
        yield from begun()
    except (MediaError, ModelError, OSError) as error:
        sight.failed = True
        sight.problems.append(str(getattr(error, "strerror", None) or error))


def _boxes(detector: Detector, frame: Frame) -> NDArray[np.float64]:
    return detector([frame.rgb])[0].boxes


def _cut(rgb: Pixels, box: Box) -> Pixels:
    """The crop; a small one is copied, so that it does not hold the frame in memory."""
    cut = boxes.crop(rgb, box)
    return cut if cut.nbytes * 2 > rgb.nbytes else cut.copy()


def _judged(classifier: Classifier, chunk: Sequence[Crop]) -> Iterator[tuple[Crop, Floats]]:
    """Each crop with its (C,) probabilities; one that has none is left out, and noted."""
    try:
        yield from zip(chunk, classifier([crop.picture for crop in chunk]), strict=True)
    except ModelError as error:
        if len(chunk) > 1:  # one bad picture must not cost its neighbours
            for crop in chunk:
                yield from _judged(classifier, [crop])
            return
        sight = chunk[0].sight
        sight.unjudged += 1
        sight.problems += [] if sight.unjudged > 1 else [str(error)]
