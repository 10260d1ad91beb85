"""POST /api/search: what programs may ask, what they get, and what they are told when they may not."""

from __future__ import annotations

import base64
import json
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from raravis import flow
from raravis.flow.answering.users import add_user, revoke_user
from raravis.flow.searching.searcher import Searcher
from raravis.store import Project, labels
from raravis.types import YES, Floats, Label
from raravis.web import searching
from raravis.web.app import app_of
from raravis.web.serving import Server, open_room
from raravis.web.wanted import MOST_HITS, MOST_K, MOST_NUMBERS, MOST_QUERIES

WRITE = {"X-Raravis": "1"}
BOX = [0.0, 0.0, 0.5, 0.5]


@pytest.fixture(scope="module")
def looked_at(yard_seen: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Searcher]]:
    """A client of a room of the yard in which nothing is changed, and what the room's searches go by."""
    folder = tmp_path_factory.mktemp("searched")
    shutil.copytree(yard_seen, folder, dirs_exist_ok=True)
    with Project.open(folder / "project") as project:
        flow.relocate(project, yard_seen / "yard", folder / "yard")
        room = open_room(project, roots=[folder / "yard"])
        yield TestClient(app_of(room), base_url="http://127.0.0.1:8765", headers=WRITE), room.searchers.of()
        room.close()


@pytest.fixture(scope="module")
def client(looked_at: tuple[TestClient, Searcher]) -> TestClient:
    return looked_at[0]


@pytest.fixture(scope="module")
def held(looked_at: tuple[TestClient, Searcher]) -> Searcher:
    return looked_at[1]


@pytest.fixture
def address(project: Project) -> Iterator[str]:
    server = Server(project, port=0, page=False)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()
    thread.join()


def packed(queries: Floats, dtype: str = "float32") -> dict[str, Any]:
    data = queries.astype(np.dtype(dtype).newbyteorder("<")).tobytes()
    return {"base64": base64.b64encode(data).decode(), "shape": list(queries.shape), "dtype": dtype}


def some(held: Searcher, n: int = 3) -> Floats:
    return np.asarray(held.collection.vectors.data[:n], np.float32)


def asked(client: TestClient, **wanted: Any) -> Any:
    """The answer to what must be answered."""
    answer = client.post("/api/search", json=wanted)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def refused(client: TestClient, code: int, **wanted: Any) -> str:
    answer = client.post("/api/search", json=wanted)
    assert answer.status_code == code and list(answer.json()) == ["error"], answer.text
    return str(answer.json()["error"])


def ids_of(held: Searcher, rows: Any) -> Any:
    return held.collection.vectors.ids[rows].tolist()


def red_at(held: Searcher, seconds: float) -> int:
    """The item of the first film at this second; red is there in [2, 5)."""
    film = next(source for source in held.collection.sources.values() if source.places[0].name == "cam/a.mp4")
    rows = (held.collection.table.source_id == film.id) & (held.collection.seconds == seconds)
    return int(held.collection.vectors.ids[rows][0])


# vectors


@pytest.mark.parametrize("dtype", ["float32", "float16", "rows"])
def test_vectors_find_what_the_searcher_finds_and_with_no_fields_ids_and_scores_are_all(
    client: TestClient, held: Searcher, dtype: str
) -> None:
    queries = some(held)
    vectors = queries.tolist() if dtype == "rows" else packed(queries, dtype)
    told = asked(client, vectors=vectors, k=4, fields=[])
    rows, scores = held.search(queries, 4)
    assert list(told) == ["encoder", "total", "results"] and told["encoder"] == "toy-1"
    assert told["total"] == len(held.collection)
    assert [one["ids"] for one in told["results"]] == ids_of(held, rows)
    assert [list(one) for one in told["results"]] == [["ids", "scores"]] * 3
    np.testing.assert_allclose([one["scores"] for one in told["results"]], scores, atol=2e-3)


