from __future__ import annotations

from pathlib import Path

import pytest

from raravis.formats.rows import FORMATS, Row, header, read, text

ROWS = [
    Row("cam/a.mp4", 2.0, 4.25, "red", 0.75, (0.0, 0.25, 0.5, 1.0), 3.0),
    Row("-b, Zoë.png", 0.0, 0.0, "=red\n", 1.0, (0.0, 0.0, 1.0, 1.0), 0.0),
]


def test_a_line_of_json_is_a_row() -> None:
    told = '{"source": "cam/a.mp4", "start": 2.0, "end": 4.25, "class": "red", "probability": 0.75, '
    assert text(ROWS[:1], "jsonl") == told + '"box": [0.0, 0.25, 0.5, 1.0], "at": 3.0}\n'
    assert header("jsonl") == ""


def test_a_table_has_a_header_and_no_formulas() -> None:
    assert header("csv") == "source,start,end,class,probability,x0,y0,x1,y1,at\r\n"
    assert text(ROWS[:1], "csv") == "cam/a.mp4,2.0,4.25,red,0.75,0.0,0.25,0.5,1.0,3.0\r\n"
    assert text(ROWS[1:], "csv").startswith('"./-b, Zoë.png",0.0,0.0,"./=red\n"')


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_written_is_read_back(format: str, tmp_path: Path) -> None:
    file = tmp_path / "rows"
    file.write_bytes((header(format) + text(ROWS, format)).encode())
    assert list(read(file, format)) == ROWS
    file.write_bytes((header(format) + text([], format)).encode())
    assert list(read(file, format)) == []


def test_numbers_have_six_decimals() -> None:
    row = ROWS[0]._replace(start=1 / 3, probability=2 / 3)
    assert '"start": 0.333333, ' in text([row], "jsonl") and '"probability": 0.666667' in text([row], "jsonl")
