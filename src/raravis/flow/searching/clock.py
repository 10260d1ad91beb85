"""Dates and times of day as people write them, on the clock that a timeline has where it counts from 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from raravis.errors import InputError

FROM = 1e8  # seconds, March 1973: a timeline that counts from 0 does not get there, a camera's clock is past it
DAY = 86_400.0

Dates = tuple[float | None, float | None]  # [from, to) in seconds since 1970; None: open


def parse_hours(text: str) -> tuple[float, float]:
    """Both ends of 22:00-05:00 in seconds after midnight; 24:00 is the end of a day. Raises InputError."""
    match = re.fullmatch(r"(\d\d?):(\d\d)(?::(\d\d))?-(\d\d?):(\d\d)(?::(\d\d))?", text.replace(" ", ""), re.ASCII)
    wanted = InputError(f"got {text!r} as a time of day; wanted such as 22:00-05:00")
    if match is None:
        raise wanted
    hours = [int(part or 0) for part in match.groups()]
    start, end = (float(3600 * h + 60 * m + s) for h, m, s in (hours[:3], hours[3:]))
    if any(part > 59 for part in (*hours[1:3], *hours[4:])) or max(start, end) > DAY:
        raise wanted
    return start, end


def parse_dates(start: str | None, end: str | None) -> Dates | None:
    """Both ends in seconds since 1970: from the start of one day or second to that of another, None where not given.

    A day as the end is meant as a whole. Raises InputError for what is no date.
    """
    if start is None and end is None:
        return None
    return None if start is None else _seconds(start), None if end is None else _seconds(end, whole=True)


def _seconds(text: str, *, whole: bool = False) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"got {text!r} as a date; wanted such as 2026-05-31 or 2026-05-31T18:30") from None
    if at.tzinfo is not None:
        raise InputError(f"got {text!r} with a time zone; timelines have the cameras' own clock: leave it out")
    day = "T" not in text and " " not in text
    return (at.replace(tzinfo=UTC) + timedelta(days=day and whole)).timestamp()


def told_hours(at: float) -> str:
    """22:00, with seconds where there are any."""
    minutes, seconds = divmod(round(at), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")


def told_dates(dates: Dates) -> str:
    """From 2026-05-31 before 2026-06-02, as far as it has ends."""
    ends = zip(("from", "before"), dates, strict=True)
    return " ".join(f"{word} {_told(at)}" for word, at in ends if at is not None)


def _told(at: float) -> str:
    try:
        return (datetime(1970, 1, 1) + timedelta(seconds=at)).isoformat().removesuffix("T00:00:00")
    except (OverflowError, ValueError):  # no number, or beyond the year 9999
        return f"{at:g} s"
