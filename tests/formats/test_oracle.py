from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from raravis.errors import InputError
from raravis.formats.oracle import COLUMNS, Oracle, Row, read, write
from raravis.time import Span
from raravis.types import Place

HEADER = ",".join(COLUMNS)
WHOLE = np.array([[0.0, 0.0, 1.0, 1.0]])


def oracle_of(tmp_path: Path, *lines: str, header: str = HEADER, end: str = "\n", mark: bytes = b"") -> Oracle:
    path = tmp_path / "oracle.csv"
    path.write_bytes(mark + end.join([header, *lines, ""]).encode())
    return read(path)


def answers(oracle: Oracle, *seconds: float, concept: str = "fox", boxes: object = None) -> list[int]:
    at = np.array(seconds)
    where = np.repeat(WHOLE, len(at), axis=0) if boxes is None else np.array(boxes, float)
    return oracle.answers(concept, "a.mp4", at, where).tolist()


def test_what_is_not_listed_is_a_no(tmp_path: Path) -> None:
    oracle = oracle_of(tmp_path, "a.mp4,fox,1,1,2,,,,", "b.mp4,fox,1,0,9,,,,", "a.mp4,owl,1,5,6,,,,")
    assert answers(oracle, 0.5, 1.5, 5.5) == [-1, 1, -1]
    assert answers(oracle, 5.5, concept="owl") == [1]
    assert answers(oracle, 5.5, concept="bear") == [-1]
    assert answers(oracle) == []


def test_the_start_is_inside_and_the_end_is_not(tmp_path: Path) -> None:
    assert answers(oracle_of(tmp_path, "a.mp4,fox,1,1,2,,,,"), 0.999, 1, 1.999, 2) == [-1, 1, 1, -1]


@pytest.mark.parametrize("rate", [30, 30000 / 1001, 25, 90000 / 7])
@pytest.mark.parametrize("decimals", ["rounded", "cut off"])
def test_six_decimals_name_the_same_frames_as_the_exact_times(tmp_path: Path, rate: float, decimals: str) -> None:
    for first, last in [(638, 640), (1543, 1692), (7, 8), (29, 1001)]:
        start, end = (
            f"{k / rate:.6f}" if decimals == "rounded" else f"{int(k * 1_000_000 / rate) / 1_000_000:.6f}"
            for k in (first, last)
        )
        oracle = oracle_of(tmp_path, f"a.mp4,fox,1,{start},{end},,,,")
        at = np.array([first - 1, first, last - 1, last]) / rate
        assert answers(oracle, *at) == [-1, 1, 1, -1]


def test_can_t_tell_gives_way_to_yes_and_stands_above_no(tmp_path: Path) -> None:
    oracle = oracle_of(tmp_path, "a.mp4,fox,1,1,3,,,,", "a.mp4,fox,0,2,5,,,,")
    assert answers(oracle, 0, 1, 2, 4, 5) == [-1, 1, 1, 0, -1]


def test_a_row_without_times_holds_for_the_whole_source(tmp_path: Path) -> None:
    assert answers(oracle_of(tmp_path, "a.mp4,fox,1,,,,,,"), 0, 1e6) == [1, 1]


def test_a_box_answers_the_items_that_hold_its_centre(tmp_path: Path) -> None:
    oracle = oracle_of(tmp_path, "a.mp4,fox,1,,,0.4,0.4,0.6,0.8")
    boxes = [[0, 0, 1, 1], [0.5, 0.6, 1, 1], [0, 0, 0.49, 1], [0.45, 0.55, 0.55, 0.65], [0, 0, 0.5, 0.5]]
    assert answers(oracle, *[0.0] * 5, boxes=boxes) == [1, 1, -1, 1, -1]


