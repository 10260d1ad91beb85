"""The nouns: frozen, checked at birth. Rows index an array; ids name things in the store.

Score: larger is more wanted. Time is an integer pts in a rational time base; seconds appear at the
edges. Pixels are RGB uint8. Boxes are xyxy in 0..1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from raravis.arrays import Bools as Bools
from raravis.arrays import Floats as Floats
from raravis.arrays import Ints as Ints
from raravis.arrays import sigmoid, softmax

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
YES, NO, CANT_TELL = 1, -1, 0
VALUES = (YES, NO, CANT_TELL)
COLUMNS = ("timeline", "seconds", "frame", "asked", "label", "weight")  # of a Pool
LABEL_SOURCES = ("human", "oracle", "import", "propagated", "model")

SourceKind = Literal["video", "image", "frames"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source lies: the file, the name people use for it, and its stretch of a timeline."""

    path: str  # absolute; `relocate` changes it
    name: str  # relative to the folder that was ingested, with forward slashes; never changes
    timeline: str
    starts_at: float = 0.0  # seconds on the timeline


@dataclass(frozen=True, slots=True)
class Source:
    """One file's content (or one folder of frames), in all the places where it lies."""

    id: int
    digest: str
    kind: SourceKind
    width: int  # as shown: rotation applied
    height: int
    time_base: Fraction
    start: int  # pts of the first frame; seconds count from here
    duration: int  # ticks, first frame's start to last frame's end; 0 for a still
    places: tuple[Place, ...] = ()

    def __post_init__(self) -> None:
        assert self.width > 0 and self.height > 0, (self.width, self.height)
        assert self.time_base.numerator > 0 and self.duration >= 0, (self.time_base, self.duration)

    def seconds(self, pts: int) -> float:
        """Seconds from the first frame to `pts`."""
        return float((pts - self.start) * self.time_base)

    def pts(self, seconds: float) -> int:
        """The pts nearest to `seconds` after the first frame."""
        return self.start + round(Fraction(seconds) / self.time_base)


@dataclass(frozen=True, slots=True, eq=False)
class Packets:
    """What demuxing tells of a source without decoding: one row a frame, by rising pts."""

    pts: Ints  # (n,)
    key: Bools  # (n,) decodable on its own
    reference: Bools  # (n,) False: a decoder may skip it and still show every other frame right
    end: int  # pts at which the last frame's time is over
    time_base: Fraction

    def __post_init__(self) -> None:
        assert self.pts.shape == self.key.shape == self.reference.shape, "one flag a frame"
        assert np.all(np.diff(self.pts) > 0), "pts must rise"

    def __len__(self) -> int:
        return len(self.pts)

    def seconds(self) -> NDArray[np.float64]:
        """(n,) seconds from the first frame."""
        return np.asarray((self.pts - self.pts[:1]) * float(self.time_base), np.float64)

    def ends(self) -> Ints:
        """(n,) pts at which each frame gives way to the next."""
        return np.append(self.pts[1:], self.end).astype(np.int64)[: len(self.pts)]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Decoded pixels at one instant of a source."""

    pts: int
    rgb: Pixels  # (H, W, 3)

    def __post_init__(self) -> None:
        assert self.rgb.ndim == 3 and self.rgb.shape[2] == 3 and self.rgb.dtype == np.uint8

    def __repr__(self) -> str:
        return f"Frame(pts={self.pts}, rgb={self.rgb.shape})"


@dataclass(frozen=True, slots=True)
class Item:
    """What is searched and labelled: a box over [pts, end) of a source."""

    id: int
    source_id: int
    pts: int
    end: int
    box: Box = WHOLE
    score: float = 1.0  # how sure the detector was
    detector: str = "whole"

    def __post_init__(self) -> None:
        assert self.end >= self.pts, (self.pts, self.end)
        x0, y0, x1, y1 = self.box
        assert 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1, self.box


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Unit-length embeddings of items under one encoder."""

    ids: Ints  # (N,) item ids
    data: NDArray[Any]  # (N, D) float16 or float32
    encoder: str

    def __post_init__(self) -> None:
        assert self.data.ndim == 2 and len(self.ids) == len(self.data), self

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"Vectors({self.data.shape}, {self.data.dtype}, {self.encoder})"

    def take(self, rows: Any) -> Vectors:
        """Those of some rows, numbers, flags or a slice of them, which leaves a map one."""
        return Vectors(self.ids[rows], self.data[rows], self.encoder)


