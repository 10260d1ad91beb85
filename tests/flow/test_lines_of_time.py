"""Events run along timelines: across the files of one camera, over the stills of a trap, in every copy of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import media_making as making
import pytest
from flow_making import by_oracle, collect

from raravis import flow
from raravis.flow.results import FoundEvent, events_of, found_events
from raravis.store import Project, sources


def answer_all(project: Project, oracle: Path) -> list[FoundEvent]:
    while flow.ask(project, "red", strategy="random", k=50):
        flow.label(project, "red", by_oracle(project, oracle))
    return found_events(project, "red")


def search(project: Project, folder: Path, rows: list[str], timeline: Literal["file", "folder", "exif"]) -> None:
    collect(project, folder, timeline_from=timeline)
    from raravis.flow.examples import add_examples

    add_examples(project, "red")
    answer_all(project, making.oracle(folder.parent / "known.csv", *rows))


def told(project: Project) -> list[tuple[str, float, float, int]]:
    return [(e.source, e.start_seconds, e.end_seconds, e.answers) for e in found_events(project, "red")]


def on_lines(project: Project) -> list[tuple[str, float, float]]:
    return [(e.timeline, e.start, e.end) for e in events_of(project, "red")]


ACROSS = ["cam/1.mp4,red,1,6,8", "cam/2.mp4,red,1,0,2"]


def two_recordings(folder: Path) -> Path:
    making.film(folder / "cam" / "1.mp4", red=[(6, 8)])
    making.film(folder / "cam" / "2.mp4", red=[(0, 2)], shade=110)
    return folder


def test_by_folder_an_event_runs_across_the_border_of_two_files(project: Project, tmp_path: Path) -> None:
    search(project, two_recordings(tmp_path / "in"), ACROSS, "folder")
    assert on_lines(project) == [("cam", 6.0, 9.25)]
    assert told(project) == [("cam/1.mp4", 6.0, 9.25, 4)]


def test_by_file_the_same_answers_are_an_event_in_each(project: Project, tmp_path: Path) -> None:
    search(project, two_recordings(tmp_path / "in"), ACROSS, "file")
    assert told(project) == [("cam/1.mp4", 6.0, 7.25, 2), ("cam/2.mp4", 0.0, 1.25, 2)]


def test_events_merge_over_gaps_up_to_the_seconds_asked_for(project: Project, tmp_path: Path) -> None:
    making.film(tmp_path / "in" / "a.mp4", red=[(0, 1), (2, 3), (6, 7)])
    search(project, tmp_path / "in", [f"a.mp4,red,1,{at},{at + 1}" for at in (0, 2, 6)], "file")
    spans = {gap: [(e.start, e.end) for e in events_of(project, "red", gap_seconds=gap)] for gap in (1.0, 1.75, 4.0)}
    assert spans == {
        1.0: [(0, 0.25), (2, 2.25), (6, 6.25)],
        1.75: [(0, 2.25), (6, 6.25)],  # the frame of 0 s lasts until 0.25 s
        4.0: [(0, 6.25)],
    }


def test_stills_by_capture_time_are_one_burst(project: Project, tmp_path: Path) -> None:
    for name, second in {"d": 0, "c": 1, "b": 2, "a": 30}.items():  # names run against time
        taken = f"2026:05:31 18:00:{second:02d}"
        making.still(tmp_path / f"in/trap/{name}.jpg", red=second > 0, shade=80 + second, taken=taken)
    search(project, tmp_path / "in", [f"trap/{name}.jpg,red,1" for name in "abc"], "exif")
    (first, last) = events_of(project, "red")
    assert (first.timeline, first.end - first.start, len(first.items)) == ("trap", 1.0, 2)
    assert last.start - first.start == 29.0
    assert told(project) == [("trap/c.jpg", 0.0, 1.0, 2), ("trap/a.jpg", 0.0, 0.0, 1)]


def test_stills_without_a_capture_time_are_counted_and_stay_alone(project: Project, tmp_path: Path) -> None:
    making.still(tmp_path / "in/trap/a.jpg", taken="2026:05:31 18:00:00")
    making.still(tmp_path / "in/trap/b.jpg", shade=60)
    assert flow.ingest(project, [tmp_path / "in"], timeline_from="exif").undated == 1


def test_a_folder_of_frames_has_events_in_its_own_time(project: Project, tmp_path: Path) -> None:
    making.frames(tmp_path / "in" / "walk", [False, True, True, False])
    search(project, tmp_path / "in", ["walk,red,1,1,3"], "file")
    assert told(project) == [("walk", 1.0, 3.0, 2)]


def test_a_file_in_two_places_has_its_event_in_both(project: Project, tmp_path: Path) -> None:
    film = making.film(tmp_path / "in" / "north" / "a.mp4", red=[(2, 4)])
    making.copy(film, tmp_path / "in" / "south" / "b.mp4")
    search(project, tmp_path / "in", ["south/b.mp4,red,1,2,4"], "file")  # a row about either place is about the bytes
    assert told(project) == [("north/a.mp4", 2.0, 3.25, 2), ("south/b.mp4", 2.0, 3.25, 2)]


@pytest.mark.parametrize("timeline", ["folder", "file"])
def test_a_copy_further_along_the_same_timeline_is_told_by_its_own_name_and_time(
    project: Project, tmp_path: Path, timeline: Literal["folder", "file"]
) -> None:
    film = making.film(tmp_path / "in" / "cam" / "1.mp4", red=[(2, 4)])
    making.copy(film, tmp_path / "in" / "cam" / "2.mp4")
    search(project, tmp_path / "in", ["cam/1.mp4,red,1,2,4"], timeline)
    assert told(project) == [("cam/1.mp4", 2.0, 3.25, 2), ("cam/2.mp4", 2.0, 3.25, 2)]


def starts(project: Project) -> list[tuple[str, float]]:
    with project.read() as c:
        return [(place.timeline, place.starts_at) for source in sources.all(c) for place in source.places]


@pytest.mark.parametrize(("timeline", "line"), [("file", "a.mp4"), ("folder", "cam")])
def test_files_of_one_name_taken_in_one_after_the_other_share_no_time(
    project: Project, tmp_path: Path, timeline: Literal["folder", "file"], line: str
) -> None:
    north, south = (tmp_path / name / "cam" / "a.mp4" for name in ("north", "south"))
    for shade, path in ((90, north), (110, south)):
        flow.ingest(project, [making.film(path, shade=shade).parent], timeline_from=timeline)
    other = south if timeline == "file" else south.parent
    assert starts(project) == [(line, 0.0), (other.as_posix(), 0.0)]
    flow.ingest(project, [south.parent], timeline_from=timeline)
    assert starts(project) == [(line, 0.0), (other.as_posix(), 0.0)]  # a second look moves nothing


def test_by_folder_a_file_taken_in_later_follows_those_before_it(project: Project, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        film = making.film(tmp_path / "cam" / f"{number}.mp4", shade=80 + 10 * number)
        flow.ingest(project, [film], timeline_from="folder")
    assert starts(project) == [("cam", 0.0), ("cam", 8.0), ("cam", 16.0)]
