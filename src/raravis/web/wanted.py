"""What a program may ask of a search, and what it gets: as the OpenAPI description tells it, checked strictly."""

from __future__ import annotations

import math
from typing import Annotated, Literal, NotRequired

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from raravis.errors import InputError
from raravis.flow.searching.queries import AS_MEASURED, LARGEST
from raravis.types import Box, Floats

MOST_QUERIES = 1_024
MOST_NUMBERS = 16_384  # in a vector written out
MOST_MADE = 64  # of queries that are made of examples
MOST_K = 10_000
MOST_HITS = 100_000  # queries x (offset + k)
MOST_TOLD = 10_000  # queries x k, where more than ids and scores is asked for
MOST_EXAMPLES = 20  # of a kind, in one query

Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Names = Annotated[list[Text], Field(max_length=100)]
Id = Annotated[int, Field(ge=0, le=2**53)]
Base64 = Annotated[bytes, WithJsonSchema({"type": "string", "contentEncoding": "base64"})]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Pair = Annotated[list[Finite], Field(min_length=2, max_length=2)]
Weight = Annotated[float, Field(ge=0, le=LARGEST)]
FieldName = Literal["source", "timeline", "seconds", "end_seconds", "box", "probability", "more"]
Row = Annotated[list[float], Field(max_length=MOST_NUMBERS, fail_fast=True)]  # else each of millions is a mistake
Rows = Annotated[list[Row], Field(max_length=MOST_QUERIES, fail_fast=True)]


def _is_box(box: Box) -> Box:
    x0, y0, x1, y1 = box
    if not (all(map(math.isfinite, box)) and 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
        raise ValueError("wanted left, top, right, bottom in 0..1, with left < right and top < bottom")
    return box


BoxGiven = Annotated[Box, AfterValidator(_is_box)]


class Asked(BaseModel):
    """Nothing is converted, and nothing unknown is passed over."""

    model_config = ConfigDict(extra="forbid", strict=True, val_json_bytes="base64")


class Packed(Asked):
    """Queries as the bytes of an array (Q, D), row by row, little-endian, in base64."""

    base64: Base64
    shape: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=2, max_length=2)]
    dtype: Literal["float32", "float16"] = "float32"


class Shown(Asked):
    """A picture (a JPEG, PNG, WebP, TIFF, GIF or BMP file in base64), or an item, or a box of the frame it is in."""

    picture: Base64 | None = None
    item: Id | None = None
    box: BoxGiven | None = None
    weight: Weight = 1.0

    @model_validator(mode="after")
    def one_of_them(self) -> Shown:
        """Raises ValueError for both or none, and for a box of a picture, which can be cut before it is sent."""
        if (self.picture is None) == (self.item is None):
            raise ValueError('wanted either {"picture": …} or {"item": …}')
        if self.box is not None and self.item is None:
            raise ValueError("wanted a box with an item alone; of a picture send the part")
        return self


class Said(Asked):
    """Words."""

    text: Text
    weight: Weight = 1.0


Examples = Annotated[list[Shown], Field(max_length=MOST_EXAMPLES)]
Words = Annotated[list[Text | Said], Field(max_length=MOST_EXAMPLES)]


def rows_of(given: Packed | list[list[float]], dim: int) -> Floats:
    """(Q, D) of unit length: scores are cosines then. Raises InputError naming what was wanted and what came."""
    rows = _unpacked(given) if isinstance(given, Packed) else _listed(given, dim)
    if len(rows) > MOST_QUERIES:
        raise InputError(f"vectors: got {len(rows):,} queries, wanted at most {MOST_QUERIES:,} in one request")
    if rows.shape[1] != dim:
        raise InputError(f"vectors: got {rows.shape[1]} dimensions, wanted {dim}; encode them with the same encoder")
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    if len(bad := np.flatnonzero(~(np.isfinite(length) & (length > 0)))):
        raise InputError(f"vectors: number {bad[0]} has length {length[bad[0]]:g}; wanted finite numbers, not all 0")
    return np.asarray(rows / length[:, None], np.float32)


