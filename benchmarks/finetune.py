"""Fine-tuning against a linear head on frozen vectors: products in shops, learnt on one list, tried on another.

    RARAVIS_DATA=... python benchmarks/finetune.py [--backbone builtin] [--classes coarse|fine] [--epochs 8]
                     [--set rate=3e-4 ...] [--limit N] [--out FOLDER]

Of `grocery`, the list `train` is learnt from, `val` is held out to choose the epoch and to calibrate, and `test` is
tried once, with the exported file. --set changes any of finetune's settings, --limit takes so many pictures of each
list, --out keeps the classifier, and goes on with a run that was stopped. Asked: fewer errors than the linear head.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from raravis import plugins
from raravis.flow.finetune import open_backbone
from raravis.media.pictures import read_picture
from raravis.onnx import Model
from raravis.train.finetune.settings import Settings
from raravis.train.labelled import Labelled
from raravis.train.levels import train_level
from raravis.types import NO, YES, Floats, Ints, Pixels


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", default="builtin")
    parser.add_argument("--classes", choices=("coarse", "fine"), default="coarse")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--set", action="append", default=[], metavar="SETTING=VALUE")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args(arguments)
    learnt = of_lists(("train", "val"), asked.classes, asked.limit)
    tested = of_lists(("test",), asked.classes, asked.limit, learnt.names)
    linear = errors("linear head", linear_head(asked.backbone, learnt, tested), tested)
    with tempfile.TemporaryDirectory() as folder:
        file = finetuned(asked, learnt, asked.out or Path(folder))
        ours = errors("fine-tuned", np.concatenate([*Model(str(file))(all_pictures(tested))]), tested)
    print(f"errors, fine-tuned / linear head: {ours / linear:.2f}, asked: below 1")
    return int(ours >= linear)


def of_lists(lists: Sequence[str], column: str, limit: int | None, names: Sequence[str] = ()) -> Labelled:
    """The pictures of these lists, each a group of its own."""
    folder = Path(os.environ["RARAVIS_DATA"]) / "grocery"
    table = list(csv.DictReader((folder / "labels.csv").open(encoding="utf-8")))
    rows = [row for name in lists for row in [row for row in table if row["split"] == name][:limit]]
    known = tuple(names) or tuple(sorted({row[column] for row in rows}))
    value = np.array([[YES if row[column] == name else NO for name in known] for row in rows], np.int8)
    files = [folder / "images" / Path(row["file"]).name for row in rows]

    def pictures(which: Ints) -> Iterator[tuple[int, Pixels]]:
        return ((row, read_picture(files[row])) for row in which.tolist())

    return Labelled(
        names=known,
        exclusive=True,
        value=value,
        group=np.arange(len(rows)),
        weight=np.ones(len(rows), np.float32),
        split=tuple(row["split"] for row in rows),
        shown=tuple(file.name for file in files),
        pictures=pictures,
    )


def all_pictures(data: Labelled) -> list[Pixels]:
    return [rgb for _, rgb in data.pictures(np.arange(len(data)))]


def linear_head(backbone: str, learnt: Labelled, tested: Labelled) -> Floats:
    """(n, C) what the level `linear` says, on the vectors of the encoder of the same name."""
    encoder = plugins.make("embed", backbone)
    seen, new = (np.concatenate([*encoded(encoder, all_pictures(data))]) for data in (learnt, tested))
    given = {field.name: getattr(learnt, field.name) for field in fields(learnt)}
    with_vectors = Labelled(**given | {"vectors": lambda rows: seen[rows], "encoder": encoder.id})
    head, _ = train_level(with_vectors, "linear", np.random.default_rng(0))
    return head.probability(new)


def encoded(encoder: Any, pictures: Sequence[Pixels]) -> Iterator[Floats]:
    return (encoder(pictures[at : at + 16]) for at in range(0, len(pictures), 16))


def finetuned(asked: argparse.Namespace, learnt: Labelled, out: Path) -> Path:
    """The classifier's file; says how long it took."""
    from raravis.train.finetune.tune import finetune

    kinds = {field.name: type(field.default) for field in fields(Settings)}
    told = dict(text.partition("=")[::2] for text in asked.set)
    settings = Settings(**{"epochs": asked.epochs} | {name: kinds[name](float(text)) for name, text in told.items()})
    began = time.monotonic()
    file = finetune(learnt, open_backbone(asked.backbone, learnt), out, settings, say=print, tell=lambda *_: None)
    print(f"fine-tuned in {time.monotonic() - began:.0f} s")
    return file


def errors(what: str, probability: Floats, data: Labelled) -> float:
    """Share of pictures named wrong, which it prints."""
    true, said = data.value.argmax(axis=1), probability.argmax(axis=1)
    recall = np.mean([(said[true == one] == one).mean() for one in np.unique(true)])
    sure = -np.log(np.maximum(probability[np.arange(len(true)), true], 1e-9)).mean()
    print(f"{what}: {(said == true).mean():.3f} named right, mean recall {recall:.3f}, log loss {sure:.3f}")
    return float((said != true).mean())


if __name__ == "__main__":
    sys.exit(main())
