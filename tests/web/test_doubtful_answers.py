"""The order in which doubtful answers come first."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.testclient import TestClient

from raravis.flow.collection import load
from raravis.flow.viewing.orders import Orders
from raravis.store import Project, items, labels, sources
from raravis.types import Label

PATH = "/api/concepts/red/items?order=doubt"


def item(project: Project, name: str, second: int = 0) -> int:
    with project.read() as c:
        table = items.arrays(c, source_id=sources.by_name(c, name)[0])
    return int(table.ids[np.argsort(table.pts)][second])


def answer(project: Project, **said: dict[int, int]) -> None:
    with project.begin() as c:
        labels.add(c, [Label(item, "red", value, "ada") for item, value in said["said"].items()])


def asked(client: TestClient, more: str = "") -> dict[str, Any]:
    told: dict[str, Any] = client.get(PATH + more).json()
    return told


def test_a_wrong_yes_comes_first_and_nothing_that_nobody_answered(client: TestClient, project: Project) -> None:
    film, plain = item(project, "cam/a.mp4", 3), item(project, "cam/b.mp4")
    still, red, wrong = item(project, "c.png"), item(project, "d.png"), item(project, "cam/b.mp4", 7)
    answer(project, said={film: 1, red: 1, plain: -1, still: -1, wrong: 1})
    told = asked(client)
    assert (told["order"], told["total"], len(told["items"])) == ("doubt", 5, 5)
    first = told["items"][0]
    assert (first["item"], first["value"]) == (wrong, 1)
    assert first["score"] < 0.5  # how likely a yes seems to a head that never saw it


def test_the_order_stays_while_its_answers_are_changed(client: TestClient, project: Project) -> None:
    film, plain = item(project, "cam/a.mp4", 3), item(project, "cam/b.mp4")
    still, red, wrong = item(project, "c.png"), item(project, "d.png"), item(project, "cam/b.mp4", 7)
    answer(project, said={film: 1, red: 1, plain: -1, still: -1, wrong: 1})
    before = asked(client)
    answer(project, said={wrong: -1})
    with project.begin() as c:
        labels.withdraw(c, still, "red", by="ada")
    after = asked(client, f"&version={before['version']}")
    assert [one["item"] for one in after["items"]] == [one["item"] for one in before["items"]]
    assert after["items"][0]["value"] == -1


def test_while_nothing_can_be_doubted_the_list_is_empty(client: TestClient, project: Project) -> None:
    assert asked(client)["items"] == []
    answer(project, said={item(project, "d.png"): 1})
    assert asked(client)["total"] == 0


def test_rows_come_by_falling_doubt_and_without_those_that_have_none(project: Project) -> None:
    collection = load(project)
    doubt = np.full(len(collection), np.nan, np.float32)
    doubt[[4, 2, 7]] = 0.1, 2.5, -0.9
    assert Orders(collection).of("doubt", doubt).rows.tolist() == [2, 4, 7]
