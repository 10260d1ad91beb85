"""Short ways through the flow, for tests that look at what comes after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raravis import flow
from raravis.embed.toy import Toy
from raravis.errors import ModelError
from raravis.flow.answers import OracleAnswerer
from raravis.flow.truth import read_oracle
from raravis.store import Project, items, labels, rounds, shards, sources
from raravis.types import Floats

Key = tuple[str, int, int, tuple[float, ...]]  # digest, pts, end, box: what an item is, whatever its id


def collect(project: Project, *inputs: Path, sample: str = "keyframes", detect: str = "whole", **settings: Any) -> str:
    """ingest to embed; the encoder's id."""
    flow.ingest(project, inputs, **settings)
    flow.sample(project, sample=sample)
    flow.detect(project, detect=detect, sample=sample)
    return flow.embed(project, encoder="toy")


def refuse_red(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    """The toy encoder raises ModelError for every batch with a picture of the red thing in it."""
    encode = Toy.__call__

    def refusing(self: Toy, pictures: Any) -> Floats:
        if any(rgb[12:20, 12:18, 0].mean() > 180 for rgb in pictures):
            raise ModelError(why)
        return encode(self, pictures)

    monkeypatch.setattr(Toy, "__call__", refusing)


def keys(project: Project) -> dict[int, Key]:
    """Every item by id."""
    with project.read() as c:
        digests = {source.id: source.digest for source in sources.all(c)}
        table = items.arrays(c)
    rows = zip(table.ids, table.source_id, table.pts, table.end, table.boxes.tolist(), strict=True)
    return {int(i): (digests[int(s)], int(pts), int(end), tuple(box)) for i, s, pts, end, box in rows}


def vectors(project: Project, encoder: str = "toy-1") -> dict[Key, bytes]:
    """Every vector by what its item is."""
    named = keys(project)
    with project.read() as c:
        loaded = shards.load(c, project.vectors, encoder)
    return {named[int(i)]: np.asarray(row).tobytes() for i, row in zip(loaded.ids, loaded.data, strict=True)}


def orphans(project: Project) -> list[str]:
    """Files of shards that no record names, and unfinished files anywhere in the project."""
    with project.begin() as c:
        names = [shard.name for e in flow_encoders(project) for shard in shards.open_all(c, project.vectors, e)]
    known = {f"{name}.{part}.npy" for name in names for part in ("vectors", "ids")}
    strange = [path for path in project.vectors.rglob("*") if path.is_file() and path.name not in known]
    unfinished = [path for path in project.folder.rglob("*") if path.suffix in (".part", ".partial", ".unfinished")]
    return sorted({str(path.relative_to(project.folder)) for path in [*strange, *unfinished]})


def flow_encoders(project: Project) -> list[str]:
    """Ids of the encoders that have been used."""
    from raravis.store import encoders

    with project.read() as c:
        return [encoder.id for encoder in encoders.all(c)]


def said(project: Project, concept: str = "red") -> dict[Key, int]:
    """The answers that count, by what their item is."""
    named = keys(project)
    with project.read() as c:
        return {named[label.item_id]: label.value for label in labels.current(c, concept)}


def shown(project: Project, concept: str = "red") -> list[tuple[Key, ...]]:
    """What each round showed, in order."""
    named = keys(project)
    with project.read() as c:
        return [tuple(named[i] for i in made.ids) for made in rounds.all(c, concept)]


def by_oracle(project: Project, path: Path, concept: str = "red") -> OracleAnswerer:
    """Answers from a file."""
    return OracleAnswerer(read_oracle(project, path, concept), concept)


class Scripted:
    """A person who answers with these values, one after the other, and then stops."""

    by, source = "ann", "human"

    def __init__(self, *values: int | None) -> None:
        self.left: list[int | None] = list(values)
        self.stopped = False

    def __call__(self, chips: Sequence[Any]) -> Any:
        """Answers while there are any."""
        for position in range(len(chips)):
            if not self.left:
                self.stopped = True
                return
            yield position, self.left.pop(0)