@dataclass(slots=True, eq=False)
class Pool:
    """All that a strategy may see; never the truth. The one noun that changes: answers land in it."""

    vectors: Vectors
    timeline: Ints  # (N,) which timeline
    seconds: NDArray[np.float64]  # (N,) on that timeline
    frame: Ints  # (N,) items of one frame share a number: an answer settles what it implies
    asked: Bools  # (N,)
    label: NDArray[np.int8]  # (N,) 1, -1, 0; 0 and asked: can't tell
    weight: Floats  # (N,) 1 answered, < 1 propagated, 0 implied by another item's answer
    prob: Floats | None = None  # (N,) of the newest head; None before there is one
    examples: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))  # (E, D)
    example_sign: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))  # (E,)
    budget_left: int | None = None
    complete: bool = True  # else some rows have no vector yet: they are zeros, asked, and no answers
    scan: Callable[[Floats], Floats] | None = None  # (Q, D) -> (Q, N) dot products, where a fast one exists
    scan_of: Callable[[Floats, Ints], Floats] | None = None  # (Q, D), rows (n,) -> (Q, n) of some

    def __post_init__(self) -> None:
        n = len(self.vectors)
        for name in COLUMNS:
            assert getattr(self, name).shape == (n,), f"{name} must be ({n},)"

    def __len__(self) -> int:
        return len(self.vectors)

    def take(self, rows: Ints, vectors: Vectors | None = None) -> Pool:
        """The pool of rows (n,) alone, in that order; `vectors` are theirs, copied where none are given."""
        own = self.vectors.take(rows) if vectors is None else vectors
        prob = None if self.prob is None else self.prob[rows]
        columns = {name: getattr(self, name)[rows] for name in COLUMNS}
        return replace(self, vectors=own, prob=prob, scan=None, scan_of=None, **columns)

    def dots(self, queries: Floats, rows: Ints | None = None) -> Floats:
        """(Q, N) dot products of (Q, D) queries with every vector, or (Q, n) with those of rows (n,)."""
        if rows is None and self.scan is not None:
            return self.scan(queries)
        if rows is not None and self.scan_of is not None:
            return self.scan_of(queries, rows)
        data = self.vectors.data if rows is None else self.vectors.data[rows]
        return np.asarray(queries @ data.astype(np.float32, copy=False).T, np.float32)


Strategy = Callable[[Pool, int, np.random.Generator], tuple[Ints, Floats]]
"""Rows (k,) never asked before, best first, and their scores (k,); fewer when fewer are left."""


@dataclass(frozen=True, slots=True)
class Round:
    """One ranked list shown to someone, with all that is needed to make it again."""

    id: int
    concept: str
    strategy: str
    params: Mapping[str, Any]
    seed: int
    ids: tuple[int, ...]
    scores: tuple[float, ...]
    reason: tuple[str, ...]
    inclusion_prob: tuple[float, ...] | None
    labels_up_to: int  # id of the last label seen; 0: none
    head_id: int | None
    encoder: str
    version: str

    def __post_init__(self) -> None:
        assert len(self.ids) == len(self.scores) == len(self.reason), "one score and reason an item"


@dataclass(frozen=True, slots=True)
class Label:
    """One answer. The log only grows: the latest counts, and undo is another answer."""

    item_id: int
    concept: str
    value: int
    by: str
    source: str = "human"
    box: Box | None = None
    round_id: int | None = None
    weight: float = 1.0
    at: float = 0.0  # seconds since 1970, UTC
    id: int = 0

    def __post_init__(self) -> None:
        assert self.value in VALUES, self.value
        assert self.source in LABEL_SOURCES, self.source


@dataclass(frozen=True, slots=True)
class Event:
    """A maximal run of positive time on one timeline: what people count."""

    timeline: str
    concept: str
    start: float  # seconds on the timeline
    end: float
    items: tuple[int, ...] = ()  # ids of the positive items behind it, by time
    score: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A classifier over one encoder's vectors: probability = sigmoid(a * (x @ weight + bias) + b).

    Of classes that exclude one another softmax in place of sigmoid; x is what hidden layers make of the vector.
    """

    names: tuple[str, ...]
    weight: Floats  # (D, C), D of the last hidden layer where there are any
    bias: Floats  # (C,)
    calibration: Floats  # (2, C): a and b
    threshold: Floats  # (C,) probability from which it says yes
    encoder: str
    trained_on: tuple[int, ...] = ()  # label ids
    hidden: tuple[tuple[Floats, Floats], ...] = ()  # weight (D, H) and bias (H,) of each layer before, ReLU after it
    exclusive: bool = False

    def __post_init__(self) -> None:
        d, c = self.weight.shape
        assert self.bias.shape == (c,) and self.calibration.shape == (2, c) and len(self.names) == c, (d, c)
        widths = [weight.shape[0] for weight, _ in self.hidden] + [d]
        assert [bias.shape for _, bias in self.hidden] == [(width,) for width in widths[1:]], widths

    @property
    def dim(self) -> int:
        """Numbers of a vector that it takes."""
        return len(self.hidden[0][0] if self.hidden else self.weight)

    def logits(self, dots: Floats) -> Floats:
        """(..., C) calibrated log odds from x @ weight."""
        return np.asarray(self.calibration[0] * (dots + self.bias) + self.calibration[1], np.float32)

    def probability(self, vectors: NDArray[Any]) -> Floats:
        """(N, C) calibrated probabilities."""
        x = vectors.astype(np.float32, copy=False)
        for weight, bias in self.hidden:
            x = np.maximum(x @ weight + bias, 0)
        logits = self.logits(x @ self.weight)
        return softmax(logits) if self.exclusive else sigmoid(logits)
