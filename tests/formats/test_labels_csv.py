from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from raravis.formats.export import Export
from raravis.formats.labels_csv import COLUMNS, write
from raravis.types import Label

MakeExport = Callable[..., Export]


def rows(export: Export, folder: Path) -> list[list[str]]:
    with write(export, folder).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_every_answer_is_a_row_with_what_it_weighs(make_export: MakeExport, tmp_path: Path) -> None:
    header, *told = rows(make_export(chances={1: (1.0, 1.0), 3: (0.25, 4.0)}), tmp_path)
    assert header == list(COLUMNS)
    assert told == [
        ["1", "cam01.mp4", "10.000000", "1", "ann", "human", "1", "1"],
        ["2", "cam01.mp4", "20.000000", "-1", "ann", "human", "", ""],
        ["3", "cam01.mp4", "30.000000", "0", "ann", "human", "0.25", "4"],
    ]


def test_a_still_has_no_seconds_and_a_name_is_no_formula(
    make_export: MakeExport, make_source: Callable[..., object], tmp_path: Path
) -> None:
    still = make_source(1, "=a.jpg", kind="image", seconds=0)
    told = rows(make_export(sources={1: still}, labels=[Label(1, "fox", 1, "@ann", "import", id=1)]), tmp_path)
    assert told[1:] == [["1", "./=a.jpg", "", "1", "./@ann", "import", "", ""]]


def test_no_answers_are_a_header_alone(make_export: MakeExport, tmp_path: Path) -> None:
    assert rows(make_export(labels=[]), tmp_path) == [list(COLUMNS)]
