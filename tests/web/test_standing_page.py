from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from flow_making import Scripted
from starlette.testclient import TestClient

from raravis import flow
from raravis.store import Project, items, labels, sources
from raravis.types import Label
from raravis.web.fresh import Fresh
from raravis.web.serving import open_room


def ids(project: Project, name: str) -> list[int]:
    """Items of a source, by time."""
    with project.read() as c:
        table = items.arrays(c, source_id=sources.by_name(c, name)[0])
    return [int(i) for i in table.ids[np.argsort(table.pts)]]


@pytest.fixture
def found(project: Project) -> None:
    """Ada said yes to cam/a.mp4 at 2, 3 and 4 s, and no at 0 s and to c.png."""
    film, still = ids(project, "cam/a.mp4"), ids(project, "c.png")
    said = [(still[0], -1), (film[2], 1), (film[3], 1), (film[4], 1), (film[0], -1)]
    with project.begin() as c:
        labels.add(c, [Label(item, "red", value, "ada", at=100.0 + n) for n, (item, value) in enumerate(said)])


@pytest.mark.usefixtures("found")
def test_standing_counts_what_was_found_and_how_fast(client: TestClient) -> None:
    told = client.get("/api/concepts/red/standing").json()
    assert {name: told[name] for name in ("answers", "yes", "no", "cant_tell", "propagated", "events")} == {
        "answers": 5, "yes": 3, "no": 2, "cant_tell": 0, "propagated": 0, "events": 1,
    }  # fmt: skip
    assert told["curve"] == [[1, 0, 0], [2, 1, 1], [3, 2, 1], [4, 3, 1], [5, 3, 1]]
    assert told["per_100"] == [1] and told["since_last_find"] == 3
    assert told["by"] == [{"name": "ada", "answers": 5, "per_minute": 60.0}]
    assert 0 <= told["expected_next_100"] <= 4 and "rough guide" in told["expected_how"]
    assert told["certificate"] is None and "certified" in told["price"]


@pytest.mark.usefixtures("found")
def test_standing_shows_the_certificate_and_links_its_page(client: TestClient, project: Project) -> None:
    made = flow.certify(project, "red", Scripted(-1), min_seconds=1.0)
    told = client.get("/api/concepts/red/standing").json()["certificate"]
    assert told["sentence"] == made.statement[0] and told["unit"] == "event" and told["confidence"] == 0.95
    page = client.get(told["url"])
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert "style-src 'unsafe-inline'" in page.headers["content-security-policy"]
    assert "script" not in page.headers["content-security-policy"]


def test_a_new_answer_shows(client: TestClient, project: Project) -> None:
    path = "/api/concepts/red/standing"
    assert client.get(path).json()["answers"] == 0
    answers = [{"item": ids(project, "d.png")[0], "value": 1}]
    assert client.post("/api/concepts/red/answers", json={"answers": answers}).status_code == 200
    client.app.state.fresh._held.clear()  # type: ignore[attr-defined]  # else for a moment the old one may be shown
    assert client.get(path).json()["events"] == 1


@pytest.mark.usefixtures("found")
def test_timelines_come_a_page_at_a_time_those_with_events_first(client: TestClient) -> None:
    told = client.get("/api/concepts/red/timelines?limit=1&bins=4").json()
    assert (told["total"], told["alone"]) == (2, 2)  # two films, two stills
    (film,) = told["timelines"]
    assert (film["name"], film["kind"], film["seconds"], film["starts_at"]) == ("cam/a.mp4", "video", 8, 0)
    assert len(film["heat"]) == 4 and [one["value"] for one in film["answers"]] == [-1, 1, 1, 1]
    assert [(one["from"], one["to"]) for one in film["events"]] == [(2, 4.25)]
    assert [(one["name"], one["from"], one["to"]) for one in film["sources"]] == [("cam/a.mp4", 0, 8)]
    assert client.get("/api/concepts/red/timelines?offset=99").json()["timelines"] == []


