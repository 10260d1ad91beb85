"""raravis search, as it is narrowed, paged, grouped and weighed at the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import media_making as making
import numpy as np
import pytest
from flow_making import collect

from raravis.cli import searching
from raravis.flow import query
from raravis.flow.searching import filters
from raravis.store import Project

RED = ["--like", "red.png"]


def asked(raravis: Any, *arguments: object) -> Any:
    code, out, err = raravis("search", *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def items(told: Any) -> list[int]:
    return [item["item"] for item in told["items"]]


def test_the_labels_to_choose_from_are_those_that_there_are() -> None:
    assert searching.LABELS == filters.LABELS


def test_only_files_of_a_name_come_out(raravis: Any, here: Path) -> None:
    told = asked(raravis, *RED, "--source", "cam/b*", "--source", "c.png")
    assert {item["source"] for item in told["items"]} == {"cam/b.mp4", "c.png"}
    assert told["total"] == len(told["items"]) and told["query"]["filter"] == {"sources": ["cam/b*", "c.png"]}
    assert {item["source"] for item in asked(raravis, *RED, "--timeline", "d.png")["items"]} == {"d.png"}


def test_pages_follow_one_another(raravis: Any, here: Path) -> None:
    whole = items(asked(raravis, *RED, "-k", 100))
    pages = [items(asked(raravis, *RED, "-k", 7, "--offset", start)) for start in (0, 7, 14)]
    assert [*pages[0], *pages[1], *pages[2]] == whole and len(whole) == 18
    code, _, err = raravis("search", *RED, "--offset", 18)
    assert (code, err) == (0, "nothing from hit 19 on: 18 items could come out\n")
    assert asked(raravis, *RED, "--offset", 99)["items"] == []


@pytest.mark.parametrize("option", ["--group", "--gap"])
def test_events_are_one_hit_each_and_say_how_many_more_moments_they_have(raravis: Any, here: Path, option: str) -> None:
    told = asked(raravis, *RED, option, "30s", "-k", 10)
    assert sorted((item["source"], item["more"]) for item in told["items"]) == [
        ("c.png", 0),
        ("cam/a.mp4", 7),
        ("cam/b.mp4", 7),
        ("d.png", 0),
    ]
    assert told["query"]["gap_seconds"] == 30 and "more" not in asked(raravis, *RED)["items"][0]
    code, out, _ = raravis("search", *RED, option, 30)
    assert code == 0 and out.splitlines()[1].split() == ["item", "source", "time", "score", "more"]


def test_hours_and_dates_go_by_the_clock_that_stills_have(raravis: Any, tmp_path: Path) -> None:
    for name, taken in (("a", "2026:05:31 23:30:00"), ("b", "2026:06:01 04:00:00"), ("c", "2026:06:01 12:00:00")):
        making.still(tmp_path / "trap" / f"{name}.jpg", taken=taken, shade=60 + ord(name))
    making.still(tmp_path / "trap" / "undated.jpg", red=True)
    making.still(tmp_path / "red.png", red=True)
    with Project.open(tmp_path / "raravis-project", create=True) as project:
        collect(project, tmp_path / "trap", timeline_from="exif")

    def files(*arguments: str) -> tuple[str, str]:
        code, out, err = raravis("search", *RED, *arguments, "--json")
        assert code == 0, err
        return "".join(sorted(item["source"][0] for item in json.loads(out)["items"])), err

    without = "1 of 4 items lie on timelines without a clock, and are left out; ingest --timeline-from exif, or a list "
    night, err = files("--time-of-day", "22:00-05:00")
    assert night == "ab" and err.startswith(without) and err.count("\n") == 1
    assert files("--from", "2026-06-01")[0] == "bc" and files("--to", "2026-05-31")[0] == "a"
    assert files("--from", "2026-06-01T04:00:01", "--to", "2026-06-01", "--time-of-day", "05:00-22:00")[0] == "c"
    code, out, err = raravis("search", *RED, "--from", "2026-06-02")
    assert (code, out) == (1, "") and err.splitlines()[-1] == (
        "error: nothing to search in: 4 items, having a clock leaves 3, dates from 2026-06-02 leaves none"
    )


def test_labels_and_scores_are_those_about_what_is_sought(raravis: Any, here: Path) -> None:
    assert raravis("ask", "--for", "red", "-k", 18, "--strategy", "random")[0] == 0
    assert raravis("label", "--for", "red", "--oracle", "oracle.csv")[0] == 0
    assert raravis("train", "--for", "red")[0] == 0
    yes = asked(raravis, "--for", "red", "--label", "yes")
    assert len(yes["items"]) == 4 and yes["query"]["filter"] == {"labels": ["yes"], "concept": "red"}
    assert len(asked(raravis, "--for", "red", "--label", "yes", "--label", "no")["items"]) == 18
    code, out, err = raravis("search", "--for", "red", "--label", "none")
    assert (code, out, err) == (1, "", "error: nothing to search in: 18 items, label none about 'red' leaves none\n")
    likely = asked(raravis, "--for", "red", "--by-head", "--score", "0.5..")
    assert items(likely) == items(asked(raravis, "--for", "red", "--by-head", "-k", 4)) and len(items(likely)) == 4
    assert likely["query"]["head_id"] == 1
    err = raravis("search", *RED, "--for", "red", "--score", "0.999999..1")[2]
    assert "score 0.999999..1 for 'red' leaves none; the scores are " in err


def test_a_narrowed_search_can_be_answered(raravis: Any, here: Path) -> None:
    told = asked(raravis, "--for", "red", *RED, "--source", "cam/*", "--offset", 2, "-k", 3)
    code, out, _ = raravis("label", "--for", "red", "--oracle", "oracle.csv")
    assert code == 0 and out.startswith("3 answers") and told["query"]["offset"] == 2
    assert {item["source"] for item in asked(raravis, "--for", "red", "--label", "none")["items"]} >= {"d.png"}


def test_weights_of_examples_and_expansion_are_kept_as_typed(raravis: Any, here: Path) -> None:
    query = asked(raravis, "--like", "red.png@2", "--like", "item:3", "--unlike", "item:9@0.5", "--expand", 2)["query"]
    assert (query["like"], query["unlike"], query["expand"]) == (["red.png@2", "item:3"], ["item:9@0.5"], 2)
    assert "vector" not in query and "exact" not in query
    assert asked(raravis, *RED, "--exact")["query"]["exact"] is True


def test_what_is_not_relevant_is_said_and_how_probable_hits_are(
    raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(raravis, *RED, "-k", 2)["relevant"] is None  # too few timelines to tell
    monkeypatch.setattr(query, "relevant", lambda *_: False)
    monkeypatch.setattr(query, "chances", lambda *_: np.array([[0.75, 0.5]], np.float32))
    told = asked(raravis, *RED, "-k", 2)
    assert told["relevant"] is False and [item["probability"] for item in told["items"]] == [0.75, 0.5]
    code, out, err = raravis("search", *RED, "-k", 2)
    assert code == 0 and err.startswith("nothing relevant: ") and err.count("\n") == 1
    assert out.splitlines()[1].split() == ["item", "source", "time", "score", "chance"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--time-of-day", "10pm"], "got '10pm' as a time of day; wanted such as 22:00-05:00"),
        (["--time-of-day", "05:00-05:00"], "time of day: got 05:00 twice; wanted two times: 22:00-05:00"),
        (["--from", "yesterday"], "got 'yesterday' as a date; wanted such as 2026-05-31 or 2026-05-31T18:30"),
        (["--from", "2026-06-02", "--to", "2026-06-01"], "dates: got from 2026-06-02 before 2026-06-02; wanted the "),
        (["--label", "yes"], "a filter by label wants a concept: --for NAME"),
        (["--score", "0.5"], "got '0.5' as a span of scores; wanted such as 0.3..0.7, 0.5.. or ..0.5"),
        (["--score", ".."], "got '..' as a span of scores"),
        (["--for", "red", "--score", "0.7..0.3"], "score: got 0.7..0.3; wanted 0..1 or a part of it: 0.3..0.7"),
        (["--for", "red", "--score", "0..1"], "no head for 'red' over toy-1 yet; answer some, then run: raravis train"),
        (["--by-head"], "a search by head wants a concept that has one: --for NAME"),
        (["--for", "red", "--by-head"], "a head is a query of its own: leave out --by-head, or the pictures and words"),
        (
            ["--source", "cam"],
            "18 items, source cam leaves none; sources are called such as c.png, cam/a.mp4",
        ),
        (["--timeline", "x*"], "timeline x* leaves none; timelines are called such as c.png, cam/a.mp4, cam/b.mp4"),
        (["--like", "red.png@0"], "red.png@0: got 0 as its weight; wanted one above 0, up to 1,000,000"),
    ],
)
def test_what_narrows_to_nothing_is_one_line(raravis: Any, here: Path, arguments: list[str], told: str) -> None:
    code, out, err = raravis("search", *RED, *arguments)
    assert (code, out) == (1, "") and told in err and err.count("\n") == 1 and "Traceback" not in err
