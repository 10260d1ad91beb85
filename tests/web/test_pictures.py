"""Pictures by id: small, whole, exact, and what happens when the file is not there any more."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import httpx2
import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from raravis import flow
from raravis.flow.answering.users import add_user
from raravis.flow.embedding import thumb_path
from raravis.flow.viewing import reach
from raravis.store import Project, items, labels, sources
from raravis.types import Label
from raravis.web.chips import chips
from raravis.web.room import Room


def id_of(project: Project, name: str) -> int:
    with project.read() as c:
        return sources.by_name(c, name)[0]


def item_of(project: Project, name: str, pts: int = 0) -> int:
    with project.read() as c:
        table = items.arrays(c, source_id=id_of(project, name))
    return int(table.ids[np.flatnonzero(table.pts == pts)[0]])


def size(answer: httpx2.Response) -> tuple[int, int]:
    return Image.open(io.BytesIO(answer.content)).size


def red(answer: httpx2.Response) -> bool:
    """Whether the middle of the red block is red."""
    rgb = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB"))
    height, width = rgb.shape[:2]
    r, g, _ = rgb[height // 2, width * 3 // 8]
    return bool(r > 150 and g < 100)


@pytest.fixture
def wide(here: Path, project: Project) -> int:
    """An item of the whole of a picture of 1000 x 500."""
    Image.fromarray(np.full((500, 1000, 3), 90, np.uint8)).save(here / "yard" / "wide.png")
    flow.ingest(project, [here / "yard"])
    flow.sample(project)
    flow.detect(project)
    flow.embed(project, encoder="toy")
    return item_of(project, "wide.png")


def test_a_thumb_is_as_large_as_asked_and_the_smallest_is_the_one_kept(
    wide: int, client: TestClient, project: Project
) -> None:
    assert size(client.get(f"/media/items/{wide}/thumb.jpg?w=320")) == (320, 160)
    assert size(client.get(f"/media/items/{wide}/thumb.jpg?w=640")) == (640, 320)
    kept = client.get(f"/media/items/{wide}/thumb.jpg?w=160")
    assert kept.content == thumb_path(project.thumbs, wide).read_bytes()


def test_a_thumb_is_made_once_and_is_never_larger_than_the_file(client: TestClient, project: Project) -> None:
    item = item_of(project, "d.png")
    first = client.get(f"/media/items/{item}/thumb.jpg")
    assert size(first) == (64, 48) and red(first) and first.headers["content-type"] == "image/jpeg"
    (made,) = (project.folder / "cache").rglob("*.jpg")
    made.write_bytes(b"as made")
    assert client.get(f"/media/items/{item}/thumb.jpg").content == b"as made"


def test_other_widths_are_refused(client: TestClient) -> None:
    answer = client.get("/media/items/1/thumb.jpg?w=5000")
    assert answer.status_code == 422 and "w" in answer.json()["error"]


def test_with_the_projects_mark_a_picture_may_be_kept_for_good_and_without_it_not(client: TestClient) -> None:
    chip = client.get("/api/items/1/strip?concept=red").json()["chips"][0]
    forever = client.get(f"/media/items/1/thumb.jpg?v={chip['mark']}")
    assert forever.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert client.get("/media/items/1/thumb.jpg?v=another").headers["cache-control"] == "private, no-cache"
    again = client.get("/media/items/1/thumb.jpg", headers={"If-None-Match": forever.headers["etag"]})
    assert again.status_code == 304 and again.content == b""


def test_a_frame_is_exactly_the_one_at_its_pts_and_its_neighbours_are_at_hand(
    client: TestClient, project: Project, here: Path
) -> None:
    film = id_of(project, "cam/a.mp4")  # red from 2 to 5 s, 4 frames a second
    assert [red(client.get(f"/media/sources/{film}/frame.jpg?pts={pts}")) for pts in (1750, 2000, 4750)] == [0, 1, 1]
    (here / "yard" / "cam" / "a.mp4").unlink()
    assert client.get(f"/media/sources/{film}/frame.jpg?pts=2250").status_code == 200
    assert client.get(f"/media/sources/{film}/frame.jpg?pts=6000").status_code == 404
    assert (
        client.get(f"/media/sources/{film}/frame.jpg?pts=2001").json()["error"].startswith(f"source {film}: no frame")
    )


def test_the_frame_of_an_item_is_the_one_its_picture_is_from(client: TestClient, project: Project) -> None:
    shown = [item_of(project, "cam/a.mp4", pts) for pts in (1000, 3000)]
    assert [red(client.get(f"/media/items/{item}/frame.jpg?w=640")) for item in shown] == [False, True]


@pytest.mark.parametrize(
    "path",
    [
        "/media/items/999/thumb.jpg",
        "/media/items/999/frame.jpg",
        "/media/sources/999/frame.jpg?pts=0",
        "/media/sources/999/file",
        "/media/sources/999/clip.mp4?from=0&to=1",
        "/media/examples/999.jpg",
        "/media/items/9223372036854775807/thumb.jpg",
    ],
)
def test_what_is_not_there_is_a_404_in_one_line(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404 and answer.json()["error"].count("\n") == 0


def test_of_a_file_that_is_gone_the_chip_says_so_and_the_picture_that_was_kept_is_shown(
    client: TestClient, room: Room, project: Project, here: Path
) -> None:
    item = item_of(project, "d.png")
    (here / "yard" / "d.png").unlink()
    reach._lately.cache_clear()
    (chip,) = chips(room, [item], "red")
    assert chip["gone"] == "d.png: no file there any more; if the folder moved: raravis relocate OLD NEW"
    kept = client.get(f"/media/items/{item}/thumb.jpg?w=320&v={chip['mark']}")
    assert kept.status_code == 200 and red(kept) and kept.headers["cache-control"] == "no-store"
    thumb_path(project.thumbs, item).unlink()
    assert client.get(f"/media/items/{item}/thumb.jpg").json() == {"error": chip["gone"]}
    assert client.get(f"/media/items/{item}/frame.jpg").status_code == 404


def test_a_file_that_became_another_is_not_shown_for_what_it_was(
    client: TestClient, project: Project, here: Path
) -> None:
    item = item_of(project, "d.png")
    Image.fromarray(np.zeros((99, 77, 3), np.uint8)).save(here / "yard" / "d.png")
    answer = client.get(f"/media/items/{item}/frame.jpg")
    assert answer.status_code == 404 and "another file than the one that was ingested" in answer.json()["error"]
    assert red(client.get(f"/media/items/{item}/thumb.jpg?w=320"))  # the one that was kept


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes")
def test_nobody_waits_for_a_pipe_in_the_place_of_a_file(client: TestClient, project: Project, here: Path) -> None:
    film = id_of(project, "cam/b.mp4")
    (here / "yard" / "cam" / "b.mp4").unlink()
    os.mkfifo(here / "yard" / "cam" / "b.mp4")
    for what in ("file", "frame.jpg?pts=0", "clip.mp4?from=0&to=1"):
        answer = client.get(f"/media/sources/{film}/{what}")
        assert answer.status_code == 404 and "no file there" in answer.json()["error"]


def test_a_link_that_leads_out_of_the_folder_is_not_followed_unless_a_root_holds_it(
    client: TestClient, room: Room, project: Project, here: Path
) -> None:
    item, film = item_of(project, "d.png"), id_of(project, "d.png")
    outside = here / "elsewhere"
    outside.mkdir()
    (here / "yard" / "d.png").rename(outside / "d.png")
    (here / "yard" / "d.png").symlink_to(outside / "d.png")
    reach._lately.cache_clear()
    answer = client.get(f"/media/sources/{film}/file")
    assert answer.status_code == 404 and "leads out of the folder" in answer.json()["error"]
    assert "leads out" in (chips(room, [item], "red")[0]["gone"] or "")
    room.roots = (*room.roots, outside)
    assert client.get(f"/media/sources/{film}/file").status_code == 200


def test_where_a_file_lies_is_told_to_nobody(client: TestClient, project: Project, here: Path) -> None:
    film = id_of(project, "cam/a.mp4")
    path = here / "yard" / "cam" / "a.mp4"
    path.write_bytes(b"x" * path.stat().st_size)
    text = client.get(f"/media/sources/{film}/frame.jpg?pts=0").json()["error"]
    assert text.startswith("cam/a.mp4:") and str(here) not in text


def test_an_example_shows_its_picture(client: TestClient) -> None:
    answer = client.get("/media/examples/1.jpg")
    assert answer.status_code == 200 and red(answer)


def test_pictures_are_for_those_who_may_come_in(client_of: Callable[..., TestClient], project: Project) -> None:
    token = add_user(project, "ada", "viewer")
    out = client_of()
    assert out.get("/media/items/1/thumb.jpg").status_code == 401
    come_in = client_of(headers={"Authorization": f"Bearer {token}"})
    assert come_in.get("/media/items/1/thumb.jpg").status_code == 200


def test_forgetting_a_source_leaves_no_picture_and_no_clip_of_it(client: TestClient, project: Project) -> None:
    item, film = item_of(project, "cam/a.mp4"), id_of(project, "cam/a.mp4")
    client.get(f"/media/items/{item}/thumb.jpg?w=640")
    client.get(f"/media/sources/{film}/clip.mp4?from=1&to=2")
    assert len([path for path in (project.folder / "cache").rglob("*") if path.is_file()]) == 2
    flow.forget(project, "cam/a.mp4")
    assert [path for path in (project.folder / "cache").rglob("*") if path.is_file()] == []


def test_the_second_of_two_people_does_not_see_what_the_first_said(room: Room, project: Project) -> None:
    with project.begin() as c:
        labels.add(c, [Label(1, "red", 1, "ada"), Label(2, "red", -1, "ada")])
    first, second = chips(room, [1, 2], "red", "bob", second=[2])
    assert (first["value"], first["by"]) == (1, "ada")
    assert (second["value"], second["by"], second["second"]) == (None, None, True)
    with project.begin() as c:
        labels.add(c, [Label(2, "red", 1, "bob")])
    assert chips(room, [2], "red", "bob", second=[2])[0]["value"] == 1


def test_a_chip_tells_item_source_time_and_reason(room: Room, project: Project) -> None:
    asked = flow.ask(project, "red", k=1)
    assert asked is not None
    (chip,) = chips(room, asked, "red")
    assert chip["item"] == item_of(project, "cam/a.mp4", 2000) and chip["round"] == asked.id
    assert chip["source"]["name"] == "cam/a.mp4" and (chip["seconds"], chip["end_seconds"]) == (2.0, 2.25)
    assert chip["reason"] == asked.reason[0] and 0 < (chip["score"] or 0) < 1 and chip["gone"] is None
    assert chips(room, [], "red") == [] and chips(room, [999], "red") == []
