"""Answers as a table: what was said of each item, by whom, and what each weighs in an estimate over everything."""

from __future__ import annotations

import csv
from pathlib import Path

from raravis.formats.events_csv import plain
from raravis.formats.export import Export, new_file
from raravis.types import Label

COLUMNS = ("item", "source", "seconds", "value", "by", "label_source", "inclusion_prob", "weight")


def write(export: Export, folder: Path) -> Path:
    """`labels.csv`: UTF-8, RFC 4180, a header, the answers that count by item id.

    Value 1 yes, -1 no, 0 can't tell; seconds from the source's first frame, empty for a still. The last two are empty
    where the frame is no part of what was drawn from, or nothing was drawn by chance.
    """
    target = folder / "labels.csv"
    with new_file(target) as partial, partial.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(COLUMNS)
        table.writerows(_row(export, label) for label in sorted(export.labels, key=lambda one: one.item_id))
    return target


def _row(export: Export, label: Label) -> tuple[object, ...]:
    item = export.items[label.item_id]
    source = export.sources[item.source_id]
    seconds = "" if source.kind == "image" else f"{source.seconds(item.pts):.6f}"
    chance = [f"{number:.9g}" for number in export.chances.get(label.item_id, ())] or ["", ""]
    name = plain(source.places[0].name)
    return (label.item_id, name, seconds, label.value, plain(label.by), label.source, *chance)
