"""Where each file begins on its timeline."""

from pathlib import Path

import pytest

from raravis.media.timelines import Dated, Start, timelines


def video(name: str, seconds: float = 10.0, **known) -> Dated:  # type: ignore[no-untyped-def]
    return Dated(Path("/data") / name, name, "video", seconds, **known)


def still(name: str, captured_at: float | None = None) -> Dated:
    return Dated(Path("/data") / name, name, "image", 0.0, captured_at)


def test_by_file_each_is_a_timeline_of_its_own() -> None:
    starts, alone = timelines([video("cam/a.mp4"), still("b.jpg", 99.0)])
    assert starts == [Start("cam/a.mp4", 0.0), Start("b.jpg", 0.0)]
    assert alone == []


def test_by_folder_recorder_files_follow_one_another_in_order_of_their_numbers() -> None:
    files = [video("cam/clip10.mp4", 5.0), video("cam/clip2.mp4", 60.0), video("other/clip3.mp4")]
    starts, _ = timelines(files, timeline_from="folder")
    assert starts == [Start("cam", 60.0), Start("cam", 0.0), Start("other", 0.0)]


def test_by_folder_stills_go_by_capture_time_only_if_all_have_one() -> None:
    dated = [still("t/b.jpg", 1000.0), still("t/a.jpg", 1003.5)]
    assert timelines(dated, timeline_from="folder")[0] == [Start("t", 0.0), Start("t", 3.5)]
    half = [still("t/b.jpg", 1000.0), still("t/a.jpg")]
    assert timelines(half, timeline_from="folder")[0] == [Start("t", 1.0), Start("t", 0.0)]


def test_files_at_the_top_are_on_the_timeline_of_the_folder_given() -> None:
    assert timelines([video("a.mp4")], timeline_from="folder")[0] == [Start("data", 0.0)]


def test_by_capture_time_a_file_without_one_stays_alone_and_is_told() -> None:
    files = [video("cam/a.mp4", captured_at=5000.0), still("cam/b.jpg", 5060.0), video("cam/c.mp4")]
    starts, alone = timelines(files, timeline_from="exif")
    assert starts == [Start("cam", 5000.0), Start("cam", 5060.0), Start("cam/c.mp4", 0.0)]
    assert alone == ["cam/c.mp4"]


@pytest.mark.parametrize("timeline_from", ["file", "folder", "exif"])
def test_what_a_list_says_wins(timeline_from) -> None:  # type: ignore[no-untyped-def]
    files = [video("cam/a.mp4", captured_at=9.0, timeline="gate", starts_at=77.0)]
    assert timelines(files, timeline_from=timeline_from) == ([Start("gate", 77.0)], [])


def test_files_that_share_a_listed_timeline_without_starts_follow_one_another() -> None:
    files = [video("a.mp4", 4.0, timeline="gate"), video("b.mp4", timeline="gate")]
    assert timelines(files)[0] == [Start("gate", 0.0), Start("gate", 4.0)]


def test_places_of_one_name_are_told_apart_by_their_paths() -> None:
    files = [Dated(Path(f"/{root}/a.mp4"), "a.mp4", "video", 1.0) for root in ("x", "y")]
    assert [start.timeline for start in timelines(files)[0]] == ["/x/a.mp4", "/y/a.mp4"]


def test_a_name_taken_by_a_file_placed_before_is_not_given_to_another() -> None:
    file, before = Dated(Path("/y/a.mp4"), "a.mp4", "video", 1.0), ("a.mp4", Path("/x/a.mp4"))
    assert timelines([file], taken=[before])[0] == [Start("/y/a.mp4", 0.0)]


def test_by_capture_time_the_stills_of_one_folder_stay_on_its_timeline_though_taken_in_apart() -> None:
    before = [("t", Path("/data/t/a.jpg"))]
    assert timelines([still("t/b.jpg", 9.0)], timeline_from="exif", taken=before)[0] == [Start("t", 9.0)]


def test_no_files_no_timelines() -> None:
    assert timelines([]) == ([], [])
