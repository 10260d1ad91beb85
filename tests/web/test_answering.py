"""Answering over HTTP: batches, answers, whole events, undo, second opinions; and what is refused, in which words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from raravis.flow.answering.acts import Answer
from raravis.flow.answering.users import add_user
from raravis.store import labels
from raravis.web.desks import Desks
from raravis.web.room import Room

RED = "/api/concepts/red"


def batch(client: TestClient, k: int = 4, **more: Any) -> dict[str, Any]:
    reply = client.post(f"{RED}/batches", json={"k": k, **more})
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def said(chip: dict[str, Any], value: int) -> dict[str, Any]:
    return {"item": chip["item"], "round": chip["round"], "value": value}


def answer(client: TestClient, *answers: dict[str, Any]) -> dict[str, Any]:
    reply = client.post(f"{RED}/answers", json={"answers": answers})
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def refused(reply: Any, status: int) -> str:
    assert reply.status_code == status and set(reply.json()) == {"error"}, reply.text
    return str(reply.json()["error"])


@pytest.fixture
def person(room: Room, client_of: Callable[..., TestClient]) -> Callable[..., TestClient]:
    """person("ada") is a client of hers."""

    def come_in(name: str, role: Any = "labeller") -> TestClient:
        token = add_user(room.project, name, role)
        return client_of(headers={"X-Raravis": "1", "Authorization": f"Bearer {token}"})

    return come_in


def test_a_batch_holds_chips_until_a_time(client: TestClient, room: Room) -> None:
    given = batch(client)
    assert len(given["chips"]) == 4 and (given["left"], given["why"]) == (None, None) and given["until"] > 1e9
    chip = given["chips"][0]
    assert (chip["value"], chip["by"], chip["second"], chip["gone"]) == (None, None, False, None)
    assert chip["round"] > 0 and chip["reason"] and 0 <= chip["score"] <= 1


def test_after_a_reload_open_batches_come_back_with_the_values_given(client: TestClient) -> None:
    first, second = batch(client)["chips"], batch(client)["chips"]
    kept = answer(client, said(first[0], 1), said(first[1], -1))
    assert kept == {"kept": 2, "late": [], "standing": {"answers": 2, "yes": 1, "left": None}}
    held = client.get(f"{RED}/batches").json()["batches"]
    assert [[chip["item"] for chip in one["chips"]] for one in held] == [
        [chip["item"] for chip in chips] for chips in (first, second)
    ]
    assert [chip["value"] for chip in held[0]["chips"]] == [1, -1, None, None] and held[0]["chips"][0]["by"]


def test_after_a_restart_of_the_server_they_come_back_too(client: TestClient, room: Room) -> None:
    shown = [chip["item"] for chip in batch(client)["chips"]]
    room.desks.forget_all()
    room.desks._desks.clear()
    assert [chip["item"] for chip in client.get(f"{RED}/batches").json()["batches"][0]["chips"]] == shown


def test_two_people_get_different_items(person: Callable[..., TestClient]) -> None:
    ada, bob = person("ada"), person("bob")
    shown = [chip["item"] for client in (ada, bob, ada) for chip in batch(client)["chips"]]
    assert len(set(shown)) == 12 and len(bob.get(f"{RED}/batches").json()["batches"]) == 1


def test_a_fourth_batch_is_refused_while_three_wait(client: TestClient) -> None:
    for _ in range(3):
        batch(client, 2)
    assert "has 3 batches open" in refused(client.post(f"{RED}/batches", json={"k": 2}), 409)


def test_what_is_given_back_is_in_ones_batches_no_more(client: TestClient) -> None:
    first = batch(client)["chips"]
    batch(client, later=[first[0]["item"]])
    held = client.get(f"{RED}/batches").json()["batches"]
    assert [chip["item"] for chip in held[0]["chips"]] == [chip["item"] for chip in first[1:]]


def test_when_nothing_is_left_a_batch_is_empty_and_says_why(client: TestClient) -> None:
    given = batch(client, 100)
    assert len(given["chips"]) == 18
    answer(client, *(said(chip, -1) for chip in given["chips"]))
    told = batch(client)
    assert (told["chips"], told["why"]) == ([], "nothing is left to ask")


def test_an_act_sent_twice_is_kept_once_and_an_undo_takes_it_back_whole(client: TestClient, room: Room) -> None:
    chips = batch(client)["chips"]
    act = [said(chips[0], 1), said(chips[1], -1)]
    assert answer(client, *act) == answer(client, *act)
    with room.project.read() as c:
        assert len(labels.entries(c, "red")) == 2
    undone = client.post(f"{RED}/undo", json={}).json()
    assert undone == {"items": [{"item": chip["item"], "value": None} for chip in chips[:2]]}
    assert client.post(f"{RED}/undo").json() == {"items": []}
    assert client.get(f"{RED}/batches").json()["batches"][0]["chips"][0]["value"] is None


def test_a_whole_event_is_one_act(client: TestClient, room: Room) -> None:
    shown = sorted(batch(client, 100)["chips"], key=lambda chip: (chip["source"]["name"], chip["seconds"]))
    a = [chip for chip in shown if chip["source"]["name"] == "cam/a.mp4"]
    event = {"from": a[2]["item"], "to": a[4]["item"], "asked": a[3]["item"], "round": a[3]["round"]}
    kept = client.post(f"{RED}/events", json=event).json()
    assert {one["item"]: one["value"] for one in kept["answered"]} == {
        **{chip["item"]: 1 for chip in a[2:5]},
        **{chip["item"]: -1 for chip in (a[1], a[5])},
    }
    assert kept["standing"] == {"answers": 5, "yes": 3, "left": None} and kept["kept"] == 5
    assert len(client.post(f"{RED}/undo").json()["items"]) == 5


def test_every_open_page_hears_of_an_answer(client: TestClient, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, Any]] = []
    monkeypatch.setattr(room.live, "tell", lambda kind, data: heard.append((kind, data)))
    answer(client, said(batch(client)["chips"][0], 1))
    client.post(f"{RED}/undo")
    assert [(kind, told["name"], told["answers"], told["yes"]) for kind, told in heard] == [
        ("concept", "red", 1, 1),
        ("concept", "red", 0, 0),
    ]


def test_an_answer_out_of_time_is_kept_and_told(client: TestClient, room: Room) -> None:
    desk = room.desks.of("red")
    chips = batch(client)["chips"]
    desk.clock = lambda: 1e12
    kept = answer(client, said(chips[0], 1))
    assert kept["late"] == [chips[0]["item"]] and kept["standing"]["answers"] == 1


def test_unknown_items_rounds_and_concepts_are_404_and_keep_nothing(client: TestClient) -> None:
    chip = batch(client)["chips"][0]
    both = {"answers": [said(chip, 1), {"item": 999, "value": 1}]}
    assert "no item 999" in refused(client.post(f"{RED}/answers", json=both), 404)
    strange = {"answers": [{**said(chip, 1), "round": 999}]}
    assert "no round 999" in refused(client.post(f"{RED}/answers", json=strange), 404)
    assert "no item 999" in refused(client.post(f"{RED}/events", json={"from": 999, "to": 1, "asked": 1}), 404)
    assert "unknown concept 'blue'" in refused(client.post("/api/concepts/blue/batches", json={}), 404)
    assert client.post(f"{RED}/undo").json() == {"items": []}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("answers", {"answers": []}),
        ("answers", {"answers": [{"item": 1, "value": 2}]}),
        ("answers", {"answers": [{"item": -1, "value": 1}]}),
        ("answers", {"answers": [{"item": 2**60, "value": 1}]}),
        ("answers", {"answers": [{"item": 1, "value": 1, "box": [0, 0, 1]}]}),
        ("answers", {"answers": [{"item": 1, "value": 1}] * 1001}),
        ("batches", {"k": 0}),
        ("batches", {"k": 101}),
        ("events", {"from": 1, "to": 2}),
    ],
)
def test_what_is_no_act_is_refused_in_a_line(client: TestClient, path: str, body: Any) -> None:
    assert refused(client.post(f"{RED}/{path}", json=body), 422)


def test_a_box_that_is_none_is_refused(client: TestClient) -> None:
    act = {"answers": [{"item": 1, "value": 1, "box": [0.5, 0, 0.5, 1]}]}
    assert "wanted x0, y0, x1, y1" in refused(client.post(f"{RED}/answers", json=act), 400)


def test_a_viewer_may_not_answer(person: Callable[..., TestClient]) -> None:
    person("ada", "admin")
    viewer = person("vic", "viewer")
    for path in ("batches", "answers", "events", "undo"):
        assert "vic is a viewer here" in refused(viewer.post(f"{RED}/{path}", json={}), 403)
    assert refused(viewer.get(f"{RED}/batches"), 403) and refused(viewer.get(f"{RED}/disagreements"), 403)


def test_an_answer_that_the_disk_does_not_take_is_507_and_not_saved(
    client: TestClient, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    chip = batch(client)["chips"][0]

    def full(*_: Any, **__: Any) -> int:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(labels, "add", full)
    told = refused(client.post(f"{RED}/answers", json={"answers": [said(chip, 1)]}), 507)
    assert told.startswith("NOT saved: ") and "disk is full" in told
    monkeypatch.undo()
    assert answer(client, said(chip, 1))["standing"] == {"answers": 1, "yes": 1, "left": None}


def test_the_second_of_two_people_does_not_see_what_the_first_said(
    person: Callable[..., TestClient], room: Room
) -> None:
    room.desks = Desks(room.project, double=1.0)
    ada, bob = person("ada"), person("bob")
    answer(ada, *(said(chip, -1) for chip in batch(ada, 6)["chips"]))
    twice = [chip for chip in batch(bob, 6)["chips"] if chip["second"]]
    assert len(twice) == 3 and {(chip["value"], chip["by"]) for chip in twice} == {(None, None)}
    answer(bob, said(twice[0], -1))
    answer(bob, said(twice[1], 1))
    bob.post(f"{RED}/undo")
    seen = {chip["item"]: chip["value"] for chip in bob.get(f"{RED}/batches").json()["batches"][0]["chips"]}
    assert [seen[chip["item"]] for chip in twice] == [-1, None, None]


def test_what_two_see_differently_is_listed_until_an_admin_settles_it(
    person: Callable[..., TestClient], room: Room
) -> None:
    room.desks = Desks(room.project, double=1.0)
    eve, ada, bob = person("eve", "admin"), person("ada"), person("bob")
    answer(ada, *(said(chip, -1) for chip in batch(ada, 2)["chips"]))
    (twice,) = [chip for chip in batch(bob, 2)["chips"] if chip["second"]]
    answer(bob, said(twice, 1))
    told = ada.get(f"{RED}/disagreements").json()
    assert (told["both"], told["same"], told["share"], told["kappa"]) == (1, 0, 0.0, 0.0)
    assert [(one["by"], one["value"]) for one in told["items"][0]["says"]] == [("ada", -1), ("bob", 1)]
    assert told["items"][0]["chip"]["item"] == twice["item"] and told["items"][0]["chip"]["value"] == 1
    answer(eve, {"item": twice["item"], "value": -1})
    assert eve.get(f"{RED}/disagreements").json()["items"] == []


def test_a_new_example_is_known_to_the_next_batch_and_a_new_collection_to_every_desk(room: Room) -> None:
    desk = room.desks.of("red")
    before = desk.campaign
    room.desks.forget("red")
    assert desk.campaign is not before and desk.campaign.collection is before.collection
    room.desks.forget_all()
    assert desk.campaign.collection is not before.collection and room.desks.of("red") is desk


def test_desks_of_several_concepts_share_one_collection(room: Room, client: TestClient) -> None:
    client.post("/api/concepts", json={"name": "blue"})
    assert room.desks.of("red").campaign.collection is room.desks.of("blue").campaign.collection


def test_the_budget_holds_for_all_together(room: Room) -> None:
    room.desks = Desks(room.project, budget=3)
    desk = room.desks.of("red")
    first = desk.batch("ada", 5)
    assert len(first.items) == 3
    desk.take("ada", [Answer(item, -1) for item in first.items])
    assert desk.batch("bob", 5).why == "the budget is spent"
