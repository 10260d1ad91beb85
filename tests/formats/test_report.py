from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from raravis.formats.export import Export, Sought
from raravis.formats.report import SHOWN, page, write
from raravis.types import Event, Item, Label

MakeExport = Callable[..., Export]
VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """Every tag with its attributes, and whether all were closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def many(make_export: MakeExport, make_source: Callable[..., Any], count: int) -> Export:
    """So many events of one item each, the later the surer."""
    items = {n: Item(n, 1, 5 + 10 * n, 15 + 10 * n) for n in range(1, count + 1)}
    return make_export(
        items=items,
        labels=[Label(n, "fox", 1, "ann", round_id=7, id=n, at=86400.0 * n) for n in items],
        events=[Event("cam01.mp4", "fox", n + 0.0, n + 1.0, (n,), n / 100) for n in items],
        sources={1: make_source(1, "cam01.mp4", seconds=100)},
    )


def pictures(text: str) -> list[bytes]:
    return [base64.b64decode(data) for data in re.findall(r'src="data:image/jpeg;base64,([^"]+)"', text)]


def test_the_page_says_what_was_found_and_that_nobody_audited_it(make_export: MakeExport, tmp_path: Path) -> None:
    text = write(make_export(), tmp_path).read_text(encoding="utf-8")
    assert "1 event in 1 file, from 3 answers, 1 of them yes" in text
    assert "Nobody audited this: how much was missed is unknown." in text
    assert "<td>cam01.mp4</td><td>0:00:10.0</td><td>0:00:11.0</td><td>–</td><td>1</td><td>0</td><td>human</td>" in text
    assert "<td>ann</td><td>human</td><td>1</td><td>1</td><td>1</td>" in text


def test_a_certificate_speaks_for_itself(make_export: MakeExport) -> None:
    text = page(make_export(certified=["At least 90 % of all events are found.", "Every answer is right."]))
    assert "<p>At least 90 % of all events are found.</p><p>Every answer is right.</p>" in text
    assert "Nobody audited" not in text


def test_the_page_loads_nothing_and_runs_nothing(make_export: MakeExport, make_source: Callable[..., Any]) -> None:
    found = Page(page(many(make_export, make_source, 3)))
    assert found.open == []
    assert not {tag for tag, _ in found.tags} & {"script", "link", "iframe", "object", "form", "base"}
    links = [at[name] for _, at in found.tags for name in ("src", "href", "srcset", "action") if name in at]
    assert len(links) == 3 and all((link or "").startswith("data:image/jpeg;base64,") for link in links)
    assert not any(name.startswith("on") or name == "style" for _, at in found.tags for name in at)


def test_names_are_text_whatever_they_look_like(make_export: MakeExport, make_source: Callable[..., Any]) -> None:
    bad = '<script>alert("x")</script>'
    text = page(
        make_export(
            concept=bad,
            labels=[Label(1, bad, 1, bad, round_id=7, id=1)],
            sources={1: make_source(1, f"{bad}.mp4", timeline="cam01.mp4")},
            examples=[Sought(bad, 1, b"")],
            certified=[bad],
            settings={bad: bad},
        )
    )
    assert "<script" not in text and text.count("&lt;script&gt;") >= 8


def test_the_surest_are_shown_best_first_and_the_rest_is_in_the_table(
    make_export: MakeExport, make_source: Callable[..., Any]
) -> None:
    text = page(many(make_export, make_source, SHOWN + 2))
    shown = [int(n) for n in re.findall(r'<figure id="p(\d+)">', text)]
    assert shown == list(range(SHOWN + 2, 2, -1)) and len(pictures(text)) == SHOWN
    assert f"The {SHOWN} surest are shown, 2 more are in the table." in text
    assert text.count("<td>cam01.mp4</td>") == SHOWN + 2


def test_a_picture_is_small_and_has_the_box_that_was_drawn(make_export: MakeExport) -> None:
    plain, drawn = make_export(), make_export()
    box = (0.25, 0.25, 0.75, 0.75)
    drawn = replace(drawn, labels=[Label(1, "fox", 1, "ann", box=box, round_id=7, id=1)])
    (before,), (after,) = pictures(page(plain)), pictures(page(drawn))
    images = [np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int) for data in (before, after)]
    assert images[0].shape == (169, 300, 3)
    changed = [abs(images[1][at, 150] - images[0][at, 150]).max() for at in (42, 84)]  # its upper edge, its middle
    assert changed[0] > 40 and changed[1] < 12


def test_of_an_event_whose_file_is_gone_it_says_so(make_export: MakeExport) -> None:
    text = page(make_export(pictures=lambda wanted: iter(())))
    assert pictures(text) == [] and '<div class="gone">the file is gone</div>' in text


def test_examples_are_shown_and_told_apart(make_export: MakeExport) -> None:
    file = io.BytesIO()
    Image.new("RGB", (800, 400), "red").save(file, "JPEG")
    given = [Sought("fox.jpg", 1, file.getvalue()), Sought("a dog", -1, b"")]
    text = page(make_export(examples=given, pictures=lambda wanted: iter(())))
    (shown,) = pictures(text)
    assert Image.open(io.BytesIO(shown)).size == (160, 80)
    assert '<q>a dog</q><figcaption class="unlike">not like this</figcaption>' in text
    assert text.count("not like this") == 1


def test_with_no_events_the_page_says_so(make_export: MakeExport) -> None:
    text = page(make_export(events=[], labels=[]))
    assert "0 events, from 0 answers, 0 of them yes" in text and "There is nothing to show." in text
