"""Known answers from a CSV: what `--oracle` asks instead of a person. Strategies never see it.

Columns `source,concept,value,start_seconds,end_seconds,x0,y0,x1,y1`: value 1 yes, 0 cannot tell; times empty
for the whole source, counted from its first frame; box empty for the whole picture. What is not listed is a no.
"""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError
from raravis.time import Span, merge
from raravis.types import NO, YES, Box, Event, Place

COLUMNS = ("source", "concept", "value", "start_seconds", "end_seconds", "x0", "y0", "x1", "y1")
NEEDED = COLUMNS[:3]
SLACK_SECONDS = 1e-6  # six decimals, rounded or cut off, lie within it; frames lie further apart


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an oracle; span None: the whole source; box None: the whole picture."""

    source: str
    concept: str
    value: int
    span: Span | None = None
    box: Box | None = None


class Oracle:
    """Answers for every source and concept: what the rows say, and no everywhere else."""

    def __init__(self, rows: Iterable[Row], *, path: str = "oracle") -> None:
        self.rows, self.path = tuple(dict.fromkeys(rows)), path
        self._by_key: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.rows:
            self._by_key[row.concept, row.source].append(row)

    def __repr__(self) -> str:
        return f"Oracle({self.path}: {len(self.rows)} rows, {len(self.concepts)} concepts)"

    @property
    def concepts(self) -> list[str]:
        """Concepts with a row, sorted."""
        return sorted({row.concept for row in self.rows})

    def check(self, concept: str, names: Iterable[str]) -> None:
        """Raises InputError when no row has the concept, or a row's source is none or several of `names`.

        `names` holds a name as often as there are sources that bear it.
        """
        if concept not in self.concepts:
            raise InputError(f"{self.path}: no rows for {concept!r}; it has: {_some(self.concepts, 20)}")
        count = Counter(names)
        sources = sorted({row.source for row in self.rows})
        if unknown := [name for name in sources if not count[name]]:
            wanted = f"wanted names relative to the folder given, such as {_some(sorted(count), 1)}"
            raise InputError(f"{self.path}: {len(unknown)} unknown sources: {_some(unknown, 3)}; {wanted}")
        if several := [name for name in sources if count[name] > 1]:
            advice = "ingest the folder above both, so that their names differ"
            raise InputError(f"{self.path}: {len(several)} names fit several sources: {_some(several, 3)}; {advice}")

    def answers(
        self, concept: str, names: str | Sequence[str], seconds: NDArray[np.float64], boxes: NDArray[Any]
    ) -> NDArray[np.int8]:
        """(n,) 1, 0 or -1 for items of one source: at `seconds` (n,) from its first frame, with boxes (n, 4).

        A row holds for items in [start, end) whose box holds the centre of its box; a yes outdoes a cannot tell.
        """
        out = np.full(len(seconds), NO, np.int8)
        rows = self._of(concept, names)
        for row in sorted(rows, key=lambda row: row.value):
            out[_within(row.span, np.asarray(seconds)) & _holding(row.box, np.asarray(boxes))] = row.value
        return out

    def events(
        self, concept: str, sources: Iterable[tuple[Sequence[Place], float]], *, gap_seconds: float = 1.0
    ) -> list[Event]:
        """True events by timeline and start: yes rows of (places, duration in seconds), merged over the gap."""
        spans: dict[str, list[Span]] = defaultdict(list)
        for places, duration in sources:
            rows = self._of(concept, [place.name for place in places])
            for place in places:
                spans[place.timeline] += _shifted(rows, place.starts_at, duration)
        return [
            Event(line, concept, span.start, span.end)
            for line in sorted(spans)
            for span in merge(spans[line], gap_seconds)
        ]

    def _of(self, concept: str, names: str | Sequence[str]) -> list[Row]:
        names = [names] if isinstance(names, str) else names
        return [row for name in names for row in self._by_key.get((concept, name), [])]


def read(path: Path) -> Oracle:
    """The oracle in a CSV file. Raises InputError with file, line, column, what was got and what is wanted."""
    lines = list(_lines(path))
    if not lines:
        raise InputError(f"{path}: the file is empty; wanted the header {','.join(COLUMNS)}")
    header = [name.strip() for name in lines[0][1]]
    _check_header(header, path)
    seen: dict[tuple[Any, ...], tuple[int, int]] = {}
    rows = []
    for number, values in lines[1:]:
        row = _row(header, values, f"{path}, line {number}")
        value, first = seen.setdefault((row.source, row.concept, row.span, row.box), (row.value, number))
        if value != row.value:
            raise InputError(
                f"{path}, line {number}: value {row.value}, but line {first} says {value}; keep one of them"
            )
        rows.append(row)
    if not rows:
        raise InputError(f"{path}: a header and no rows; wanted a row for each stretch of yes")
    return Oracle(rows, path=str(path))


def write(oracle: Oracle, path: Path) -> Path:
    """Writes the rows as CSV that `read` takes; the file must not exist yet."""
    with path.open("x", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for row in oracle.rows:
            span = [f"{at:.6f}" for at in row.span] if row.span else ["", ""]
            out.writerow([row.source, row.concept, row.value, *span, *(row.box or [""] * 4)])
    return path


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and cells of the lines that are not blank; a byte order mark and any line ends are fine."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield reader.line_num, cells
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a CSV file in UTF-8: {error}") from None


def _check_header(header: list[str], path: Path) -> None:
    strange = [name for name in header if name not in COLUMNS]
    missing = [name for name in NEEDED if name not in header]
    if strange or missing or len(set(header)) < len(header):
        raise InputError(f"{path}, line 1: got the columns {','.join(header)}; wanted {','.join(COLUMNS)}")


def _row(header: list[str], values: list[str], where: str) -> Row:
    if len(values) != len(header):
        raise InputError(f"{where}: {len(values)} cells; wanted {len(header)}, one a column")
    cells = dict.fromkeys(COLUMNS, "") | dict(zip(header, map(str.strip, values), strict=True))
    for name in NEEDED:
        if not cells[name]:
            raise InputError(f"{where}, column {name}: empty; wanted a {name}")
    if cells["value"] not in ("0", "1"):
        raise InputError(f"{where}, column value: got {cells['value']!r}; wanted 1 (yes) or 0 (cannot tell)")
    return Row(cells["source"], cells["concept"], int(cells["value"]), _span(cells, where), _box(cells, where))


def _span(cells: dict[str, str], where: str) -> Span | None:
    numbers = _numbers(cells, ("start_seconds", "end_seconds"), where)
    if numbers and not 0 <= numbers[0] < numbers[1]:
        raise InputError(f"{where}: got {numbers[0]} to {numbers[1]} s; wanted 0 <= start_seconds < end_seconds")
    return Span(*numbers) if numbers else None


def _box(cells: dict[str, str], where: str) -> Box | None:
    numbers = _numbers(cells, ("x0", "y0", "x1", "y1"), where)
    if not numbers:
        return None
    x0, y0, x1, y1 = numbers
    if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
        raise InputError(f"{where}: got the box {x0}, {y0}, {x1}, {y1}; wanted x0 < x1 and y0 < y1 in 0..1")
    return x0, y0, x1, y1


def _numbers(cells: dict[str, str], names: Sequence[str], where: str) -> list[float]:
    """The named cells as numbers, all of them or none."""
    if not any(cells[name] for name in names):
        return []
    return [_number(cells[name], f"{where}, column {name}") for name in names]


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{where}: got {text!r}; wanted a number")
    return value


def _shifted(rows: Sequence[Row], starts_at: float, duration: float) -> Iterator[Span]:
    for row in rows:
        if row.value == YES:
            start, end = row.span or (0.0, duration)
            yield Span(starts_at + start, starts_at + end)


def _within(span: Span | None, seconds: NDArray[np.float64]) -> NDArray[np.bool_]:
    if span is None:
        return np.ones(len(seconds), bool)
    return (seconds >= span.start - SLACK_SECONDS) & (seconds < span.end - SLACK_SECONDS)


def _holding(box: Box | None, boxes: NDArray[Any]) -> NDArray[np.bool_]:
    if box is None:
        return np.ones(len(boxes), bool)
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return (boxes[:, 0] <= x) & (x <= boxes[:, 2]) & (boxes[:, 1] <= y) & (y <= boxes[:, 3])


def _some(names: Sequence[str], most: int) -> str:
    return ", ".join(map(repr, names[:most])) + (", ..." if len(names) > most else "")