def test_a_score_is_a_cosine_however_long_the_vector(client: TestClient, held: Searcher) -> None:
    query = some(held, 1)
    short, long = (asked(client, vectors=packed(scale * query), k=5, fields=[]) for scale in (0.01, 300))
    assert short == long and abs(short["results"][0]["scores"][0] - 1) < 1e-3


def test_pages_fit_together_and_end_where_the_items_end(client: TestClient, held: Searcher) -> None:
    n = len(held.collection)
    vectors = packed(some(held, 1))
    whole = asked(client, vectors=vectors, k=n, fields=[])["results"][0]["ids"]
    pages = [asked(client, vectors=vectors, k=5, offset=at, fields=[])["results"] for at in range(0, n + 5, 5)]
    assert [item for (page,) in pages for item in page["ids"]] == whole and sorted(whole) == sorted(
        held.collection.vectors.ids.tolist()
    )
    assert asked(client, vectors=vectors, k=MOST_K, fields=[])["results"][0]["ids"] == whole, "fewer, and not padded"
    assert asked(client, vectors=vectors, offset=n, fields=[])["results"] == [{"ids": [], "scores": []}]


def test_no_queries_find_nothing(client: TestClient) -> None:
    for wanted in ({"vectors": packed(np.zeros((0, 28), np.float32))}, {"vectors": []}, {"queries": []}):
        assert asked(client, **wanted)["results"] == []


def test_fields_say_where_each_item_is(client: TestClient, held: Searcher) -> None:
    fields = ["source", "timeline", "seconds", "end_seconds", "box", "probability", "more"]
    red = {"like": [{"item": red_at(held, 3)}]}
    answer = asked(client, queries=[red], k=3, fields=fields)
    told = answer["results"][0]
    assert answer["floor"] is None, "18 items tell none"
    assert list(told) == ["ids", "scores", *fields]
    assert told["source"][0] == told["timeline"][0] == "cam/a.mp4" and told["box"] == [[0.0, 0.0, 1.0, 1.0]] * 3
    assert told["seconds"][0] == 3 and told["end_seconds"][0] == 3.25
    assert told["probability"] == [None] * 3 and told["more"] == [0] * 3


def test_the_exact_scan_can_be_asked_for(client: TestClient, held: Searcher) -> None:
    vectors = packed(some(held))
    assert asked(client, vectors=vectors, exact=True) == asked(client, vectors=vectors)


