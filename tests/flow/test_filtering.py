"""What may come out of a search: each condition on its own, all together, and what is said when nothing is left."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from collection_making import searcher, source, unit

from raravis import flow
from raravis.errors import InputError
from raravis.flow.collection import load
from raravis.flow.searching.clock import parse_dates, parse_hours
from raravis.flow.searching.filters import EVERYTHING, Filter, allowed
from raravis.store import Project, hidden, labels
from raravis.types import CANT_TELL, NO, YES, Label

MAY = 1_777_593_600.0  # 2026-05-01, midnight
HOUR = 3600.0
SOURCES = [
    source(1, "cam1/a.mp4", timeline="cam1", starts_at=MAY + 21 * HOUR),
    source(2, "cam1/b.mp4", timeline="cam1", starts_at=MAY + 29 * HOUR, copy="backup/b.mp4"),
    source(3, "drone.mp4"),
]
OF = [1, 1, 2, 3]
SECONDS = [0, 3600, 0, 7]  # on the clock: 21:00, 22:00, 05:00 the day after, none


@pytest.fixture
def made() -> Any:
    return searcher(np.eye(4, 16), SOURCES, OF, SECONDS).collection


def rows(project: Project, made: Any, **conditions: Any) -> list[int]:
    mask = allowed(project, made, Filter(**conditions))
    return list(range(len(made))) if mask is None else np.flatnonzero(mask).tolist()


def test_no_condition_holds_for_everything(project: Project, made: Any) -> None:
    assert allowed(project, made) is None and EVERYTHING.to_json() == {}


@pytest.mark.parametrize(
    ("globs", "expected"),
    [
        (["cam1/*"], [0, 1, 2]),
        (["*b.mp4"], [2]),
        (["backup/*"], [2]),  # the name of a copy
        (["drone.mp4", "*/a.*"], [0, 1, 3]),
        (["*"], [0, 1, 2, 3]),
    ],
)
def test_globs_are_matched_against_whole_names_of_files(
    project: Project, made: Any, globs: list[str], expected: list[int]
) -> None:
    assert rows(project, made, sources=tuple(globs)) == expected


@pytest.mark.parametrize("glob", ["cam1", "CAM1/*", "a.mp4", "drone"])
def test_a_part_of_a_name_and_other_letters_are_no_match(project: Project, made: Any, glob: str) -> None:
    with pytest.raises(InputError, match=r"sources are called such as backup/b.mp4, cam1/a.mp4, cam1/b.mp4$"):
        rows(project, made, sources=(glob,))


def test_timelines_are_found_by_name(project: Project, made: Any) -> None:
    assert rows(project, made, timelines=("cam?",)) == [0, 1, 2]
    assert rows(project, made, timelines=("drone*",)) == [3]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ("21:00-22:00", [0]),  # the end is not in it
        ("22:00-05:00", [1]),
        ("22:00-05:00:01", [1, 2]),
        ("05:00-22:00", [0, 2]),
        ("00:00-24:00", [0, 1, 2]),
    ],
)
def test_times_of_day_go_by_the_clock_and_over_midnight(
    project: Project, made: Any, hours: str, expected: list[int]
) -> None:
    assert rows(project, made, time_of_day=parse_hours(hours)) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-05-02", None, [2]),
        (None, "2026-05-01", [0, 1]),  # a day counts whole
        ("2026-05-01T21:00:01", "2026-05-01T22:00", []),
        ("2026-05-01T21:00:01", "2026-05-01T22:00:01", [1]),
        (None, "2026-05-02T00:00", [0, 1]),
        ("1999-12-31", "2030-01-01", [0, 1, 2]),
    ],
)
def test_dates_go_by_the_clock_from_the_first_up_to_before_the_last(
    project: Project, made: Any, start: str | None, end: str | None, expected: list[int]
) -> None:
    if expected:
        assert rows(project, made, dates=parse_dates(start, end)) == expected
    else:
        with pytest.raises(InputError, match="dates from 2026-05-01T21:00:01 before 2026-05-01T22:00:00 leaves none"):
            rows(project, made, dates=parse_dates(start, end))


def test_what_lies_on_no_clock_is_left_out_and_counted(project: Project, made: Any) -> None:
    said: list[str] = []
    allowed(project, made, Filter(time_of_day=(0, 86_400)), say=said.append)
    assert [line.partition(";")[0] for line in said] == [
        "1 of 4 items lie on timelines without a clock, and are left out"
    ]
    with pytest.raises(InputError, match="leaves 1, having a clock leaves none; ingest --timeline-from exif"):
        rows(project, made, sources=("drone.mp4",), dates=(0, None))


def test_where_nothing_lies_on_a_clock_the_error_alone_tells(project: Project, made: Any, monkeypatch: Any) -> None:
    said: list[str] = []
    monkeypatch.setattr("raravis.flow.searching.filters.FROM", 1e12)
    with pytest.raises(InputError, match="4 items, having a clock leaves none; ingest --timeline-from exif"):
        allowed(project, made, Filter(time_of_day=(0, 86_400)), say=said.append)
    assert said == []


def test_conditions_hold_together_and_an_empty_result_names_the_one_that_emptied_it(
    project: Project, made: Any
) -> None:
    assert rows(project, made, sources=("cam1/*",), time_of_day=parse_hours("21:00-23:00")) == [0, 1]
    with pytest.raises(InputError) as caught:
        rows(project, made, timelines=("cam1",), dates=(MAY, MAY + 1), labels=("none",), concept="red")
    assert str(caught.value) == (
        "nothing to search in: 4 items, timeline cam1 leaves 3, having a clock leaves 3, "
        "dates from 2026-05-01 before 2026-05-01T00:00:01 leaves none"
    )


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"labels": ("maybe",), "concept": "red"}, "got 'maybe' as a label to filter by; wanted one of none, yes, no"),
        ({"labels": ("yes",)}, "a filter by label wants a concept: --for NAME"),
        ({"score": (0.1, 0.2)}, "a filter by score wants a concept"),
        ({"score": (0.5, 0.2), "concept": "red"}, "score: got 0.5..0.2; wanted"),
        ({"score": (0.5, 2), "concept": "red"}, "score: got 0.5..2; wanted"),
        ({"time_of_day": (3600, 3600)}, "time of day: got 01:00 twice"),
        ({"time_of_day": (-1, 3600)}, "time of day: got -1 to 3600 seconds after midnight"),
        ({"time_of_day": (float("nan"), 3600)}, "time of day: got nan"),
        ({"dates": (MAY, MAY)}, "dates: got from 2026-05-01 before 2026-05-01; wanted the later one last"),
        ({"dates": (float("nan"), None)}, "dates: got"),
    ],
)
def test_conditions_that_nothing_can_fit_are_refused(bad: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as caught:
        Filter(**bad)
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    "text", ["22-5", "25:00-03:00", "22:60-03:00", "24:01-03:00", "22:00", "", "22:00-03:00-04:00"]
)
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="as a time of day; wanted such as 22:00-05:00"):
        parse_hours(text)


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "31.5.2026", "2026-05-01T12:00+02:00"])
def test_dates_that_are_none_and_time_zones_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"as a date; wanted such as|with a time zone"):
        parse_dates(text, None)


def said(project: Project, *answers: tuple[int, int, str]) -> None:
    with project.begin() as c:
        labels.add(c, [Label(item, "red", value, "ann", source) for item, value, source in answers])


def test_labels_are_those_that_count_now(seen: Project) -> None:
    held = load(seen)
    ids = held.vectors.ids.tolist()
    a, b, c, d, e = ids[:5]
    said(seen, (a, YES, "human"), (b, NO, "oracle"), (c, CANT_TELL, "human"), (d, YES, "propagated"), (e, YES, "human"))
    said(seen, (e, NO, "human"))
    with seen.begin() as connection:
        labels.withdraw(connection, a, "red", by="ann")

    def fits(*wanted: str) -> list[int]:
        mask = allowed(seen, held, Filter(labels=wanted, concept="red"))
        assert mask is not None
        return held.vectors.ids[mask].tolist()

    assert fits("no") == [b, e] and fits("cant-tell") == [c] and fits("propagated") == [d]
    assert fits("none") == [a, *ids[5:]] and fits("none", "propagated", "no") == sorted({*ids} - {c})
    with pytest.raises(InputError, match=r"60 items, label yes about 'red' leaves none$"):
        fits("yes")


def test_nobody_has_labelled_what_nobody_heard_of(seen: Project) -> None:
    held = load(seen)
    assert allowed(seen, held, Filter(labels=("none",), concept="blue")) is None
    with pytest.raises(InputError, match="label yes or no about 'blue' leaves none"):
        allowed(seen, held, Filter(labels=("yes", "no"), concept="blue"))


def test_scores_are_those_of_the_newest_head(seen: Project) -> None:
    held = load(seen)
    with pytest.raises(InputError, match="no head for 'red' over toy-1 yet; answer some, then run: raravis train"):
        allowed(seen, held, Filter(score=(0, 1), concept="red"))
    reds = [i for i in range(60) if any(start <= i < end for start, end in ((0, 6), (20, 26), (40, 46)))]
    said(seen, *((int(id), YES if i in reds else NO, "human") for i, id in enumerate(held.vectors.ids)))
    head = flow.train(seen, "red")
    probability = head.probability(held.vectors.data)[:, 0]
    low, high = np.sort(probability)[[20, 40]]
    mask = allowed(seen, held, Filter(score=(float(low), float(high)), concept="red"))
    assert (
        mask is not None
        and np.flatnonzero(mask).tolist() == np.flatnonzero((probability >= low) & (probability <= high)).tolist()
    )
    likely = allowed(seen, held, Filter(score=(0.5, 1), concept="red"))
    assert likely is not None and np.flatnonzero(likely).tolist() == reds


def test_what_was_hidden_comes_out_where_it_is_asked_for(seen: Project) -> None:
    held = load(seen)
    a, b = held.vectors.ids[:2].tolist()
    with seen.begin() as c:
        hidden.hide(c, {a: b})
    mask = allowed(seen, held)
    assert mask is not None and held.vectors.ids[~mask].tolist() == [a]
    assert allowed(seen, held, Filter(duplicates=True)) is None


@pytest.mark.parametrize("share", [0.0001, 0.01, 0.5, 0.9999])
def test_a_filtered_search_is_the_scan_of_what_fits_however_little_does(project: Project, share: float) -> None:
    rng = np.random.default_rng(0)
    n, few = 20_000, round(20_000 * share)
    data = unit(rng, n)
    data[5] = data[4]  # a tie, by lower id
    of = np.full(n, 1)
    of[rng.permutation(n)[: few - 2]] = 2
    of[[4, 5]] = 2
    held = searcher(data, [source(1, "others.mp4"), source(2, "cam/few.mp4")], of, np.arange(n))
    mask = allowed(project, held.collection, Filter(sources=("cam/*",)))
    queries = unit(rng, 3)
    queries[0] = data[4]
    found, scores = held.search(queries, 24, allowed=mask)
    kept = np.flatnonzero(of == 2)
    exact = queries @ held.collection.vectors.data[kept].astype(np.float32).T
    assert found.shape == scores.shape == (3, min(24, len(kept)))
    for query, own, got, cosines in zip(queries, exact, found, scores, strict=True):
        assert set(got.tolist()) <= set(kept.tolist()) and len(set(got.tolist())) == len(got)
        np.testing.assert_allclose(cosines, -np.sort(-own)[:24], atol=1e-5)
        np.testing.assert_allclose(cosines, held.collection.vectors.data[got].astype(np.float32) @ query, atol=1e-5)
    assert found[0, :2].tolist() == [4, 5]
