"""find: the whole flow in one call, again and again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import media_making as making
import pytest
from flow_making import Scripted, by_oracle, keys, said, shown, vectors

from raravis import flow
from raravis.errors import InputError
from raravis.flow.examples import add_examples
from raravis.flow.find import Found
from raravis.flow.results import found_events
from raravis.flow.spaces import spaces
from raravis.scale.processes import Processes
from raravis.store import Project, heads, labels


def find(project: Project, folder: Path, oracle: Path | None, **settings: Any) -> Found:
    """With ends off, so that each look is full and each item is asked; `test_following.py` has them on."""
    like = making.still(folder.parent / "like" / "red.png", red=True, shade=100)
    settings = {"like": [like], "encoder": "toy", "look": 3, "budget": 9, "place_ends": False} | settings
    return flow.find(project, [folder], "red", oracle=oracle, **settings)


def entries(project: Project) -> int:
    """Answers in the log, without what follows from them."""
    with project.read() as c:
        return sum(label.source != labels.PROPAGATED for label in labels.log(c, "red"))


def test_it_finds_what_the_example_shows(project: Project, yard: Path, oracle: Path) -> None:
    found = find(project, yard, oracle)
    assert (found.concept, found.answers, found.positives, found.rounds) == ("red", 9, 4, 3)
    assert [(e.source, e.start_seconds, e.end_seconds, e.answers) for e in found.events] == [
        ("cam/a.mp4", 2.0, 4.25, 3), ("d.png", 0.0, 0.0, 1),
    ]  # fmt: skip
    assert set(found.exports) == set(flow.FORMATS) and all(Path(path).exists() for path in found.exports.values())
    assert list(found.to_json()) == ["concept", "answers", "positives", "rounds", "seconds", "events", "exports"]


def test_a_second_run_with_the_same_budget_asks_nothing_new(project: Project, yard: Path, oracle: Path) -> None:
    first, before = find(project, yard, oracle), vectors(project)
    again = find(project, yard, oracle)
    assert (again.answers, again.rounds, again.events) == (first.answers, first.rounds, first.events)
    assert entries(project) == 9 and vectors(project) == before


def test_a_raised_budget_goes_on_from_the_answers_that_are_there(project: Project, yard: Path, oracle: Path) -> None:
    find(project, yard, oracle, budget=6)
    before = said(project)
    more = find(project, yard, oracle, budget=11)
    assert more.answers == entries(project) == 11 and before.items() <= said(project).items()


def test_a_budget_beyond_the_collection_asks_each_item_once(project: Project, yard: Path, oracle: Path) -> None:
    assert find(project, yard, oracle, budget=1000).answers == entries(project) == 18


def test_no_budget_asks_nothing_and_exports_nothing(project: Project, yard: Path, oracle: Path) -> None:
    found = find(project, yard, oracle, budget=0)
    assert (found.answers, found.rounds, found.events, found.exports) == (0, 0, [], {})


def test_new_files_are_searched_with_the_answers_that_are_there(project: Project, yard: Path, oracle: Path) -> None:
    find(project, yard, oracle, budget=18)
    making.still(yard / "late.png", red=True, shade=60)
    found = find(
        project, yard, making.oracle(oracle.with_name("2.csv"), *making.YARD_ORACLE, "late.png,red,1"), budget=19
    )
    assert found.answers == 19 and [event.source for event in found.events] == ["cam/a.mp4", "d.png", "late.png"]


def test_it_equals_the_same_run_by_single_verbs(project: Project, yard: Path, oracle: Path, tmp_path: Path) -> None:
    found = find(project, yard, oracle, strategy="margin", seed=3)
    with Project.open(tmp_path / "single", create=True) as single:
        add_examples(single, "red", like=[tmp_path / "like" / "red.png"])
        flow.ingest(single, [yard])
        flow.sample(single)
        flow.detect(single)
        flow.embed(single, encoder="toy")
        for _ in range(3):
            flow.ask(single, "red", strategy="margin", place_ends=False, k=3, seed=3)
            flow.label(single, "red", by_oracle(single, oracle))
        head = flow.train(single, "red", seed=3)
        assert shown(single) == shown(project) and said(single) == said(project)
        assert found_events(single, "red") == found.events
        assert vectors(single) == vectors(project)
        with project.read() as c:
            made = heads.latest(c, "red", "toy-1")
        assert made is not None and (made[1].weight == head.weight).all() and made[1].trained_on == head.trained_on


def test_over_processes_it_finds_the_same(project: Project, yard: Path, oracle: Path, tmp_path: Path) -> None:
    here = find(project, yard, oracle)
    with Project.open(tmp_path / "spread", create=True) as other, Processes(2) as spread:
        there = find(other, yard, oracle, map=spread)
        assert set(keys(other).values()) == set(keys(project).values()) and vectors(other) == vectors(project)
    assert [(e.source, e.start_seconds) for e in there.events] == [(e.source, e.start_seconds) for e in here.events]


@pytest.mark.parametrize("strategy", ["random", "similar", "top", "margin", "entropy", "diverse", "ezmode"])
def test_every_strategy_keeps_to_the_budget(project: Project, yard: Path, oracle: Path, strategy: str) -> None:
    assert find(project, yard, oracle, strategy=strategy, budget=7).answers == entries(project) == 7


def test_nothing_found_is_a_result_too(project: Project, yard: Path, tmp_path: Path) -> None:
    oracle = making.oracle(tmp_path / "none.csv", "cam/a.mp4,red,1,100,101")
    found = find(project, yard, oracle, like=[])
    assert (found.answers, found.positives, found.events) == (9, 0, [])
    assert "csv" in found.exports and "onnx" not in found.exports


def test_a_person_who_stops_gets_what_there_is_and_goes_on_later(project: Project, yard: Path) -> None:
    found = find(project, yard, None, answerer=Scripted(1, 1, -1, 1))
    assert (found.answers, found.positives, entries(project)) == (4, 3, 4)
    assert find(project, yard, None, answerer=Scripted(*[-1] * 99)).answers == 9


def test_a_look_that_was_cut_off_is_finished_before_another_is_made(
    project: Project, yard: Path, oracle: Path, tmp_path: Path
) -> None:
    with Project.open(tmp_path / "undisturbed", create=True) as whole:
        find(whole, yard, oracle)
        expected, looks = said(whole), shown(whole)
    truth = [expected[item] for look in looks for item in look]
    find(project, yard, None, answerer=Scripted(*truth[:4]))  # the second of three looks has one answer of three
    find(project, yard, oracle)
    assert (said(project), shown(project)) == (expected, looks)


def test_somebody_must_answer_and_only_one(project: Project, yard: Path, oracle: Path) -> None:
    for settings in ({"oracle": None}, {"oracle": oracle, "answerer": Scripted()}):
        with pytest.raises(InputError, match="somebody must answer: give either"):
            find(project, yard, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("setting", ["strategy", "sample", "detect", "encoder", "formats"])
def test_an_unknown_name_is_refused_before_any_file_is_read(
    project: Project, yard: Path, oracle: Path, setting: str
) -> None:
    with pytest.raises(InputError, match=r"unknown \w+ 'never'; known: "):
        find(project, yard, oracle, **{setting: ["never"] if setting == "formats" else "never"})
    assert flow.status(project)["collection"]["sources"] == 0


def test_each_encoder_has_its_own_head_and_events_score_under_the_one_in_use(
    project: Project, yard: Path, oracle: Path
) -> None:
    first = find(project, yard, oracle, budget=18)
    find(project, yard, oracle, budget=18, encoder="descriptor")
    again = find(project, yard, oracle, budget=18)  # the encoder in use was the descriptor
    assert again.events == first.events
    assert '"encoder": "toy-1"' in Path(again.exports["onnx"]).with_suffix(".json").read_text()


def test_without_an_encoder_named_the_one_in_use_goes_on(project: Project, yard: Path, oracle: Path) -> None:
    first = find(project, yard, oracle)
    again = find(project, yard, oracle, encoder=None, budget=12)
    assert again.answers == 12 and [space.id for space in spaces(project)] == ["toy-1"]
    assert len(again.events) >= len(first.events)


def test_words_that_the_encoder_cannot_read_are_refused_before_any_file_is_read(
    project: Project, yard: Path, oracle: Path
) -> None:
    for words in ({"text": ["a red block"]}, {"text_not": ["sky"]}):
        with pytest.raises(InputError, match="encoder toy-1 reads no text"):
            find(project, yard, oracle, **words)
    assert flow.status(project)["collection"]["sources"] == 0


def test_a_copy_counts_as_an_event_in_each_place(project: Project, yard: Path, oracle: Path) -> None:
    making.copy(yard / "cam/a.mp4", yard / "other/copy.mp4")
    found = find(project, yard, oracle)
    assert [event.source for event in found.events] == ["cam/a.mp4", "d.png", "other/copy.mp4"]
    assert found.positives == 4