@pytest.mark.parametrize(
    ("vectors", "words"),
    [
        ([[1.0, 2.0]], "got 2 dimensions, wanted 28"),
        ([[1.0], [1.0, 2.0]], "rows of 1 to 2 numbers, wanted 28 in each"),
        ([[0.0] * 28], "number 0 has length 0"),
        (packed(np.full((2, 28), np.nan, np.float32)), "number 0 has length nan"),
        ([[1.0] * 28, [1e300] * 28], "number 1 has length inf"),
        ({"base64": "AAAA", "shape": [1, 28]}, "got 3 bytes, wanted 112: 1 x 28 float32"),
        ({"base64": "", "shape": [10**12, 10**12]}, "queries"),
        (packed(np.ones((MOST_QUERIES + 1, 28), np.float32)), f"wanted at most {MOST_QUERIES:,}"),
    ],
)
def test_vectors_that_cannot_be_searched_by_are_told_with_what_was_wanted(
    client: TestClient, vectors: Any, words: str
) -> None:
    assert words in refused(client, 400, vectors=vectors, k=1, fields=[])


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"k": 0}, "body.k"),
        ({"k": MOST_K + 1}, "body.k"),
        ({"k": "3"}, "body.k"),
        ({"offset": -1}, "body.offset"),
        ({"fields": ["nothing"]}, "body.fields.0"),
        ({"filtr": {}}, "body.filtr"),
        ({"filter": {"source": ["*"]}}, "body.filter.source"),
        ({"vectors": [["1"]]}, "valid number"),
        ({"vectors": {"base64": "?", "shape": [1, 28]}}, "vectors.Packed.base64: Data should be valid base64"),
        ({"vectors": {"base64": "é", "shape": [1, 28]}}, "vectors.Packed.base64: Data should be valid base64"),
        ({"queries": [{"like": [{"picture": "x"}]}]}, "queries.0.like.0.picture: Data should be valid base64"),
        ({"vectors": {"base64": "", "shape": [1]}}, "body.vectors.Packed.shape"),
        ({"vectors": {"base64": "", "shape": [-1, 28]}}, "body.vectors.Packed.shape"),
        ({"vectors": {"base64": "", "shape": [0, 28], "dtype": "float64"}}, "dtype"),
    ],
)
def test_a_request_is_checked_strictly_and_the_error_names_the_place(
    client: TestClient, wanted: Any, words: str
) -> None:
    assert words in refused(client, 422, **({"vectors": [[1.0] * 28]} | wanted))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"vectors": [[' + '"", ' * 9999 + '""]]}', "valid number"),
        ('{"vectors": [' + '[""], ' * 999 + '[""]]}', "valid number"),
        ('{"vectors": []' + "".join(f', "x{number}": 0' for number in range(1000)) + "}", "got 1,000 mistakes"),
        ('{"vectors": [], "fields": [' + '"box", ' * 7 + '"box"]}', "at most 7"),
        ('{"vectors": [[' + "0, " * MOST_NUMBERS + "0]]}", "at most 16384"),
    ],
)
def test_of_many_mistakes_few_are_put_into_words(
    client: TestClient, body: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = list[int]()
    errors = searching._told_first
    monkeypatch.setattr(searching, "_told_first", lambda error: told.append(error.error_count()) or errors(error))
    answer = client.post("/api/search", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422 and words in answer.json()["error"]
    assert sum(told) < 10


def test_either_vectors_or_queries_are_wanted(client: TestClient) -> None:
    assert "either" in refused(client, 400)
    assert "either" in refused(client, 400, vectors=[[1.0] * 28], queries=[])


def test_so_many_hits_and_no_more_fit_into_an_answer(client: TestClient) -> None:
    queries = packed(np.ones((101, 28), np.float32))
    assert f"at most {MOST_HITS:,}" in refused(client, 400, vectors=queries, k=1000, fields=[])
    assert "ask for less" in refused(client, 400, vectors=queries, k=100, fields=["source"])
    assert "in groups" in refused(client, 400, vectors=queries, k=100, fields=[], group_seconds=0)
    assert len(asked(client, vectors=queries, k=100, fields=[])["results"]) == 101


def test_an_unknown_encoder_is_told_with_those_there_are(client: TestClient) -> None:
    vectors = packed(np.ones((1, 28), np.float32))
    assert "known: toy-1" in refused(client, 400, vectors=vectors, encoder="nothing")
    assert asked(client, vectors=vectors, encoder="toy-1") == asked(client, vectors=vectors)


# pictures, items, words


def test_an_item_finds_itself_and_a_picture_what_is_like_it(
    client: TestClient, held: Searcher, yard_seen: Path
) -> None:
    item = int(held.collection.vectors.ids[2])
    red = base64.b64encode((yard_seen / "red.png").read_bytes()).decode()
    told = asked(client, queries=[{"like": [{"item": item}]}, {"like": [{"picture": red}]}], k=3)
    assert told["results"][0]["ids"][0] == item
    assert set(told["results"][1]["source"]) <= {"cam/a.mp4", "d.png"}


def test_a_part_of_a_frame_is_searched_by_alone(client: TestClient, held: Searcher) -> None:
    item = int(held.collection.vectors.ids[2])
    whole, part, same = asked(
        client,
        queries=[{"like": [like]} for like in ({"item": item}, {"item": item, "box": BOX}, {"item": item, "box": BOX})],
        fields=[],
    )["results"]
    assert part == same and part["scores"] != whole["scores"]


def test_several_count_by_their_weights_and_what_is_not_meant_is_taken_off(client: TestClient, held: Searcher) -> None:
    first, last = (int(held.collection.vectors.ids[row]) for row in (2, -1))
    both = {"like": [{"item": first}, {"item": last, "weight": 0.0}]}
    alone = {"like": [{"item": first}]}
    off = {**alone, "unlike": [{"item": last}], "weights": {"unlike": 0.0}}
    against = {**alone, "unlike": [{"item": last}]}
    told = asked(client, queries=[both, alone, off, against], fields=[])["results"]
    assert told[0] == told[1] == told[2] != told[3]


def test_the_examples_of_a_concept_can_be_searched_by(client: TestClient) -> None:
    told = asked(client, queries=[{"concept": "red"}], k=3)["results"][0]
    assert set(told["source"]) <= {"cam/a.mp4", "d.png"}
    assert "'blue'" in refused(client, 400, queries=[{"concept": "blue"}])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "nothing to search by"),
        ({"text": ["a fox"]}, "reads no text"),
        ({"like": [{"item": 10**9}]}, "no item 1000000000"),
        ({"like": [{"item": 1, "box": [0.0, 0.0, 0.01, 0.01]}]}, "wanted 4 or more"),
        ({"like": [{"picture": "bm9uZQ=="}]}, "picture 0"),
        ({"like": [{"item": 1, "weight": 0.0}]}, "nothing to search by"),
        ({"concept": "red", "by_head": True}, "no head for 'red'"),
    ],
)
def test_a_query_that_cannot_be_made_is_told(client: TestClient, query: Any, words: str) -> None:
    assert words in refused(client, 400, queries=[query])


