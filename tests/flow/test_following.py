"""What follows from answers: labels that nobody gave, between two yes's, until an answer says otherwise."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import media_making as making
import pytest
from flow_making import by_oracle, collect, keys

from raravis import flow
from raravis.flow.answers import answer_round
from raravis.flow.campaign import ENDS_ONLY, Campaign, ends_in_use
from raravis.flow.examples import add_examples
from raravis.flow.results import found_events
from raravis.pick.ends import PROPAGATED, Ends
from raravis.store import Project, items, labels, rounds
from raravis.types import NO, YES, Label


@pytest.fixture
def long(project: Project, tmp_path: Path) -> Project:
    """A minute, a look a second, red at [10, 42)."""
    making.film(tmp_path / "media" / "a.mp4", 60, red=[(10, 42)])
    collect(project, tmp_path / "media")
    add_examples(project, "red")
    return project


@pytest.fixture
def known(tmp_path: Path) -> Path:
    return making.oracle(tmp_path / "known.csv", "a.mp4,red,1,10,42")


def say(project: Project, *answers: tuple[int, int]) -> None:
    """Answers about the looks at these seconds."""
    ids = {key[1] // 1000: item for item, key in keys(project).items()}
    with project.begin() as c:
        labels.add(c, [Label(ids[at], "red", value, "ann") for at, value in answers])


def follow(project: Project) -> list[int]:
    """Seconds of the looks that are a yes because of others, now."""
    with project.read() as c:
        latest = labels.latest(c, "red")
    made = keys(project)
    assert set(latest.value[latest.source == labels.PROPAGATED].tolist()) <= {YES}
    return sorted(made[item][1] // 1000 for item in latest.item_id[latest.source == labels.PROPAGATED].tolist())


def entries(project: Project) -> int:
    with project.read() as c:
        return labels.last_id(c)


def placed(project: Project, known: Path) -> Campaign:
    """A campaign that has asked for the ends until they were placed."""
    campaign = Campaign(project, "red", strategy=ENDS_ONLY)
    while made := campaign.ask(10):
        campaign.record(answer_round(project, made, by_oracle(project, known)))
    return campaign


def test_one_hit_is_followed_to_both_ends_with_few_answers(long: Project, known: Path) -> None:
    say(long, (20, YES))
    placed(long, known)
    (event,) = found_events(long, "red")
    assert (event.start_seconds, event.end_seconds) == (10.0, 41.25)
    assert event.answers + event.propagated == 32 and event.propagated > event.answers
    with long.read() as c:
        assert len(labels.answered(c, "red")) <= 18  # not 34: a look at each second, and one on either side


def test_rounds_say_why_each_item_is_asked(long: Project, known: Path) -> None:
    say(long, (20, YES))
    first = flow.ask(long, "red", strategy="random", k=4)
    assert first is not None and first.reason[:2] == ("end", "end") and set(first.reason[2:]) <= {"random"}
    assert first.params["ends"]["gap_seconds"] == 1.0
    placed(long, known)
    then = flow.ask(long, "red", strategy="random", k=4)
    assert then is not None and then.reason == ("random",) * 4


def test_a_contrary_answer_inside_takes_labels_back_in_the_name_of_nobody(long: Project, known: Path) -> None:
    say(long, (20, YES))
    placed(long, known)
    before = follow(long)
    middle = before[len(before) // 2]
    say(long, (middle, NO))
    Campaign(long, "red")
    after = follow(long)
    assert middle not in after and set(after) < set(before)
    with long.read() as c:
        taken = labels.withdrawals(c, "red")
    assert {(entry.by, entry.source) for entry in taken} == {("raravis", "propagated")}
    parted = making.oracle(known.with_name("parted.csv"), f"a.mp4,red,1,10,{middle}", f"a.mp4,red,1,{middle + 1},42")
    placed(long, parted)
    spans = [(event.start_seconds, event.end_seconds) for event in found_events(long, "red")]
    assert spans == [(10.0, middle - 0.75), (middle + 1.0, 41.25)]


def test_made_again_from_the_store_it_writes_nothing_twice(long: Project, known: Path) -> None:
    say(long, (20, YES))
    placed(long, known)
    before, follows = entries(long), follow(long)
    Campaign(long, "red", strategy="top")
    flow.train(long, "red")
    assert (entries(long), follow(long)) == (before, follows)


def test_an_answer_for_what_followed_counts_and_stays_when_it_would_follow_again(long: Project, known: Path) -> None:
    say(long, (20, YES))
    placed(long, known)
    at = follow(long)[0]
    say(long, (at, YES))
    Campaign(long, "red")
    assert at not in follow(long)
    with long.read() as c:
        assert labels.counts(c, "red")[("human", YES)] == 2


def test_with_ends_off_nothing_follows_and_what_did_is_taken_back(long: Project, known: Path) -> None:
    say(long, (20, YES))
    placed(long, known)
    assert follow(long)
    made = flow.ask(long, "red", strategy="random", place_ends=False, k=3)
    assert made is not None and set(made.reason) == {"random"} and follow(long) == []
    assert ends_in_use(long, "red") is None
    flow.train(long, "red")
    assert follow(long) == []


def test_train_and_label_place_ends_as_the_newest_round_did(long: Project, known: Path) -> None:
    assert ends_in_use(long, "red") == Ends()
    say(long, (20, YES))
    flow.ask(long, "red", strategy="random", gap_seconds=5.0, k=3)
    assert ends_in_use(long, "red") == Ends(gap_seconds=5.0)


def test_answers_by_label_alone_keep_what_follows(long: Project, known: Path) -> None:
    say(long, (20, YES))
    while flow.ask(long, "red", strategy=ENDS_ONLY):
        flow.label(long, "red", by_oracle(long, known))
    assert follow(long) and found_events(long, "red")[0].propagated == len(follow(long))


def test_labels_that_follow_have_their_weight_and_are_nobodys(long: Project, known: Path) -> None:
    say(long, (20, YES))
    placed(long, known)
    with long.read() as c:
        given = labels.answered(c, "red")
        kept = [label for label in labels.log(c, "red") if label.source == "propagated"]
        assert {(label.weight, label.by, label.value) for label in kept} == {(PROPAGATED, "raravis", YES)}
        assert not given & {label.item_id for label in kept if label.item_id in given}
        assert all(label.source != "propagated" for label in labels.current(c, "red"))


def test_the_head_is_told_of_answers_alone_and_learns_from_what_follows(long: Project, known: Path) -> None:
    say(long, (20, YES))
    campaign = placed(long, known)
    head = flow.train(long, "red")
    with long.read() as c:
        assert len(head.trained_on) == len(labels.answered(c, "red"))
    pool = campaign.search.pool
    assert (pool.weight[campaign.search.propagated] == PROPAGATED).all() and len(campaign.search.propagated)


def test_exports_mark_what_follows(long: Project, known: Path, tmp_path: Path) -> None:
    say(long, (20, YES))
    placed(long, known)
    files = flow.export(long, "red", formats=["csv", "coco"], out=tmp_path / "out")
    with files["csv"].open(newline="") as lines:
        (row,) = csv.DictReader(lines)
    assert int(row["answers"]) + int(row["propagated"]) == 32 and row["evidence"] == "human"
    document = json.loads(files["coco"].read_text(encoding="utf-8"))
    assert len(document["propagated"]) == len(follow(long)) == int(row["propagated"])
    assert {entry["label_source"] for entry in document["propagated"]} == {"propagated"}
    assert "propagated" not in {note["label_source"] for note in document["annotations"]}


def test_find_counts_answers_alone_and_turns_ends_off(project: Project, tmp_path: Path, known: Path) -> None:
    making.film(tmp_path / "media" / "a.mp4", 60, red=[(10, 42)])
    like = making.still(tmp_path / "red.png", red=True, shade=100)
    found = flow.find(project, [tmp_path / "media"], "red", like=[like], oracle=known, encoder="toy", budget=25)
    with project.read() as c:
        counted = labels.counts(c, "red")
        assert found.answers == sum(n for (source, _), n in counted.items() if source == "oracle") == 25
        assert found.positives == counted["oracle", YES] and counted["propagated", YES] > 0
        assert items.count(c) == 60 and rounds.count(c, "red") == found.rounds
    off = flow.find(
        project, [tmp_path / "media"], "red", like=[like], oracle=known, encoder="toy", budget=25, place_ends=False
    )
    assert off.answers == 25 and sum(event.propagated for event in off.events) == 0


def test_answers_taken_back_take_back_what_followed(long: Project, known: Path) -> None:
    say(long, (20, YES))
    placed(long, known)
    assert follow(long)
    with long.begin() as c:
        for item in labels.answered(c, "red"):
            labels.withdraw(c, item, "red", by="ann")
    Campaign(long, "red")
    assert follow(long) == [] and found_events(long, "red") == []
