from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from raravis.errors import InputError, MediaError
from raravis.formats.events_csv import COLUMNS, evidence, plain, write
from raravis.formats.export import new_file, new_folder
from raravis.types import Event, Item, Label, Place


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_an_event_is_a_row_with_its_times_answers_and_first_pts(make_export, tmp_path):
    (row,) = rows(write(make_export(), tmp_path))
    assert row == {
        "event": "1", "concept": "fox", "timeline": "cam01.mp4", "timeline_start_seconds": "10",
        "timeline_end_seconds": "11", "score": "0.7500", "answers": "1", "evidence": "human", "source": "cam01.mp4",
        "start_seconds": "10", "end_seconds": "11", "first_pts": "105", "time_base": "1/10", "propagated": "0",
    }  # fmt: skip


def test_without_events_only_the_header_is_written(make_export, tmp_path):
    written = write(make_export(events=[]), tmp_path / "new" / "folder")
    assert written.read_bytes() == (",".join(COLUMNS) + "\r\n").encode()


def test_an_event_across_files_is_a_row_in_each_with_one_number(make_export, make_source, tmp_path):
    sources = {1: make_source(1, "a.mp4", timeline="cam"), 2: make_source(2, "b.mp4", timeline="cam", starts_at=60.0)}
    items = {1: Item(1, 1, 585, 605), 2: Item(2, 2, 5, 25)}
    event = Event("cam", "fox", 58.0, 62.0, (1, 2))
    first, second = rows(write(make_export(sources=sources, items=items, events=[event]), tmp_path))
    assert (first["event"], first["source"], first["start_seconds"], first["end_seconds"]) == ("1", "a.mp4", "58", "60")
    assert (second["event"], second["source"], second["start_seconds"], second["end_seconds"]) == (
        "1",
        "b.mp4",
        "0",
        "2",
    )
    assert (second["timeline_start_seconds"], second["timeline_end_seconds"]) == ("58", "62")


def test_each_place_of_a_source_on_the_timeline_is_a_row(make_export, make_source, tmp_path):
    twice = replace(make_source(1, "a.mp4", timeline="cam"), places=(
        Place("/m/a.mp4", "a.mp4", "cam"), Place("/m/copy.mp4", "copy.mp4", "cam"), Place("/m/x.mp4", "x.mp4", "other"),
    ))  # fmt: skip
    event = Event("cam", "fox", 10.0, 11.0, (1,))
    assert [r["source"] for r in rows(write(make_export(sources={1: twice}, events=[event]), tmp_path))] == [
        "a.mp4",
        "copy.mp4",
    ]


def test_events_are_numbered_by_timeline_and_time_whatever_their_order(make_export, tmp_path):
    events = [Event("cam01.mp4", "fox", start, start + 1, (item,)) for start, item in ((20.0, 2), (10.0, 1))]
    assert [(r["event"], r["start_seconds"]) for r in rows(write(make_export(events=events), tmp_path))] == [
        ("1", "10"),
        ("2", "20"),
    ]


def test_a_still_has_no_seconds_of_its_own(make_export, make_source, tmp_path):
    still = make_source(1, "a.jpg", timeline="trap", starts_at=100.0, kind="image", seconds=0)
    export = make_export(
        sources={1: still}, items={1: Item(1, 1, 5, 5)}, events=[Event("trap", "fox", 100.0, 100.0, (1,))]
    )
    (row,) = rows(write(export, tmp_path))
    assert (row["start_seconds"], row["end_seconds"], row["timeline_start_seconds"]) == ("", "", "100")


def test_an_event_that_nobody_said_yes_to_is_marked_propagated(make_export, tmp_path):
    follows = [Label(1, "fox", 1, "raravis", "propagated", weight=0.5)]
    (row,) = rows(write(make_export(labels=[], propagated=follows), tmp_path))
    assert (row["answers"], row["evidence"], row["propagated"]) == ("0", "propagated", "1")


def test_the_surest_answer_is_the_evidence():
    labels = [Label(1, "fox", 1, "x", kind) for kind in ("propagated", "oracle", "import")]
    assert evidence(labels) == "oracle"


@pytest.mark.parametrize("name", ["=1+1.mp4", "+a.mp4", "-a.mp4", "@a.mp4"])
def test_a_name_that_a_spreadsheet_would_run_is_written_as_the_same_path(name, make_export, make_source, tmp_path):
    export = make_export(sources={1: make_source(1, name)}, events=[Event(name, "fox", 10.0, 11.0, (1,))])
    (row,) = rows(write(export, tmp_path))
    assert row["source"] == f"./{name}" and Path(row["source"]) == Path(name)


def test_commas_quotes_line_breaks_and_any_script_survive(make_export, make_source, tmp_path):
    name = 'a, "b"\nö 鳥.mp4'
    export = make_export(sources={1: make_source(1, name)}, events=[Event(name, "fox", 10.0, 11.0, (1,))])
    assert rows(write(export, tmp_path))[0]["source"] == name
    assert plain(name) == name


def test_a_second_export_replaces_the_first_and_leaves_nothing_else(make_export, tmp_path):
    write(make_export(), tmp_path)
    write(make_export(events=[]), tmp_path)
    assert rows(tmp_path / "events.csv") == [] and [p.name for p in tmp_path.iterdir()] == ["events.csv"]


def test_a_failure_half_way_leaves_the_older_file_and_no_part_of_the_new(tmp_path):
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(MediaError), new_file(tmp_path / "a.csv") as partial:
        partial.write_text("half")
        raise MediaError("gone")
    assert (tmp_path / "a.csv").read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_made_is_one_clear_line(make_export, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot write .*events\.csv"):
        write(make_export(), tmp_path / "file" / "inside")


def test_somebody_elses_folder_is_never_replaced(tmp_path):
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "holiday.mp4").touch()
    with pytest.raises(InputError, match="not an earlier export"), new_folder(tmp_path / "clips"):
        pass
    assert [p.name for p in tmp_path.rglob("*")] == ["clips", "holiday.mp4"]


def test_an_earlier_exports_folder_is_replaced_whole_and_kept_on_failure(tmp_path):
    for name in ("old", "new"):
        with new_folder(tmp_path / "clips") as partial:
            (partial / name).touch()
    with pytest.raises(MediaError), new_folder(tmp_path / "clips") as partial:
        raise MediaError("gone")
    assert {p.name for p in tmp_path.rglob("*") if not p.name.startswith(".")} == {"clips", "new"}
    assert [p.name for p in tmp_path.iterdir()] == ["clips"]
