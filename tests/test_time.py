"""Durations, windows and runs along a timeline, each against its slow definition."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raravis.errors import InputError
from raravis.time import Span, merge, order, overlaps, parse_seconds, windows

ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12)), max_size=25)
SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5)).map(lambda s: (s[0], s[0] + s[1])), max_size=12)


def columns(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    line, at = zip(*rows, strict=True) if rows else ((), ())
    return np.array(line, np.int64), np.array(at, np.float64)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5), ("5s", 5), (" 2m ", 120), ("2min", 120), ("24h", 86400), ("1d", 86400), ("250ms", 0.25),
        ("0.5", 0.5), ("1/6", 1 / 6), ("1/6s", 1 / 6), ("3/2M", 90), ("-1", -1), ("0", 0), (".5", 0.5),
    ],
)  # fmt: skip
def test_a_duration_is_seconds(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "5 parsecs", "1/0", "1.2.3", "1//2", "5s5", "nan", "inf", "1e3", "½"])
def test_what_is_no_duration_is_refused_with_what_is_wanted(text: str) -> None:
    with pytest.raises(InputError, match="as a duration; wanted 5, 5s, 2m, 24h or 1/6"):
        parse_seconds(text)


@given(st.integers(-(10**6), 10**6), st.integers(1, 1000), st.sampled_from(["", "s", "m", "h", "ms"]))
def test_a_fraction_of_a_unit_is_read_exactly(top: int, bottom: int, unit: str) -> None:
    factor = {"": 1, "s": 1, "m": 60, "h": 3600, "ms": 0.001}[unit]
    assert math.isclose(parse_seconds(f"{top}/{bottom}{unit}"), top / bottom * factor, rel_tol=1e-12, abs_tol=1e-15)


@given(ROWS)
def test_order_is_by_timeline_then_time_and_ties_keep_theirs(rows: list[tuple[int, int]]) -> None:
    line, at = columns(rows)
    assert order(line, at).tolist() == sorted(range(len(rows)), key=lambda i: (line[i], at[i]))


@given(ROWS, st.integers(1, 5))
def test_windows_are_runs_of_so_many_rows_of_one_timeline(rows: list[tuple[int, int]], every: int) -> None:
    line, at = columns(rows)
    slow, number = {}, -1
    for one in sorted(set(line.tolist())):
        for position, row in enumerate(i for i in order(line, at).tolist() if line[i] == one):
            number += position % every == 0
            slow[row] = number
    assert windows(line, at, every).tolist() == [slow[i] for i in range(len(rows))]


def test_windows_by_eye() -> None:
    line, at = np.array([0, 1, 0, 0, 1]), np.array([3.0, 1.0, 1.0, 2.0, 0.0])
    assert windows(line, at, 2).tolist() == [1, 2, 0, 0, 2]


@given(SPANS, st.integers(0, 3))
def test_merged_spans_are_the_runs_and_keep_all_that_was_covered(spans: list[tuple[int, int]], gap: int) -> None:
    merged = merge(spans, gap)
    assert all(after.start - before.end > gap for before, after in pairwise(merged))
    for start, end in spans:
        assert sum(run.start <= start and end <= run.end for run in merged) == 1
    edges = {edge for span in spans for edge in span}
    assert all(run.start in edges and run.end in edges for run in merged)
    assert merge(merged, gap) == merged


def test_merging_by_eye() -> None:
    assert merge([(5, 6), (0, 1), (2, 3), (0.5, 0.7)], 1) == [(0, 3), (5, 6)]
    assert merge([(0, 0.1), (0.3, 0.4)], 0.2) == [(0, 0.4)]  # though 0.3 - 0.1 is a hair above 0.2
    assert merge([], 1) == [] and merge([(4, 4)], 0) == [(4, 4)]


@given(st.tuples(st.integers(0, 6), st.integers(0, 3)), st.tuples(st.integers(0, 6), st.integers(0, 3)))
def test_spans_overlap_when_an_instant_lies_in_both(a: tuple[int, int], b: tuple[int, int]) -> None:
    one, other = (Span(start, start + length) for start, length in (a, b))

    def halves(span: Span) -> set[float]:
        return {span.start} | {span.start + i / 2 for i in range(int(2 * (span.end - span.start)))}

    assert overlaps(one, other) == bool(halves(one) & halves(other)) == overlaps(other, one)
