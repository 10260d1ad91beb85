from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from raravis.errors import MediaError
from raravis.formats.clips import file_name, middle, write
from raravis.formats.sheet import drawable
from raravis.types import Event, Item, Label, Place


def names(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_an_event_gives_a_clip_with_a_second_around_it_a_still_and_a_sheet(make_export, tmp_path):
    folder = write(make_export(), tmp_path)
    assert names(folder) == ["001_cam01_00h00m10.0s.jpg", "001_cam01_00h00m10.0s.mp4", "sheet.jpg"]
    assert (folder / "001_cam01_00h00m10.0s.mp4").read_text() == "cam01.mp4 9..12"


def test_clips_end_where_their_source_does(make_export, tmp_path):
    events = [Event("cam01.mp4", "fox", 0.5, 1.0, (1,)), Event("cam01.mp4", "fox", 59.0, 60.0, (2,))]
    folder = write(make_export(events=events), tmp_path)
    assert [p.read_text() for p in sorted(folder.glob("*.mp4"))] == ["cam01.mp4 0..2", "cam01.mp4 58..60"]


def test_an_event_across_files_gives_a_clip_in_each(make_export, make_source, tmp_path):
    sources = {1: make_source(1, "a.mp4", timeline="cam"), 2: make_source(2, "b.mp4", timeline="cam", starts_at=60.0)}
    items = {1: Item(1, 1, 585, 605), 2: Item(2, 2, 5, 25)}
    export = make_export(sources=sources, items=items, events=[Event("cam", "fox", 58.0, 62.0, (1, 2))])
    clips = [(p.name, p.read_text()) for p in sorted(write(export, tmp_path).glob("*.mp4"))]
    assert clips == [("001-1_a_00h00m58.0s.mp4", "a.mp4 57..60"), ("001-2_b_00h00m00.0s.mp4", "b.mp4 0..3")]


def test_stills_have_pictures_and_no_clip(make_export, make_source, tmp_path):
    still = make_source(1, "trap/a.jpg", timeline="trap", kind="image", seconds=0)
    event = Event("trap", "fox", 0.0, 0.0, (1,))
    folder = write(make_export(sources={1: still}, items={1: Item(1, 1, 5, 5)}, events=[event]), tmp_path)
    assert names(folder) == ["001_trap-a_00h00m00.0s.jpg", "sheet.jpg"]


def test_the_still_is_the_middle_of_the_yes_answers(make_export, tmp_path):
    items = {n: Item(n, 1, 5 + 10 * n, 15 + 10 * n) for n in range(1, 10)}
    labels = [Label(n, "fox", 1 if n in (4, 5, 9) else -1, "ann") for n in (1, 4, 5, 9)]
    event = Event("cam01.mp4", "fox", 1.0, 10.0, tuple(range(1, 10)))
    export = make_export(items=items, labels=labels, events=[event])
    assert middle(export, event).id == 5
    with Image.open(next(write(export, tmp_path).glob("001_*.jpg"))) as still:
        assert abs(int(np.asarray(still)[0, 0, 0]) - 5) <= 1


def test_an_event_without_a_yes_shows_the_middle_of_its_items(make_export):
    export = make_export(labels=[])
    assert middle(export, Event("cam01.mp4", "fox", 1.0, 4.0, (1, 2, 3))).id == 2


def test_copies_on_two_timelines_are_two_events_with_a_still_each(make_export, make_source, tmp_path):
    twice = replace(make_source(1, "a.mp4"), places=(Place("/a", "a.mp4", "a"), Place("/b", "b.mp4", "b")))
    events = [Event(timeline, "fox", 10.0, 11.0, (1,)) for timeline in "ab"]
    folder = write(make_export(sources={1: twice}, events=events), tmp_path)
    assert [p.stem for p in sorted(folder.glob("0*.jpg"))] == ["001_a_00h00m10.0s", "002_b_00h00m10.0s"]


def test_the_sheet_says_where_and_when_in_letters_that_can_be_drawn(make_export, tmp_path, monkeypatch):
    captions = []
    monkeypatch.setattr("raravis.formats.clips.sheet", lambda pictures, texts, *_, **__: captions.extend(texts))
    write(make_export(), tmp_path)
    assert captions == ["1  cam01.mp4\n0:00:10.0 to 0:00:11.0   score 0.75"]
    assert drawable(captions[0].replace("\n", "")) == captions[0].replace("\n", "")


def test_what_is_gone_is_named_and_the_rest_is_written(make_export, tmp_path):
    def clip(source, start, end, path):
        path.write_text("half a clip")
        if start < 15:
            raise MediaError("cam01.mp4: no such file")

    events = [Event("cam01.mp4", "fox", s, s + 1.0, (n,)) for n, s in ((1, 10.0), (2, 20.0))]
    folder = write(make_export(events=events, clip=clip, pictures=lambda items: iter(())), tmp_path)
    assert names(folder) == ["002_cam01_00h00m20.0s.mp4", "missing.txt"]
    assert (folder / "missing.txt").read_text().splitlines() == [
        "001_cam01_00h00m10.0s.jpg: the file is gone or cannot be read",
        "001_cam01_00h00m10.0s.mp4: cam01.mp4: no such file",
        "002_cam01_00h00m20.0s.jpg: the file is gone or cannot be read",
    ]


def test_without_events_the_folder_is_empty(make_export, tmp_path):
    assert names(write(make_export(events=[]), tmp_path)) == []


def test_more_than_999_events_still_sort(make_export, tmp_path):
    items = {n: Item(n, 1, 5 + n, 6 + n) for n in range(1, 1001)}
    events = [Event("cam01.mp4", "fox", n / 20, n / 20, (n,)) for n in items]
    folder = write(make_export(items=items, events=events, pictures=lambda items: iter(())), tmp_path)
    assert [p.name[:5] for p in sorted(folder.glob("*.mp4"))][::333] == ["0001_", "0334_", "0667_", "1000_"]


def test_only_the_24_surest_are_on_the_sheet(make_export, tmp_path):
    items = {n: Item(n, 1, 15 * n, 15 * n + 5) for n in range(1, 31)}
    events = [Event("cam01.mp4", "fox", 1.5 * n, 1.5 * n + 0.5, (n,), score=n / 30) for n in range(1, 31)]
    folder = write(make_export(items=items, events=events), tmp_path)
    assert len(list(folder.glob("0*.jpg"))) == 30
    with Image.open(folder / "sheet.jpg") as page:
        assert page.width > 6 * 300


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("site a/cam:01.mp4", "007_site-a-cam-01_01h01m01.5s"),
        ("..\\CON?.mp4", "007_CON_01h01m01.5s"),
        ("鳥.mp4", "007_鳥_01h01m01.5s"),
        ("***.mp4", "007_source_01h01m01.5s"),
        ("x" * 300 + "end.mp4", "007_" + "x" * 57 + "end_01h01m01.5s"),
    ],
)
def test_file_names_are_safe_on_any_system(place, expected):
    assert file_name("007", place, 3661.5) == expected


def test_file_names_sort_by_time_past_the_hour():
    made = [file_name("001", "a.mp4", seconds) for seconds in (9.96, 59.99, 600.0, 3599.9, 36000.0)]
    assert made == sorted(made) and made[0].endswith("00m10.0s") and made[1].endswith("01m00.0s")
