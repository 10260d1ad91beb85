"""infer: what stands in the rows, whatever the files are and whoever does the work."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import av
import media_making as making
import numpy as np
import pytest
import red_double
from PIL import Image

from raravis import classify, flow
from raravis.errors import InputError, ModelError
from raravis.flow.inferring import looking, seeing
from raravis.flow.inferring.outcome import Inferred
from raravis.formats.rows import Row
from raravis.media.pictures import read_picture
from raravis.types import WHOLE, Floats, Pixels

Infer = Callable[..., Inferred]


@pytest.fixture
def infer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Infer]:
    """flow.infer with the double for a model, its rows in a file of the test's own."""
    monkeypatch.setattr(classify, "open_classifier", red_double.opened, raising=False)
    seeing.opened.cache_clear()

    def call(*inputs: Path, model: str = "red.onnx", **settings: Any) -> Inferred:
        return flow.infer(model, inputs, **{"out": tmp_path / "rows.jsonl"} | settings)

    yield call
    seeing.opened.cache_clear()


def told(made: Inferred) -> list[tuple[str, float, float]]:
    return [(row.source, row.start, row.end) for row in made]


def test_a_stretch_of_neighbouring_looks_is_a_row(infer: Infer, tmp_path: Path) -> None:
    film = making.film(tmp_path / "in" / "a.mp4", red=[(2, 5)])  # a keyframe each second, of 0.25 s
    made = infer(film)
    assert list(made) == [Row("a.mp4", 2.0, 4.25, "red", 1.0, WHOLE, 2.0)]
    assert (made.done, made.rows, made.failed, made.known) == (1, 1, {}, 0)


def test_each_look_has_a_row_of_its_own_where_told(infer: Infer, tmp_path: Path) -> None:
    film = making.film(tmp_path / "a.mp4", red=[(2, 5)])
    assert told(infer(film, each=True)) == [("a.mp4", 2, 2.25), ("a.mp4", 3, 3.25), ("a.mp4", 4, 4.25)]


def test_all_tells_every_class_of_every_look(infer: Infer, tmp_path: Path) -> None:
    film = making.film(tmp_path / "a.mp4", seconds=3, red=[(1, 2)])
    rows = list(infer(film, all=True, model="red-other.onnx"))
    assert [(row.start, row.name, row.probability) for row in rows] == [
        (0, "red", 0), (0, "other", 1), (1, "red", 1), (1, "other", 0), (2, "red", 0), (2, "other", 1),
    ]  # fmt: skip


def test_an_exclusive_classifier_gives_a_look_one_class(infer: Infer, tmp_path: Path) -> None:
    film = making.film(tmp_path / "a.mp4", seconds=4, red=[(1, 2)])
    rows = [(row.start, row.name) for row in infer(film, each=True, model="red-other.onnx", threshold=0)]
    assert rows == [(0, "other"), (1, "red"), (2, "other"), (3, "other")]


def test_a_pause_of_at_most_the_gap_is_bridged(infer: Infer, tmp_path: Path) -> None:
    film = making.film(tmp_path / "a.mp4", red=[(1, 2), (4, 5)])  # 1.25 to 4: a pause of 2.75 s
    assert told(infer(film, gap_seconds=2.7)) == [("a.mp4", 1, 1.25), ("a.mp4", 4, 4.25)]
    assert told(infer(film, gap_seconds=2.75, overwrite=True)) == [("a.mp4", 1, 4.25)]


def test_neighbouring_looks_are_joined_however_far_apart(infer: Infer, tmp_path: Path) -> None:
    film = making.film(tmp_path / "a.mp4", red=[(3, 8)])
    assert told(infer(film, sample="every:3", gap_seconds=0)) == [("a.mp4", 3, 6.25)]


def test_stills_begin_and_end_at_zero(infer: Infer, tmp_path: Path) -> None:
    making.yard(tmp_path / "yard")
    making.frames(tmp_path / "yard" / "shots", [False, True, True])  # a source of one picture a second
    made = infer(tmp_path / "yard")
    assert told(made) == [("cam/a.mp4", 2, 4.25), ("d.png", 0, 0), ("shots", 1, 3)]


def test_the_threshold_given_stands_in_for_the_model_s(infer: Infer, tmp_path: Path) -> None:
    making.still(tmp_path / "in" / "no.png", shade=70)
    assert told(infer(tmp_path / "in")) == []
    assert told(infer(tmp_path / "in", threshold=0.0, overwrite=True)) == [("no.png", 0, 0)]


