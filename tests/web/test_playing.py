"""Films by id: in whole, in part, and as a clip where a browser cannot play the file."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import av
import media_making as making
import pytest
from starlette.testclient import TestClient

from raravis import flow
from raravis.errors import MediaError
from raravis.store import Project, sources
from raravis.web.ranges import NotInFileError, byte_range


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=2-5", (2, 6)),
        ("bytes=7-", (7, 10)),
        ("bytes=8-99", (8, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("BYTES = 2-5", None),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=1-2,4-5", None),
        ("bytes=a-b", None),
        ("lines=1-2", None),
        ("bytes=٣-٤", None),
        ("", None),
    ],
)
def test_a_range_of_ten_bytes_is_read_as_rfc_9110_has_it(text: str, wanted: tuple[int, int] | None) -> None:
    assert byte_range(text, 10) == wanted


@pytest.mark.parametrize(("text", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-1", 0)])
def test_a_range_without_a_byte_of_the_file_is_refused(text: str, size: int) -> None:
    with pytest.raises(NotInFileError):
        byte_range(text, size)


@pytest.fixture
def film(project: Project) -> int:
    with project.read() as c:
        return sources.by_name(c, "cam/a.mp4")[0]


@pytest.fixture
def data(here: Path) -> bytes:
    return (here / "yard" / "cam" / "a.mp4").read_bytes()


def test_a_file_is_sent_whole_with_what_a_player_needs(client: TestClient, film: int, data: bytes) -> None:
    answer = client.get(f"/media/sources/{film}/file")
    assert answer.status_code == 200 and answer.content == data
    assert answer.headers["content-type"] == "video/mp4" and answer.headers["accept-ranges"] == "bytes"
    assert int(answer.headers["content-length"]) == len(data)


def test_a_file_is_sent_in_part(client: TestClient, film: int, data: bytes) -> None:
    answer = client.get(f"/media/sources/{film}/file", headers={"Range": "bytes=10-19"})
    assert answer.status_code == 206 and answer.content == data[10:20]
    assert answer.headers["content-range"] == f"bytes 10-19/{len(data)}" and answer.headers["content-length"] == "10"
    end = client.get(f"/media/sources/{film}/file", headers={"Range": "bytes=-5"})
    assert end.status_code == 206 and end.content == data[-5:]


def test_past_the_end_there_is_nothing(client: TestClient, film: int, data: bytes) -> None:
    answer = client.get(f"/media/sources/{film}/file", headers={"Range": f"bytes={len(data)}-"})
    assert answer.status_code == 416 and answer.headers["content-range"] == f"bytes */{len(data)}"
    assert "error" in answer.json()


def test_a_part_of_another_version_is_sent_whole(client: TestClient, film: int, data: bytes) -> None:
    path, part = f"/media/sources/{film}/file", {"Range": "bytes=0-9"}
    known = client.get(path, headers=part).headers
    for had in (known["etag"], known["last-modified"]):
        assert client.get(path, headers={**part, "If-Range": had}).status_code == 206
    no_date = "Mon, 01 Jan 99999999999999 00:00:00 GMT"
    for had in ('"another"', f"W/{known['etag']}", "Thu, 01 Jan 1970 00:00:00 GMT", no_date, "nonsense"):
        answer = client.get(path, headers={**part, "If-Range": had})
        assert answer.status_code == 200 and answer.content == data


def test_what_the_client_has_is_not_sent_again(client: TestClient, film: int) -> None:
    path = f"/media/sources/{film}/file"
    known = client.head(path)
    assert known.status_code == 200 and known.content == b"" and int(known.headers["content-length"]) > 0
    answer = client.get(path, headers={"If-None-Match": known.headers["etag"]})
    assert answer.status_code == 304 and answer.content == b""


def test_a_clip_has_the_frames_of_its_stretch_and_begins_at_0(client: TestClient, film: int, here: Path) -> None:
    answer = client.get(f"/media/sources/{film}/clip.mp4?from=1&to=3")
    assert answer.status_code == 200 and answer.headers["content-type"] == "video/mp4"
    (here / "clip.mp4").write_bytes(answer.content)
    with av.open(str(here / "clip.mp4")) as clip:
        times = [round(float(frame.time), 3) for frame in clip.decode(video=0)]
        assert clip.streams.video[0].codec_context.name == "h264"
    assert times == [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75]


def test_a_clip_is_made_once_however_many_ask(client: TestClient, film: int, project: Project) -> None:
    path, answers = f"/media/sources/{film}/clip.mp4?from=0&to=2", list[int]()
    asking = [threading.Thread(target=lambda: answers.append(client.get(path).status_code)) for _ in range(4)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert answers == [200] * 4
    assert [made.name for made in (project.folder / "cache" / "clips").iterdir()] == [f"{film}-0-2000.mp4"]


@pytest.mark.parametrize(
    "stretch", ["from=3&to=3", "from=3&to=1", "from=0&to=61", "from=-1&to=1", "from=nan&to=1", "to=1"]
)
def test_a_stretch_that_is_none_or_too_long_is_refused(client: TestClient, film: int, stretch: str) -> None:
    assert client.get(f"/media/sources/{film}/clip.mp4?{stretch}").status_code == 422


def test_a_clip_of_what_lies_after_the_end_is_a_404(client: TestClient, film: int) -> None:
    answer = client.get(f"/media/sources/{film}/clip.mp4?from=100&to=101")
    assert answer.status_code == 404 and answer.json()["error"].startswith("cam/a.mp4: no frame")


def test_a_source_tells_how_it_plays(client: TestClient, project: Project, here: Path) -> None:
    making.film(here / "yard" / "other.avi")
    making.frames(here / "yard" / "numbered", [False, True])
    flow.ingest(project, [here / "yard"])
    with project.read() as c:
        ids = {source.places[0].name: source.id for source in sources.all(c)}
    told = {name: client.get(f"/api/sources/{number}").json() for name, number in ids.items()}
    assert {name: one["plays"] for name, one in told.items()} == {
        "cam/a.mp4": "file",
        "cam/b.mp4": "file",
        "c.png": "still",
        "d.png": "still",
        "other.avi": "clip",
        "numbered": "clip",
    }
    film = told["cam/a.mp4"]
    assert (film["seconds"], film["frames"], film["offset"], film["gone"]) == (8.0, 32, 0.0, None)
    assert client.get(f"/media/sources/{ids['other.avi']}/file").headers["content-type"] == "application/octet-stream"
    assert client.get(f"/media/sources/{ids['numbered']}/clip.mp4?from=0&to=2").status_code == 200
    assert client.get(f"/media/sources/{ids['numbered']}/file").status_code == 404


def test_frames_around_a_second_are_those_that_stepping_goes_through(client: TestClient, film: int) -> None:
    def pts(around: float, n: int) -> list[int]:
        found = client.get(f"/api/sources/{film}/frames?around={around}&n={n}").json()["frames"]
        return [frame["pts"] for frame in found]

    assert pts(2.1, 3) == [1750, 2000, 2250]
    assert pts(0, 3) == [0, 250, 500] and pts(99, 2) == [7500, 7750]
    assert len(pts(4, 1001)) == 32
    assert client.get("/api/sources/999/frames").status_code == 404


def test_a_clip_for_which_there_is_no_room_tells_nothing_of_where_the_project_lies(
    client: TestClient, film: int, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> Path:
        raise MediaError(f"{project.folder}/cache/clips/a.part: clip cannot be written: No space left on device")

    monkeypatch.setattr("raravis.web.media.clip_to_play", full)
    answer = client.get(f"/media/sources/{film}/clip.mp4?from=0&to=1")
    told = "project/cache/clips/a.part: clip cannot be written: No space left on device"
    assert (answer.status_code, answer.json()) == (404, {"error": told})