def _unpacked(given: Packed) -> Floats:
    kind = np.dtype(given.dtype).newbyteorder("<")
    wanted = math.prod(given.shape) * kind.itemsize
    if len(given.base64) != wanted:
        told = f"{' x '.join(map(str, given.shape))} {given.dtype}"
        raise InputError(f"vectors.base64: got {len(given.base64)} bytes, wanted {wanted}: {told}")
    return np.frombuffer(given.base64, kind).reshape(given.shape).astype(np.float32)


def _listed(given: list[list[float]], dim: int) -> Floats:
    lengths = {len(row) for row in given}
    if len(lengths) > 1:
        raise InputError(f"vectors: got rows of {min(lengths)} to {max(lengths)} numbers, wanted {dim} in each")
    with np.errstate(over="ignore"):  # infinity then, which is refused
        return np.array(given).astype(np.float32).reshape(len(given), lengths.pop() if lengths else dim)


class Conditions(Asked):
    """Conditions that all hold, as `raravis search` takes them; what comes out of a search fulfils them."""

    sources: Names = []
    timelines: Names = []
    time_of_day: Pair | None = None
    dates: Annotated[list[Finite | None], Field(min_length=2, max_length=2)] | None = None
    labels: Annotated[list[Literal["yes", "no", "cant-tell", "propagated", "none"]], Field(max_length=5)] = []
    concept: Text | None = None
    score: Pair | None = None
    duplicates: bool = False


class KindWeights(Asked):
    """What each kind of example counts; `unlike` and `text_not` are taken off."""

    like: Weight = AS_MEASURED.like
    text: Weight = AS_MEASURED.text
    unlike: Weight = AS_MEASURED.unlike
    text_not: Weight = AS_MEASURED.text_not


class Query(Asked):
    """One query: what it is like, in pictures, items and words, and what it is not like.

    With a concept its examples count too, or with `by_head` its newest head alone; `expand` adds the so many best that
    are found first.
    """

    like: Examples = []
    unlike: Examples = []
    text: Words = []
    text_not: Words = []
    weights: KindWeights = KindWeights()
    concept: Text | None = None
    by_head: bool = False
    expand: Annotated[int, Field(ge=0, le=100)] = 0


class Wanted(Asked):
    """Either `vectors` or `queries`, and what should come of them."""

    vectors: Packed | Rows | None = None
    queries: Annotated[list[Query], Field(max_length=MOST_MADE)] | None = None
    k: Annotated[int, Field(ge=1, le=MOST_K)] = 10
    offset: Annotated[int, Field(ge=0, le=MOST_K)] = 0
    encoder: Text | None = None
    filter: Conditions | None = None
    group_seconds: Annotated[float, Field(ge=0, le=1e9)] | None = None
    exact: bool = False
    fields: Annotated[list[FieldName], Field(max_length=7)] = ["source", "seconds"]

    def count(self) -> int:
        """How many queries are asked."""
        if isinstance(self.vectors, Packed):
            return self.vectors.shape[0]
        return len(self.vectors or self.queries or ())


class Result(TypedDict):
    """What one query found, best first; every list is as long as `ids`."""

    ids: list[int]
    scores: Annotated[list[float], Field(description="cosines")]
    source: NotRequired[list[str]]
    timeline: NotRequired[list[str]]
    seconds: NotRequired[list[float]]
    end_seconds: NotRequired[list[float]]
    box: NotRequired[list[list[float]]]
    probability: NotRequired[list[float | None]]
    more: NotRequired[list[int]]


class Results(TypedDict):
    """What was found."""

    encoder: str
    total: Annotated[int, Field(description="items that could come out: all, or those that the filter lets through")]
    floor: NotRequired[
        Annotated[
            float | None, Field(description="cosine below which a picture's best match says nothing; null: unknown")
        ]
    ]
    results: list[Result]