def test_of_several_boxes_the_surest_is_told_and_each_on_demand(infer: Infer, tmp_path: Path) -> None:
    making.still(tmp_path / "in" / "d.png", red=True)
    (row,) = infer(tmp_path / "in", detect="tiles:n=2,overlap=0,whole=no")
    assert row.box == (0, 0, 0.5, 0.5), "of equals the first"
    boxes = [
        row.box for row in infer(tmp_path / "in", detect="tiles:n=2,overlap=0,whole=no", each=True, overwrite=True)
    ]
    assert boxes == [
        (0, 0, 0.5, 0.5),
        (0, 0.5, 0.5, 1),
    ]


def test_a_detector_of_pixels_sees_the_frame_once_and_its_boxes_are_judged(
    infer: Infer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from raravis.detect import Detections

    class Left:
        name, needs_pixels, short_side = "left", True, 32

        def __call__(self, frames: Any) -> list[Detections]:
            counts = [int(rgb[..., 0].max() > 180) for rgb in frames]
            return [Detections(np.array([[0, 0, 0.5, 1]] * n).reshape(n, 4), np.ones(n), [""] * n) for n in counts]

    monkeypatch.setattr(seeing, "detector_of", lambda spec: Left())
    monkeypatch.setattr(sys.modules["raravis.flow.infer"], "detector_of", lambda spec: Left())
    made = infer(making.film(tmp_path / "a.mp4", red=[(2, 5)]), making.still(tmp_path / "no.png"))
    assert [(row.source, row.start, row.box) for row in made] == [("a.mp4", 2, (0, 0, 0.5, 1))]
    assert made.done == 2 and not made.failed, "a file without a box is done"


def test_windows_are_judged_by_the_frame_in_their_middle(infer: Infer, tmp_path: Path) -> None:
    film = making.film(tmp_path / "a.mp4", red=[(3, 4)])
    (row,) = infer(film, sample="windows:2")
    assert (row.start, row.end) == (2, 4) and 2.5 <= row.at <= 3.5


def test_files_that_fail_are_named_and_the_others_go_on(infer: Infer, tmp_path: Path) -> None:
    folder = making.yard(tmp_path / "yard")
    (folder / "text.mp4").write_text("no film")
    (folder / "empty.png").touch()
    (folder / "notes.md").touch()
    making.cut_short(making.film(tmp_path / "whole.ts", red=[(0, 8)], shade=60), folder / "short.ts")
    made = infer(folder)
    assert [source for source, _, _ in told(made)] == ["cam/a.mp4", "d.png", "short.ts"]
    assert made.done == 5 and sum(made.skipped.values()) == 1
    assert made.failed == {
        "text.mp4": "cannot be read as video: Invalid data found when processing input",
        "empty.png": "is empty",
    }
    assert infer(folder).failed == made.failed, "they are tried again"


def test_damage_is_told_and_costs_its_frames_only(infer: Infer, tmp_path: Path) -> None:
    folder = making.frames(tmp_path / "in" / "shots", [True, True, True, True, False])
    (folder / "0003.png").write_bytes(b"broken")
    made = infer(tmp_path / "in")
    assert told(made) == [("shots", 0, 4)], "looks that are neighbours without it are joined"
    assert made.done == 1 and made.damaged == {"shots": f"{folder / '0003.png'}: is not an image that can be read"}


def test_a_picture_that_cannot_be_judged_costs_itself_alone(
    infer: Infer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = red_double.Red.__call__

    def refusing(self: red_double.Red, pictures: Any) -> Floats:
        if any(rgb.mean() > 200 for rgb in pictures):
            raise ModelError("put out NaN")
        return judge(self, pictures)

    monkeypatch.setattr(red_double.Red, "__call__", refusing)
    folder = making.frames(tmp_path / "in" / "shots", [True, True])
    making.still(tmp_path / "in" / "d.png", red=True)
    Image.new("RGB", (64, 48), "white").save(tmp_path / "in" / "e.png")
    Image.new("RGB", (64, 48), "white").save(folder / "0003.png")
    made = infer(tmp_path / "in")
    assert told(made) == [("d.png", 0, 0), ("shots", 0, 2)]
    assert made.failed == {"e.png": "put out NaN"} and made.damaged == {"shots": "put out NaN"}


def test_since_looks_at_what_changed_then_or_later(infer: Infer, tmp_path: Path) -> None:
    for name, hours in (("old.png", 48), ("new.png", 1)):
        at = time.time() - 3600 * hours
        os.utime(making.still(tmp_path / "in" / name, red=True), (at, at))
    made = infer(tmp_path / "in", since=time.time() - 24 * 3600)
    assert told(made) == [("new.png", 0, 0)] and made.older == 1
    none = infer(tmp_path / "in", since=time.time())
    assert (none.done, none.known, none.older, none.rows) == (0, 0, 2, 1)


def test_a_second_run_does_what_is_new_only_and_puts_it_in_its_place(infer: Infer, tmp_path: Path) -> None:
    folder = making.yard(tmp_path / "yard")
    infer(folder)
    again = infer(folder)
    assert (again.done, again.known, again.rows) == (0, 4, 2)
    making.still(folder / "cam" / "0.png", red=True, shade=1)
    more = infer(folder)
    assert (more.done, more.known, more.rows) == (1, 4, 3)
    assert [source for source, _, _ in told(more)] == ["cam/0.png", "cam/a.mp4", "d.png"]


def test_what_changed_is_looked_at_again_and_its_old_rows_go(infer: Infer, tmp_path: Path) -> None:
    folder = making.yard(tmp_path / "yard")
    infer(folder)
    making.film(folder / "cam" / "a.mp4", red=[(0, 1)])
    making.still(folder / "d.png", shade=99)
    made = infer(folder)
    assert told(made) == [("cam/a.mp4", 0, 0.25)] and (made.done, made.known, made.rows) == (2, 2, 1)


def test_rows_of_files_that_are_gone_stay(infer: Infer, tmp_path: Path) -> None:
    folder = making.yard(tmp_path / "yard")
    before = told(infer(folder))
    (folder / "d.png").unlink()
    assert told(infer(folder)) == before


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"model": "red-other.onnx"}, "model double-red, now model double-red-other"),
        ({"sample": "every:1"}, "sample keyframes, now sample every:1"),
        ({"threshold": 0.25}, "threshold [0.5], now threshold [0.25]"),
        ({"each": True}, "each False, now each True"),
        ({"gap_seconds": 5.0}, "gap 1.0, now gap 5.0"),
        ({"format": "csv"}, "format jsonl, now format csv"),
    ],
)
def test_rows_of_another_model_or_other_settings_are_not_mixed_in(
    infer: Infer, tmp_path: Path, settings: dict[str, Any], named: str
) -> None:
    folder = making.yard(tmp_path / "yard")
    rows = infer(folder).out
    assert rows is not None
    before = rows.read_bytes()
    with pytest.raises(InputError) as error:
        infer(folder, **settings)
    assert named in str(error.value) and "\n" not in str(error.value) and rows.read_bytes() == before
    assert infer(folder, **settings, overwrite=True).done == 4