@pytest.mark.parametrize("box", [[0.5, 0, 0.5, 1], [0, 0, 1, 2], [0, 0, 1]])
def test_a_box_that_is_none_is_refused(client: TestClient, box: Any) -> None:
    assert "like.0.box" in refused(client, 422, queries=[{"like": [{"item": 1, "box": box}]}])


@pytest.mark.parametrize("like", [{}, {"item": 1, "picture": "AAAA"}, {"picture": "AAAA", "box": BOX}])
def test_an_example_is_a_picture_or_an_item(client: TestClient, like: Any) -> None:
    assert "like.0: Value error, wanted" in refused(client, 422, queries=[{"like": [like]}])


# what may come out


def test_a_filter_lets_through_what_fits_and_says_how_much_that_is(client: TestClient, held: Searcher) -> None:
    told = asked(client, vectors=packed(some(held, 1)), k=100, filter={"sources": ["*.png"]})
    assert told["total"] == len(told["results"][0]["ids"]) == 2
    assert set(told["results"][0]["source"]) == {"c.png", "d.png"}


def test_a_filter_by_label_goes_by_the_answers_as_they_are_now(
    client_of: Any, held: Searcher, project: Project
) -> None:
    client = client_of()
    wanted: dict[str, Any] = {"vectors": packed(some(held, 1)), "filter": {"labels": ["yes"], "concept": "red"}}
    assert "leaves none" in refused(client, 400, **wanted)
    item = int(held.collection.vectors.ids[3])
    with project.begin() as c:
        labels.add(c, [Label(item, "red", YES, "ann")])
    assert asked(client, **wanted)["results"][0]["ids"] == [item]


def test_a_filter_that_leaves_nothing_says_which_condition_did(client: TestClient) -> None:
    told = refused(client, 400, vectors=[[1.0] * 28], filter={"sources": ["*.mp4"], "timelines": ["nowhere"]})
    assert "timeline nowhere leaves none" in told
    assert "--for" in refused(client, 400, vectors=[[1.0] * 28], filter={"labels": ["yes"]})


def test_what_lies_together_in_time_is_one_hit(client: TestClient, held: Searcher) -> None:
    told = asked(client, vectors=packed(some(held, 1)), k=10, group_seconds=100, fields=["source", "more"])
    sources = told["results"][0]["source"]
    assert sorted(sources) == sorted(set(sources)) and max(told["results"][0]["more"]) > 0


# who may, and how much