def test_names_of_one_source_are_asked_together() -> None:
    oracle = Oracle([Row("a.mp4", "fox", 1, Span(0, 1)), Row("copy/a.mp4", "fox", 1, Span(4, 5))])
    both = oracle.answers("fox", ["a.mp4", "copy/a.mp4"], np.array([0.5, 2, 4.5]), np.repeat(WHOLE, 3, axis=0))
    assert both.tolist() == [1, -1, 1]


def test_byte_order_marks_line_ends_blank_lines_and_quotes_are_fine(tmp_path: Path) -> None:
    lines = ['"a, b.mp4",fox,1,0,1,,,,', "", ",,,,,,,,"]
    oracle = oracle_of(tmp_path, *lines, end="\r\n", mark=b"\xef\xbb\xbf")
    assert oracle.rows == (Row("a, b.mp4", "fox", 1, Span(0, 1)),)


def test_times_and_boxes_may_be_left_out_of_the_header(tmp_path: Path) -> None:
    oracle = oracle_of(tmp_path, "fox,g.jpg,1", "owl,h.jpg,0", header="concept,source,value")
    assert oracle.rows == (Row("g.jpg", "fox", 1), Row("h.jpg", "owl", 0)) and oracle.concepts == ["fox", "owl"]


def test_a_row_given_twice_counts_once_but_two_answers_for_one_thing_are_refused(tmp_path: Path) -> None:
    assert len(oracle_of(tmp_path, "a.mp4,fox,1,0,1,,,,", "a.mp4,fox,1,0.0,1.0,,,,").rows) == 1
    with pytest.raises(InputError, match=r"line 4: value 0, but line 2 says 1"):
        oracle_of(tmp_path, "a.mp4,fox,1,0,1,,,,", "a.mp4,owl,1,0,1,,,,", "a.mp4,fox,0,0,1,,,,")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a.mp4,fox,2,0,1,,,,", r"oracle\.csv, line 2, column value: got '2'; wanted 1 \(yes\) or 0 \(cannot tell\)"),
        ("a.mp4,fox,-1,0,1,,,,", "column value: got '-1'"),
        ("a.mp4,fox,,0,1,,,,", "column value: empty"),
        (",fox,1,0,1,,,,", "column source: empty"),
        ("a.mp4, ,1,0,1,,,,", "column concept: empty"),
        ("a.mp4,fox,1,0:30,1,,,,", "column start_seconds: got '0:30'; wanted a number"),
        ("a.mp4,fox,1,nan,1,,,,", "column start_seconds: got 'nan'"),
        ("a.mp4,fox,1,3,,,,,", "column end_seconds: got ''"),
        ("a.mp4,fox,1,3,3,,,,", "got 3.0 to 3.0 s; wanted 0 <= start_seconds < end_seconds"),
        ("a.mp4,fox,1,-1,3,,,,", "got -1.0 to 3.0 s"),
        ("a.mp4,fox,1,0,1,0.1,0.1,0.2,", "column y1: got ''"),
        ("a.mp4,fox,1,0,1,0.1,0.1,20,0.2", "got the box 0.1, 0.1, 20.0, 0.2; wanted"),
        ("a.mp4,fox,1,0,1,0.3,0.1,0.2,0.2", "wanted x0 < x1"),
        ("a.mp4,fox,1,0,1", "5 cells; wanted 9, one a column"),
        ('a.mp4,"fox,1,0,1,,,,', "not a CSV file"),
    ],
)
def test_a_bad_cell_is_named_with_file_line_and_column(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        oracle_of(tmp_path, line)
    assert "oracle.csv" in str(caught.value) and "\n" not in str(caught.value)


def test_files_that_are_no_oracle_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with pytest.raises(InputError, match="cannot be read"):
        read(path)
    for content, message in [
        (b"", "the file is empty; wanted the header source,concept,value"),
        (HEADER.encode(), "a header and no rows"),
        (b"a.mp4,fox,1,0,1,,,,\n", "line 1: got the columns a.mp4,fox"),
        (b"source,concept\na,b\n", "wanted source,concept,value"),
        (b"source,concept,value,start\n", "wanted source,concept,value"),
        (b"source,concept,value,value\n", "wanted source,concept,value"),
        (b"\xff\xfe\x00", "not a CSV file in UTF-8"),
    ]:
        path.write_bytes(content)
        with pytest.raises(InputError, match=message):
            read(path)


def test_unknown_sources_are_counted_and_the_first_three_named() -> None:
    oracle = Oracle([Row(f"{name}.mp4", "fox", 1) for name in "edcba"])
    with pytest.raises(InputError, match=r"4 unknown sources: 'a.mp4', 'b.mp4', 'd.mp4', \.\.\.; .*such as 'c.mp4'"):
        oracle.check("fox", ["c.mp4"])
    oracle.check("fox", [f"{name}.mp4" for name in "abcdefg"])


def test_a_name_of_several_sources_is_refused_and_an_unknown_concept_names_the_known() -> None:
    oracle = Oracle([Row("a.mp4", "fox", 1), Row("b.mp4", "owl", 1)])
    with pytest.raises(InputError, match=r"1 names fit several sources: 'a.mp4'"):
        oracle.check("fox", ["a.mp4", "a.mp4", "b.mp4"])
    with pytest.raises(InputError, match=r"no rows for 'bear'; it has: 'fox', 'owl'"):
        oracle.check("bear", ["a.mp4", "b.mp4"])


def test_true_events_merge_over_gaps_of_at_most_a_second_along_each_timeline() -> None:
    rows = [Row("a", "fox", 1, Span(0, 2)), Row("a", "fox", 1, Span(3, 4)), Row("a", "fox", 1, Span(5.1, 6))]
    oracle = Oracle([*rows, Row("a", "fox", 0, Span(4, 5.1)), Row("b", "fox", 1)])
    sources = [([Place("/a", "a", "cam", 10.0)], 60.0), ([Place("/b", "b", "cam", 16.5)], 5.0)]
    found = [(e.timeline, e.start, e.end) for e in oracle.events("fox", sources)]
    assert found == [("cam", 10.0, 14.0), ("cam", 15.1, 21.5)]
    assert len(oracle.events("fox", sources, gap_seconds=0.1)) == 4
    assert oracle.events("owl", sources) == []


def test_a_source_in_two_places_gives_an_event_in_each() -> None:
    places = [Place("/a", "a", "north", 0.0), Place("/x", "x", "south", 100.0)]
    found = Oracle([Row("a", "fox", 1, Span(1, 2))]).events("fox", [(places, 9.0)])
    assert [(e.timeline, e.start, e.end) for e in found] == [("north", 1, 2), ("south", 101, 102)]


def test_what_is_written_reads_back_the_same(tmp_path: Path) -> None:
    rows = [Row("a, b.mp4", "fox", 1, Span(1.5, 2.25), (0.25, 0.5, 0.75, 1.0)), Row("c.jpg", "owl", 0)]
    assert read(write(Oracle(rows), tmp_path / "out.csv")).rows == tuple(rows)


@pytest.mark.data
def test_skywatch_answers_every_frame_as_its_frame_list_says(data: Path) -> None:
    import csv

    oracle = read(data / "skywatch/truth/oracle.csv")
    assert oracle.concepts == ["airplane", "bird", "drone", "helicopter"]
    with (data / "skywatch/truth/frames.csv").open(newline="") as file:
        frames = [row for row in csv.DictReader(file) if row["stream"] == "cam06.mp4"]
    at = np.array([int(row["frame"]) / 30 for row in frames])
    for concept in oracle.concepts:
        wanted = [1 if row["class"] == concept else -1 for row in frames]
        told = oracle.answers(concept, "cam06.mp4", at, np.repeat(WHOLE, len(at), axis=0))
        known = told != 0
        assert np.array_equal(told[known], np.array(wanted)[known]) and (concept == "bird" or known.all())