def test_a_file_that_is_somebody_else_s_is_not_touched(infer: Infer, tmp_path: Path) -> None:
    folder, mine = making.yard(tmp_path / "yard"), tmp_path / "notes.txt"
    mine.write_text("my own")
    with pytest.raises(InputError, match="and not by infer"):
        infer(folder, out=mine)
    assert mine.read_text() == "my own"


def test_rows_are_in_order_whoever_finishes_first(infer: Infer, tmp_path: Path) -> None:
    def backwards(function: Callable[[Any], Any], batches: Iterable[Any]) -> Iterator[Any]:
        return iter([function(batch) for batch in batches][::-1])

    folder = making.yard(tmp_path / "yard")
    for number in range(20):
        making.still(folder / "many" / f"s{number}.png", red=True, shade=number)
    forwards = infer(folder).out
    assert forwards is not None
    rows = forwards.read_bytes()
    infer(folder, map=backwards, overwrite=True)
    assert forwards.read_bytes() == rows and rows.count(b"\n") == 22


def test_rows_to_stdout_come_by_source_too(infer: Infer, tmp_path: Path, capfdbinary: Any) -> None:
    def backwards(function: Callable[[Any], Any], batches: Iterable[Any]) -> Iterator[Any]:
        return iter([function(batch) for batch in batches][::-1])

    folder = making.yard(tmp_path / "yard")
    (folder / "aa.mp4").write_text("no film")
    made, rows = infer(folder, out="-", map=backwards), infer(folder)
    assert rows.out is not None and capfdbinary.readouterr().out == rows.out.read_bytes()
    assert made.rows == 2
    with pytest.raises(InputError, match="went to stdout"):
        list(made)