def test_a_viewer_may_search_and_nobody_else_without_a_token(client_of: Any, project: Project) -> None:
    token = add_user(project, "ada", "viewer")
    wanted = {"vectors": [[1.0] * 28]}
    of_ada = client_of(headers={"X-Raravis": "1", "Authorization": f"Bearer {token}"})
    assert of_ada.post("/api/search", json=wanted).status_code == 200
    assert client_of().post("/api/search", json=wanted).status_code == 401
    assert client_of(headers={"Authorization": f"Bearer {token}"}).post("/api/search", json=wanted).status_code == 403


def test_who_is_shut_out_may_search_for_a_second_more_and_no_longer(
    client_of: Any, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = []
    for name, seconds in (("ada", 100.0), ("bob", 0.0)):
        monkeypatch.setattr(searching, "SEEN_SECONDS", seconds)
        client = client_of(headers=WRITE | {"Authorization": f"Bearer {add_user(project, name, 'viewer')}"})
        codes.append(client.get("/api/health").status_code)
        revoke_user(project, name)
        codes.append(client.get("/api/health").status_code)
    assert codes == [200, 200, 200, 401]


def test_a_request_may_be_large_here_and_here_alone(client: TestClient) -> None:
    body = json.dumps({"vectors": [[1.0] * 28]}).encode() + b" " * 1_500_000
    assert client.post("/api/search", content=body).status_code == 200
    assert client.post("/api/concepts", content=body).status_code == 413
    assert client.post("/api/search", content=b"x", headers={"Content-Length": "64000001"}).status_code == 413


def test_what_is_no_json_is_told_in_one_line(client: TestClient) -> None:
    for body in (b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000):
        answer = client.post("/api/search", content=body)
        assert answer.status_code == 422 and "\n" not in answer.json()["error"], body[:9]


def test_what_does_not_arrive_is_not_waited_for(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "ARRIVING_SECONDS", 0.05)
    head = "POST /api/search HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Raravis: 1\r\nContent-Length: 10\r\n\r\n{"
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=20) as client:
        client.sendall(head.encode())
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 408 ")


def test_who_comes_when_too_many_wait_is_told_when_to_come_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "WAITING", 0)
    answer = client.post("/api/search", json={"vectors": [[1.0] * 28]})
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "1"


def test_health_says_what_searches_go_by(client: TestClient, held: Searcher) -> None:
    n = len(held.collection)
    assert client.get("/api/health").json() == {"encoder": "toy-1", "items": n, "dimensions": 28, "recall": 1.0}


def test_before_anything_is_embedded_it_says_what_to_run(tmp_path: Path) -> None:
    with Project.open(tmp_path / "empty", create=True) as empty:
        room = open_room(empty, roots=[tmp_path])
        client = TestClient(app_of(room), base_url="http://127.0.0.1", headers=WRITE)
        for _ in range(2):
            assert "nothing embedded yet" in refused(client, 400, vectors=[[1.0]])
        room.close()


# the page that says so


def in_the_docs(kind: str, address: str) -> list[str]:
    """What docs/service.md asks the server, asked of this one."""
    text = (Path(__file__).parents[2] / "docs" / "service.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"^```{kind}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [block.replace("http://127.0.0.1:8765", address) for block in blocks]


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="needs bash and curl")
def test_the_commands_of_the_page_find_something(address: str, here: Path) -> None:
    commands = [block for block in in_the_docs("", address) if "curl" in block]
    found = [json.loads(subprocess.check_output(["bash", "-c", command], cwd=here)) for command in commands]
    assert [list(one["results"][0]) for one in found] == [["ids", "scores", "source", "seconds"]] * 2
    assert found[0]["results"][0]["ids"][0] == 3 and found[1]["results"][0]["source"][0] in ("cam/a.mp4", "d.png")


def test_the_python_of_the_page_finds_something(address: str) -> None:
    known: dict[str, Any] = {"dim": 28}
    exec("\n".join(in_the_docs("python", address)), known)
    assert len(known["found"]) == 64 and {len(one["ids"]) for one in known["found"]} == {10}
