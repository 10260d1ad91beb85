"""The evaluation's page from numbers made by hand."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from raravis.formats.evaluation import between, page
from raravis.formats.evaluation_plots import SIDE, calibration, precision_recall


def share(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "how": "by hand"}


def a_class(**changes: Any) -> dict[str, Any]:
    measures = ("precision", "recall", "f1", "average_precision", "roc_auc", "ece", "brier")
    return {
        "name": "fox",
        "items": 10,
        "yes": 4,
        "no": 6,
        "threshold": 0.5,
        "cells": {"both": 3, "false": 1, "missed": 1, "neither": 5},
        **{name: share(0.75, 0.5, 0.9) for name in measures},
        "reliability": [{"mean": 0.25, "share": 0.5, "share_low": 0.2, "share_high": 0.8, "items": 4}],
        "curve": {"recall": [0.5, 1.0], "precision": [1.0, 0.5]},
        "notes": [],
        "events": None,
        "collection": None,
        "worst": {"false": [], "missed": []},
    } | changes


def made(*classes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    told = classes or (a_class(),)
    return {
        "made": "2026-01-02T03:04:05Z",
        "version": "0.1.0",
        "model": {"id": "head 1"},
        "data": {"kind": "answers", "items": 10, "groups": 3},
        "left_out": {"learnt": 0, "beside": 0, "some": [], "kept": 0, "unread": 0, "out_of_fold": False},
        "classes": list(told),
        "macro": a_class(),
        "micro": a_class(),
        "confusion": None,
        "doubts": [],
        "browse": None,
    } | changes


class Reader(HTMLParser):
    """What a page loads, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attrs if name == "src"] + ([tag] if tag == "script" else [])

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_runs_and_loads_nothing_and_holds_its_pictures() -> None:
    one = {"row": 3, "source": "<a>.mp4 2.00 s", "probability": 0.93}
    told = made(a_class(worst={"false": [one], "missed": [one | {"row": 4, "probability": 0.02}]}))
    text = page(told, {3: np.zeros((9, 16, 3), np.uint8)})
    read = Reader(text)
    assert len(read.loads) == 1
    assert read.loads[0].startswith("data:image/jpeg;base64,")
    assert "<a>.mp4 2.00 s" in read.text
    assert "it cannot be read" in read.text  # row 4
    assert "probability 0.93" in read.text
    assert "probability 0.02" in read.text


def test_the_headline_is_the_only_class_or_the_mean_of_several() -> None:
    assert "fox: precision 0.75, recall 0.75" in Reader(page(made(), {})).text
    nothing = made(a_class(precision=share(None), recall=share(None)))
    assert "fox: nothing to count" in Reader(page(nothing, {})).text
    both = Reader(page(made(a_class(), a_class(name="owl")), {})).text
    assert "Mean of the classes: precision 0.75" in both
    assert "Class by class" in both


def test_what_was_left_out_is_said() -> None:
    told = {"learnt": 7, "beside": 2, "some": ["a.mp4 1.00 s"], "kept": 0, "unread": 1, "out_of_fold": False}
    text = Reader(page(made(left_out=told), {})).text
    assert "Left out: 7 that the model learned from, such as a.mp4 1.00 s, and 2 in one event with these." in text
    assert "1 that cannot be read" in text


def test_events_and_the_whole_collection_have_their_own_numbers() -> None:
    events = {
        "found": 2, "events": 3, "recall": share(2 / 3, 0.1, 0.99), "precision": share(1.0, 0.2, 1.0), "said": 2,
        "false": 0, "false_per_hour": share(0.0, 0.0, 3.69), "hours": 1.0,
    }  # fmt: skip
    whole = {"draws": 30, "on_purpose": 12, "how": "audit 1, of 60 frames"}
    whole |= {name: share(0.5, 0.25, 0.75) for name in ("precision", "recall", "prevalence")}
    text = Reader(page(made(a_class(events=events, collection=whole)), {})).text
    for words in (
        "2 of 3",
        "0.00 (0.00 – 3.69), in 1 h",
        "From 30 draws by chance (audit 1, of 60 frames) and 12 answers",
    ):
        assert words in text


def test_doubtful_answers_are_linked_to_where_they_can_be_changed() -> None:
    doubt = {"row": 1, "source": "a.mp4", "class": "fox", "given": "no", "suggested": "yes", "probability": 0.97}
    browse = {"command": "raravis serve", "addresses": {"fox": "http://127.0.0.1:8765/#/browse/fox?order=doubt"}}
    text = page(made(doubts=[doubt], browse=browse), {})
    assert '<a href="http://127.0.0.1:8765/#/browse/fox?order=doubt">fox</a>' in text
    assert "fox: answered no, likely yes (0.97)" in Reader(text).text


def test_rows_of_the_confusion_are_shaded_by_their_share() -> None:
    text = page(made(a_class(), a_class(name="owl"), confusion=[[3, 1], [0, 0]]), {})
    assert '--share:45%">3</td>' in text
    assert '--share:0%">0</td>' in text


def test_an_interval_is_shown_where_there_is_one() -> None:
    assert between(share(0.5, 0.25, 0.75), 2) == "0.50 (0.25 – 0.75)"
    assert between(share(0.5), 2) == between(share(0.5, 0.5, 0.5), 2) == "0.50"
    assert between(share(None)) == between(None) == "–"


@pytest.mark.parametrize("plot", [precision_recall, calibration])
def test_plots_are_well_formed_and_stay_in_their_frame(plot: Any) -> None:
    root = ET.fromstring(plot(a_class(name='a "fox" & <owl>')).replace("&nbsp;", " "))
    (line,) = root.iter("polyline")
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert points
    assert all(0 <= x <= SIDE and 0 <= y <= SIDE for x, y in points)


def test_the_curve_goes_by_steps_and_the_dot_is_the_threshold() -> None:
    drawn = precision_recall(a_class(recall=share(0.5), precision=share(1.0)))
    assert f'points="0.0,0.0 {SIDE / 2},0.0 {SIDE / 2},{SIDE / 2} {float(SIDE)},{SIDE / 2}"' in drawn
    assert f'<circle class="at" cx="{SIDE / 2}" cy="0.0"' in drawn
    assert "<circle" not in precision_recall(a_class(recall=share(None)))
