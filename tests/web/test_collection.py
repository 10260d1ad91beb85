"""The collection in the page: what is in it, what is sought, examples, the first matches, and folders taken in."""

from __future__ import annotations

import io
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import media_making as making
import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from raravis.store import Project, items
from raravis.web.room import Room

RED = "/api/concepts/red"


def refusal(answer: Any) -> tuple[int, str]:
    """The status, and the one line that every refusal is."""
    assert list(answer.json()) == ["error"] and "\n" not in answer.json()["error"]
    return answer.status_code, answer.json()["error"]


def jpeg(width: int = 64, height: int = 48) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((height, width, 3), 120, np.uint8)).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder reads words: each of its pictures' directions is one."""
    words = lambda self, texts: np.eye(self.dim, dtype=np.float32)[[len(text) % self.dim for text in texts]]  # noqa: E731
    monkeypatch.setattr("raravis.embed.toy.Toy.texts", words, raising=False)


def told(room: Room, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What the open pages hear from here on."""
    heard: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(room.live, "tell", lambda kind, data: heard.append((kind, data)))
    return heard


def test_the_collection_at_a_glance_tells_what_is_in_it_and_nothing_of_where_it_lies(
    client: TestClient, here: Path
) -> None:
    answer = client.get("/api/collection")
    seen = answer.json()
    assert seen["collection"] == {
        **{"sources": 4, "places": 4, "videos": 2, "images": 2, "frame_folders": 0, "items": 18},
        "hours": seen["collection"]["hours"],
    }
    assert (seen["job"], seen["roots"], seen["double"], seen["sources_failed"]) == (None, ["yard"], 0.0, 0)
    assert seen["encoder"] == {"id": "toy-1", "spec": "toy", "reads": "nothing"}
    assert str(here) not in answer.text


def test_a_file_that_failed_is_named_from_its_root_on(client: TestClient, here: Path) -> None:
    from raravis import flow

    (here / "yard" / "cam" / "broken.mp4").write_bytes(b"no film")
    with Project.open(here / "project") as project:
        flow.ingest(project, [here / "yard"])
    answer = client.get("/api/collection")
    assert answer.json()["sources_failed"] == 1 and str(here) not in answer.text
    assert [one["subject"] for one in answer.json()["failures"]] == ["cam/broken.mp4"]


# concepts


def test_a_concept_is_made_once_whatever_its_name(client: TestClient) -> None:
    for name in ("fox", "fox", " a/b  c ", "Füchse & Dächse", "100%?#"):
        assert client.post("/api/concepts", json={"name": name}).status_code == 201
    names = [one["name"] for one in client.get("/api/concepts").json()["concepts"]]
    assert names == ["red", "fox", "a/b c", "Füchse & Dächse", "100%?#"]
    assert client.get("/api/concepts/a%2Fb%20c/examples").json() == {"examples": []}
    assert client.get("/api/concepts/100%25%3F%23/examples").json() == {"examples": []}


@pytest.mark.parametrize("name", ["", "  ", "..", "x" * 61, "a\0b", "\x1b[31mred", "\N{GRINNING FACE}" * 60])
def test_what_can_name_nothing_is_refused(client: TestClient, name: str) -> None:
    assert refusal(client.post("/api/concepts", json={"name": name}))[0] == 400


def test_an_unknown_concept_is_not_found_and_the_known_ones_are_named(client: TestClient) -> None:
    code, line = refusal(client.get("/api/concepts/blue/examples"))
    assert code == 404 and line == "unknown concept 'blue'; known: red"


# examples


@pytest.mark.usefixtures("reading")
def test_examples_are_pictures_items_parts_of_frames_and_words(client: TestClient) -> None:
    client.post(f"{RED}/examples", json={"item": 1, "sign": -1})
    client.post(f"{RED}/examples", json={"item": 3, "box": [0.25, 0.25, 0.5, 0.75]})
    client.post(f"{RED}/examples", json={"text": "something red"})
    named = {"sign": -1, "name": "C:\\me\\fox.jpg"}
    sent = client.post(f"{RED}/examples/picture", params=named, content=jpeg(), headers={"Content-Type": "image/jpeg"})
    assert sent.status_code == 201, sent.text
    seen = client.get(f"{RED}/examples").json()["examples"]
    assert [(one["name"], one["kind"], one["sign"]) for one in seen] == [
        ("red.png", "picture", 1),
        ("item:1", "item", -1),
        ("item:3#0.25,0.25,0.5,0.75", "picture", 1),
        ("something red", "text", 1),
        ("fox.jpg", "picture", -1),
    ]
    assert [one["picture"] is None for one in seen] == [False, False, False, True, False]


def test_the_same_example_twice_is_one(client: TestClient) -> None:
    for _ in range(2):
        seen = client.post(f"{RED}/examples", json={"item": 1}).json()["examples"]
    assert len(seen) == 2


def test_an_example_taken_back_is_gone_and_searches_go_on_without_it(client: TestClient) -> None:
    seen = client.post(f"{RED}/examples", json={"item": 1}).json()["examples"]
    client.post(f"{RED}/search", json={"k": 1})
    assert client.delete(f"{RED}/examples/{seen[0]['id']}").json()["examples"] == seen[1:]
    best = client.post(f"{RED}/search", json={"k": 1}).json()["chips"][0]
    assert best["item"] == 1 and best["score"] == pytest.approx(1)
    assert refusal(client.delete(f"{RED}/examples/{seen[0]['id']}"))[0] == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 400),
        ({"text": "red", "item": 1}, 400),
        ({"item": 999}, 404),
        ({"item": -1}, 422),
        ({"item": 1, "box": [0.5, 0, 0.5, 1]}, 422),
        ({"item": 1, "box": [0, 0, 2, 1]}, 422),
        ({"item": 1, "box": [0, 0, 0.01, 1]}, 400),
        ({"item": 1, "sign": 2}, 422),
        ({"text": "§§"}, 400),
        ({"text": ""}, 422),
    ],
)
def test_an_example_that_is_none_is_refused_and_nothing_is_kept(
    client: TestClient, body: dict[str, Any], code: int
) -> None:
    assert refusal(client.post(f"{RED}/examples", json=body))[0] == code
    assert len(client.get(f"{RED}/examples").json()["examples"]) == 1


@pytest.mark.parametrize(
    "data", [b"", b"no picture", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", jpeg()[:300]]
)
def test_a_picture_that_is_none_is_refused(client: TestClient, data: bytes) -> None:
    code, _ = refusal(client.post(f"{RED}/examples/picture?name=fox.jpg", content=data))
    assert code in (400, 422)


def test_a_picture_of_too_many_pixels_is_refused_before_they_are_decoded(client: TestClient) -> None:
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    begun = time.process_time()
    code, line = refusal(client.post(f"{RED}/examples/picture?name=bomb.png", content=bomb.getvalue()))
    assert code == 400 and "decompression bomb" in line and time.process_time() - begun < 1


def test_however_many_pictures_wait_to_be_read_the_rest_goes_on(
    client: TestClient, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, data = threading.Event(), (here / "red.png").read_bytes()
    monkeypatch.setattr("raravis.web.examples.add_picture", lambda *_, **__: go_on.wait(30))
    with ThreadPoolExecutor(50) as many:  # the server has 40 threads for all that is quick
        sent = [many.submit(client.post, "/api/concepts/red/examples/picture", content=data) for _ in range(48)]
        time.sleep(0.5)
        seen = many.submit(client.get, "/api/session")
        done, _ = wait([seen], timeout=5)
        go_on.set()
    assert done and {one.result().status_code for one in sent} == {201}


def test_words_that_the_encoder_cannot_read_are_refused(client: TestClient) -> None:
    code, line = refusal(client.post(f"{RED}/examples", json={"text": "red"}))
    assert code == 400 and "reads no text" in line


# the first matches


def test_the_best_matches_are_those_like_the_example(client: TestClient) -> None:
    found = client.post(f"{RED}/search", json={"k": 4}).json()
    assert {(chip["source"]["name"], chip["seconds"]) for chip in found["chips"]} == {
        ("cam/a.mp4", 2.0),
        ("cam/a.mp4", 3.0),
        ("cam/a.mp4", 4.0),
        ("d.png", 0.0),
    }
    scores = [chip["score"] for chip in found["chips"]]
    assert scores == sorted(scores, reverse=True) and found["notes"] == []


@pytest.mark.usefixtures("reading")
def test_words_of_one_search_are_no_examples_of_the_next(client: TestClient) -> None:
    assert client.post(f"{RED}/search", json={"text": ["blue"], "text_not": ["red"]}).status_code == 200
    assert len(client.get(f"{RED}/examples").json()["examples"]) == 1


def test_a_search_with_nothing_to_search_by_says_what_to_give(client: TestClient) -> None:
    client.post("/api/concepts", json={"name": "fox"})
    code, line = refusal(client.post("/api/concepts/fox/search", json={}))
    assert code == 400 and "nothing to search by" in line


# folders


def test_folders_are_listed_below_a_root_with_the_media_in_them(client: TestClient, here: Path) -> None:
    assert client.get("/api/folders").json() == {"folders": ["cam"], "media": 4}
    assert client.get("/api/folders?path=cam").json() == {"folders": [], "media": 2}


@pytest.mark.parametrize(
    "path", ["..", "../project", "cam/../..", "/etc", "\x00", "cam\x00", "nothing", "c.png", "//etc", "x" * 3000, "~"]
)
def test_no_path_leads_out_of_the_root(client: TestClient, path: str) -> None:
    assert refusal(client.get("/api/folders", params={"path": path}))[0] == 404
    assert refusal(client.post("/api/jobs", json={"root": 0, "path": path}))[0] == 404


def test_a_root_that_there_is_none_of_is_not_found(client: TestClient) -> None:
    assert refusal(client.get("/api/folders?root=1"))[0] == 404


def test_a_project_below_a_root_is_no_folder_of_media(client: TestClient, room: Room, here: Path) -> None:
    room.roots = (here,)
    assert client.get("/api/folders").json() == {"folders": ["yard"], "media": 5}  # the yard's, and red.png
    for path in ("project", "project/thumbs"):
        assert refusal(client.get("/api/folders", params={"path": path}))[0] == 404
        assert refusal(client.post("/api/jobs", json={"root": 0, "path": path}))[0] == 404


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="links")
def test_a_link_that_leads_out_of_the_root_is_neither_listed_nor_taken_in(client: TestClient, here: Path) -> None:
    making.film(here / "elsewhere" / "secret.mp4", 2)
    (here / "yard" / "out").symlink_to(here / "elsewhere")
    assert client.get("/api/folders").json() == {"folders": ["cam"], "media": 4}
    assert refusal(client.get("/api/folders?path=out"))[0] == 404
    assert refusal(client.post("/api/jobs", json={"root": 0, "path": "out"}))[0] == 404
    code, line = refusal(client.post("/api/jobs", json={"root": 0, "path": ""}))
    assert (code, line) == (400, "out: a link that leads out of yard; take it out first")
    (here / "yard" / "out").unlink()
    (here / "yard" / "cam" / "one.mp4").symlink_to(here / "elsewhere" / "secret.mp4")
    assert refusal(client.post("/api/jobs", json={"root": 0, "path": "cam"}))[0] == 400


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="links")
def test_what_a_link_put_in_the_place_of_a_root_leads_to_is_not_shown(client: TestClient, here: Path) -> None:
    (here / "yard").rename(here / "away")
    (here / "yard").symlink_to(here / "away")
    assert refusal(client.get("/api/folders"))[0] == 404
    assert refusal(client.post("/api/jobs", json={"root": 0}))[0] == 404


def ended(client: TestClient) -> dict[str, Any]:
    """The job once it has come to its end."""
    for _ in range(400):
        job: dict[str, Any] = client.get("/api/collection").json()["job"]
        if job["state"] not in ("running", "stopping"):
            return job
        time.sleep(0.05)
    raise AssertionError(job)


def test_a_folder_is_taken_in_behind_the_page_and_can_be_searched_then(
    client: TestClient, room: Room, here: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = told(room, monkeypatch)
    making.still(here / "yard" / "more" / "e.png", red=True, shade=60)
    begun = client.post("/api/jobs", json={"root": 0, "path": "more"})
    assert begun.status_code == 202 and begun.json()["job"]["state"] == "running"
    job = ended(client)
    assert (job["state"], job["error"], job["notes"][0]) == ("done", None, "1 new files, 0 known, 0 failed, 0 skipped")
    with project.read() as c:
        assert items.count(c) == 19
    stages = [data["stage"] for kind, data in heard if kind == "job"]
    assert [*dict.fromkeys(stages)][-4:] == ["ingest", "sample", "detect", "embed"]
    assert heard[-1] == ("collection", {})


def test_a_folder_without_media_fails_in_one_line(client: TestClient, here: Path) -> None:
    (here / "yard" / "empty").mkdir()
    client.post("/api/jobs", json={"root": 0, "path": "empty"})
    job = ended(client)
    assert (job["state"], job["error"]) == ("failed", "empty: the folder is empty")


def test_one_job_at_a_time_and_a_stop_ends_it(client: TestClient, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def forever(*_: Any, tell: Any, **__: Any) -> None:
        while True:
            tell("embed", 1, 2)
            time.sleep(0.01)

    monkeypatch.setattr("raravis.web.jobs.gather", forever)
    assert client.post("/api/jobs", json={"root": 0, "path": "cam"}).status_code == 202
    assert refusal(client.post("/api/jobs", json={"root": 0, "path": "cam"}))[0] == 409
    assert client.delete("/api/jobs").json()["job"]["state"] in ("stopping", "stopped")
    assert ended(client)["state"] == "stopped"
    assert client.delete("/api/jobs").json()["job"]["state"] == "stopped"


def test_a_sampler_that_there_is_none_of_is_refused_at_once(client: TestClient) -> None:
    code, line = refusal(client.post("/api/jobs", json={"root": 0, "sample": "nothing"}))
    assert code == 400 and "unknown sampler" in line


def test_done_ends_the_asking_of_find_and_of_serve_nothing(client: TestClient, room: Room) -> None:
    ended: list[int] = []
    room.done = lambda: ended.append(1)
    assert client.post("/api/done").json() == {"done": False} and ended == []
    room.finding = "red"
    assert client.post("/api/done").json() == {"done": True} and ended == [1]
