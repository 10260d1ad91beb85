from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from raravis import flow
from raravis.store import Project, concepts, items, labels, sources
from raravis.types import Label
from raravis.web.zipped import zipped

EXPORTS = "/api/concepts/red/exports"


@pytest.fixture
def found(project: Project) -> None:
    """Ada said yes to cam/a.mp4 at 2, 3 and 4 s and to d.png, and no to c.png."""
    with project.begin() as c:
        by_name = {
            name: items.arrays(c, source_id=sources.by_name(c, name)[0]) for name in ("cam/a.mp4", "c.png", "d.png")
        }
        film = by_name["cam/a.mp4"]
        yes = [*film.ids[np.isin(film.pts, (2000, 3000, 4000))].tolist(), int(by_name["d.png"].ids[0])]
        no = [int(by_name["c.png"].ids[0])]
        labels.add(c, [Label(i, "red", v, "ada") for v, several in ((1, yes), (-1, no)) for i in several])


pytestmark = pytest.mark.usefixtures("found")


def test_events_are_listed_with_what_stands_behind_them(client: TestClient) -> None:
    told = client.get("/api/concepts/red/events").json()["events"]
    assert [(one["source"], one["from"], one["to"], one["answers"], one["propagated"]) for one in told] == [
        ("cam/a.mp4", 2.0, 4.25, 3, 0),
        ("d.png", 0.0, 0.0, 1, 0),
    ]
    assert all(0 < one["score"] < 1 for one in told)


def test_what_was_forgotten_meanwhile_is_no_event(client: TestClient, project: Project) -> None:
    assert len(client.get("/api/concepts/red/events").json()["events"]) == 2
    flow.forget(project, "d.png")
    assert [one["source"] for one in client.get("/api/concepts/red/events").json()["events"]] == ["cam/a.mp4"]


def test_every_format_is_written_and_fetched(client: TestClient) -> None:
    formats = ["csv", "coco", "clips", "onnx", "report"]
    files = {one["format"]: one for one in client.post(EXPORTS, json={"formats": formats}).json()["files"]}
    assert list(files) == formats and all(one["bytes"] > 0 for one in files.values())
    table = client.get(files["csv"]["url"])
    assert [row["source"] for row in csv.DictReader(io.StringIO(table.text))] == ["cam/a.mp4", "d.png"]
    assert table.headers["content-disposition"].startswith('attachment; filename="red events.csv"')
    archives = {
        name: zipfile.ZipFile(io.BytesIO(client.get(files[name]["url"]).content)) for name in ("coco", "clips", "onnx")
    }
    assert all(archive.testzip() is None for archive in archives.values())
    assert len(json.loads(archives["coco"].read("coco/annotations.json"))["annotations"]) == 4
    assert sorted(archives["onnx"].namelist()) == ["classifier.json", "classifier.onnx"]
    assert sum(name.endswith(".mp4") for name in archives["clips"].namelist()) == 1


def test_the_classifier_knows_the_answers_given_since_the_last_one(client: TestClient, project: Project) -> None:
    def answers() -> int:
        archive = zipfile.ZipFile(io.BytesIO(client.get(f"{EXPORTS}/onnx").content))
        return int(json.loads(archive.read("classifier.json"))["answers"])

    client.post(EXPORTS, json={"formats": ["onnx"]})
    assert answers() == 5
    with project.begin() as c:
        labels.add(c, [Label(18, "red", -1, "ada")])
    client.post(EXPORTS, json={"formats": ["onnx"]})
    assert answers() == 6


def test_what_was_not_exported_is_a_404_and_what_is_no_format_is_refused(client: TestClient) -> None:
    assert client.get(f"{EXPORTS}/csv").status_code == 404
    assert client.get(f"{EXPORTS}/certificate-event").status_code == 404
    assert client.get(f"{EXPORTS}/..").status_code in (404, 405)
    assert client.get(f"{EXPORTS}/raravis.db").status_code == 422
    assert client.post(EXPORTS, json={"formats": ["exe"]}).status_code == 422
    assert client.post(EXPORTS, json={"formats": []}).status_code == 422


def test_the_report_is_one_page_that_loads_nothing(client: TestClient) -> None:
    page = client.get("/api/concepts/red/report.html")
    assert page.status_code == 200 and page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "2 events in 2 files, from 5 answers, 4 of them yes" in page.text and "<script" not in page.text


def test_with_nothing_answered_there_is_nothing_to_take(client: TestClient, project: Project) -> None:
    with project.begin() as c:
        concepts.add(c, "a/b ü")
    assert client.get("/api/concepts/a%2Fb%20%C3%BC/report.html").status_code == 400
    answer = client.post("/api/concepts/a%2Fb%20%C3%BC/exports", json={"formats": ["csv"]})
    assert answer.status_code == 400 and "nothing answered about" in answer.json()["error"]


def test_a_name_with_a_slash_and_an_umlaut_is_taken_away_too(client: TestClient, project: Project) -> None:
    with project.begin() as c:
        concepts.add(c, "a/b ü")
        labels.add(c, [Label(1, "a/b ü", 1, "ada")])
    (file,) = client.post("/api/concepts/a%2Fb%20%C3%BC/exports", json={"formats": ["csv"]}).json()["files"]
    assert file["url"] == "/api/concepts/a%2Fb%20%C3%BC/exports/csv"
    answer = client.get(file["url"])
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''a%2Fb%20%C3%BC%20events.csv")


def test_a_zip_is_written_while_it_is_sent(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "big.mp4").write_bytes(bytes(3_000_000))
    (tmp_path / "ü.txt").write_text("ü", encoding="utf-8")
    parts = list(zipped([tmp_path / "a" / "big.mp4", tmp_path / "ü.txt"], tmp_path))
    assert max(map(len, parts)) < 500_000
    archive = zipfile.ZipFile(io.BytesIO(b"".join(parts)))
    assert archive.testzip() is None and archive.namelist() == ["a/big.mp4", "ü.txt"]
    assert archive.read("ü.txt").decode() == "ü"
    assert zipfile.ZipFile(io.BytesIO(b"".join(zipped([], tmp_path)))).namelist() == []