@pytest.mark.usefixtures("found")
def test_items_come_best_first_and_in_one_order_however_scores_change(client: TestClient, project: Project) -> None:
    first = client.get("/api/concepts/red/items?limit=5").json()
    scores = [one["score"] for one in first["items"]]
    assert first["total"] == 18 and scores == sorted(scores, reverse=True) and first["order"] == "score"
    told = {one["item"]: one for one in first["items"]}[ids(project, "cam/a.mp4")[2]]
    assert (told["value"], told["source"], told["seconds"]) == (1, "cam/a.mp4", 2.0)
    rest = client.get(f"/api/concepts/red/items?offset=5&version={first['version']}").json()["items"]
    assert len({one["item"] for one in [*first["items"], *rest]}) == 18
    by_time = client.get("/api/concepts/red/items?order=time&limit=500").json()["items"]
    film = [one["seconds"] for one in by_time if one["source"] == "cam/b.mp4"]
    assert film == [0, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.usefixtures("found")
def test_a_strip_has_the_item_in_its_middle_and_proposes_ends(client: TestClient, project: Project) -> None:
    film = ids(project, "cam/a.mp4")
    told = client.get(f"/api/items/{film[3]}/strip?concept=red&n=5").json()
    assert [chip["item"] for chip in told["chips"]] == film[1:6] and told["at"] == 2
    assert [chip["value"] for chip in told["chips"]] == [None, 1, 1, 1, None]
    assert told["proposed"] == {"from": film[2], "to": film[4]}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/items/999/strip?concept=red", 404),
        ("/api/items/1/strip?concept=blue", 404),
        ("/api/items/1/strip", 422),
        ("/api/items/1/strip?concept=red&n=6", 422),
        ("/api/items/1/strip?concept=red&n=103", 422),
        ("/api/concepts/blue/standing", 404),
        ("/api/concepts/red/items?order=size", 422),
        ("/api/concepts/red/items?limit=0", 422),
        ("/api/concepts/red/timelines?bins=0", 422),
        ("/api/sources/999", 404),
    ],
)
def test_what_cannot_be_shown_is_told_in_one_line(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status and isinstance(answer.json()["error"], str)


def test_before_anything_is_embedded_pages_are_empty_and_not_broken(here: Path, tmp_path: Path) -> None:
    from raravis.web.app import app_of

    with Project.open(tmp_path / "new", create=True) as new:
        flow.ingest(new, [here / "yard"])
        with new.begin() as c:
            from raravis.store import concepts

            concepts.add(c, "red")
        room = open_room(new)
        with TestClient(app_of(room), base_url="http://127.0.0.1:8765") as client:
            told = client.get("/api/concepts/red/standing").json()
            assert (told["answers"], told["price"], told["expected_next_100"]) == (0, None, None)
            assert client.get("/api/concepts/red/timelines").json() == {"total": 0, "alone": 0, "timelines": []}
            assert client.get("/api/concepts/red/items").json()["total"] == 0
            assert client.get("/api/concepts/red/events").json()["events"] == []
        room.close()


def test_what_is_held_is_made_again_only_when_it_changed_and_not_all_the_time() -> None:
    now, made = [0.0], list[int]()

    def make() -> int:
        now[0] += 1.0  # it takes a second
        made.append(len(made))
        return made[-1]

    held, other = Fresh(clock=lambda: now[0]), object()
    assert held.get("a", (1, other), make) == 0
    assert held.get("a", (1, other), make) == 0
    assert held.get("a", (2, other), make) == 0  # made less than five seconds ago
    now[0] = 7.0
    assert held.get("a", (2, other), make) == 1
    assert held.get("b", (2, other), make) == 2
    now[0] = 99.0
    assert held.get("a", (2, other), make) == 1
    assert held.get("a", (2, object()), make) == 3


def test_while_one_makes_it_the_others_are_given_the_older_one() -> None:
    held, going_on, begun = Fresh(clock=lambda: 0.0), threading.Event(), threading.Event()
    held.get("a", (1,), lambda: "old")

    def slowly() -> str:
        begun.set()
        going_on.wait(10)
        return "new"

    maker = threading.Thread(target=lambda: held.get("a", (2,), slowly))
    maker.start()
    assert begun.wait(10) and held.get("a", (2,), lambda: pytest.fail("made twice")) == "old"
    going_on.set()
    maker.join()
    assert held.get("a", (2,), lambda: pytest.fail("made again")) == "new"


def test_what_is_old_is_not_shown_while_a_newer_one_is_made() -> None:
    now, going_on, begun, seen = [0.0], threading.Event(), threading.Event(), list[str]()
    held = Fresh(clock=lambda: now[0])
    held.get("a", (1,), lambda: "old")
    now[0] = 60.0

    def slowly() -> str:
        begun.set()
        going_on.wait(10)
        return "new"

    askers = [threading.Thread(target=lambda: seen.append(held.get("a", (2,), slowly))) for _ in range(2)]
    askers[0].start()
    assert begun.wait(10)
    askers[1].start()
    askers[1].join(0.1)  # it waits, or has been given the old one
    going_on.set()
    for asker in askers:
        asker.join()
    assert seen == ["new", "new"]


def test_what_is_made_aside_is_for_whoever_asks_next() -> None:
    held, going_on, makers = Fresh(clock=lambda: 0.0), threading.Event(), list[threading.Thread]()

    def slowly() -> str:
        makers.append(threading.current_thread())
        going_on.wait(10)
        return "new"

    assert held.get("a", (1,), lambda: "old", aside=True) == "old"
    assert held.get("a", (2,), slowly, aside=True) == "old"
    going_on.set()
    while (seen := held.get("a", (2,), slowly, aside=True)) == "old":
        pass
    assert seen == "new" and makers != [threading.main_thread()]