def test_a_long_film_cut_in_parts_gives_the_rows_of_the_whole(
    infer: Infer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    making.yard(tmp_path / "yard")
    making.film(tmp_path / "yard" / "long.mp4", 40, red=[(7, 23), (30, 31)])
    whole = list(infer(tmp_path / "yard"))
    monkeypatch.setattr(looking, "LONG", 20)
    monkeypatch.setattr("raravis.flow.inferring.parts.PART", 5)
    monkeypatch.setattr(looking, "PART", 5)
    cut = list(infer(tmp_path / "yard", overwrite=True))
    assert cut == whole and ("long.mp4", 7, 22.25) in [row[:3] for row in cut]


def test_files_of_one_name_are_called_by_their_paths(infer: Infer, tmp_path: Path) -> None:
    a, b = (making.still(tmp_path / folder / "d.png", red=True, shade=s) for folder, s in (("a", 1), ("b", 2)))
    assert [row.source for row in infer(a, b, a)] == [a.as_posix(), b.as_posix()]
    first, later = infer(a, overwrite=True), infer(b)
    assert [row.source for row in first] == [b.as_posix(), "d.png"] == [row.source for row in later]


def test_annotated_copies_show_what_was_found_when_it_was(infer: Infer, tmp_path: Path) -> None:
    folder = making.yard(tmp_path / "yard")
    infer(folder, annotated=tmp_path / "marked")
    assert sorted(p.relative_to(tmp_path).as_posix() for p in (tmp_path / "marked").rglob("*.*")) == [
        "marked/cam/a.mp4",
        "marked/d.png.jpg",
    ], "of what has rows"
    with av.open(str(tmp_path / "marked" / "cam" / "a.mp4")) as film:
        frames = [(float(f.pts * f.time_base), f.to_ndarray(format="rgb24")) for f in film.decode(video=0)]
    assert [at for at, _ in frames] == [number / 4 for number in range(32)]
    framed = [at for at, rgb in frames if _is_framed(rgb)]
    assert framed == [at for at, _ in frames if 2 <= at < 4.25]
    assert _is_framed(read_picture(tmp_path / "marked" / "d.png.jpg"))


def _is_framed(rgb: Pixels) -> bool:
    """Whether the bluish picture's right edge is orange, the colour of the first class, if blurred by the codec."""
    red, _, blue = rgb[15:40, -1].astype(int).mean(0)
    return bool(red > blue)


def test_a_copy_that_is_missing_is_made_and_its_rows_are_not_doubled(infer: Infer, tmp_path: Path) -> None:
    folder = making.yard(tmp_path / "yard")
    before = told(infer(folder))
    made = infer(folder, annotated=tmp_path / "marked")
    assert told(made) == before and (made.done, made.known) == (2, 2)
    (tmp_path / "marked" / "d.png.jpg").unlink()
    made = infer(folder, annotated=tmp_path / "marked")
    assert told(made) == before and (made.done, made.known) == (1, 3)
    assert infer(folder, annotated=tmp_path / "marked").done == 0


def test_it_does_not_look_at_what_it_wrote(infer: Infer, tmp_path: Path) -> None:
    making.yard(tmp_path)
    for _ in range(2):
        made = infer(tmp_path, annotated=tmp_path / "marked", sheet=tmp_path / "best.jpg")
        assert made.sheet is not None and made.known + made.done == 4


def test_a_sheet_shows_the_surest_or_is_not_there(infer: Infer, tmp_path: Path) -> None:
    folder = making.yard(tmp_path / "yard")
    made = infer(folder, sheet=tmp_path / "best.jpg")
    assert made.sheet == tmp_path / "best.jpg"
    with Image.open(made.sheet) as page:
        assert page.width > 600, "two pictures side by side"
    made = infer(folder / "c.png", out=tmp_path / "none.jsonl", sheet=tmp_path / "none.jpg")
    assert made.sheet is None and not (tmp_path / "none.jpg").exists()
    with pytest.raises(InputError, match="a sheet is made from the file"):
        infer(folder, out="-", sheet=tmp_path / "best.jpg")


def test_what_cannot_be_used_is_said_before_anything_is_done(infer: Infer, tmp_path: Path) -> None:
    folder = making.yard(tmp_path / "yard")
    for settings, words in (
        ({"sample": "everything"}, "unknown sampler"),
        ({"detect": "nothing"}, "unknown detector"),
        ({"threshold": 2.0}, "wanted a probability"),
        ({"threshold": 0.5, "all": True}, "choose one of the two"),
        ({"format": "xml"}, "unknown format"),
    ):
        with pytest.raises(InputError, match=words):
            infer(folder, **settings)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").touch()
    with pytest.raises(InputError, match="no video or image in"):
        infer(tmp_path / "docs")
    with pytest.raises(InputError, match="no such file or folder"):
        infer(tmp_path / "nowhere")
    assert not (tmp_path / "rows.jsonl").exists()


def test_a_file_gone_after_it_was_listed_fails_alone(
    infer: Infer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = making.yard(tmp_path / "yard")

    def late(function: Callable[[Any], Any], batches: Iterable[Any]) -> Iterator[Any]:
        (folder / "d.png").unlink(missing_ok=True)
        return map(function, batches)

    made = infer(folder, map=late)
    assert list(made.failed) == ["d.png"] and made.done == 3
