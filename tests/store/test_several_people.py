"""Several people on one project, on either database: acts, undo, leases and desks."""

from __future__ import annotations

import dataclasses
import threading

import numpy as np
import pytest
from sqlalchemy import Connection
from store_making import a_source, fox_items, says

from raravis.flow.answering.acts import Answer, give, undo
from raravis.flow.answering.desk import NOTHING_LEFT, Desk
from raravis.flow.answering.people import agreement
from raravis.flow.replay import replay
from raravis.store import Project, concepts, encoders, items, labels, shards, sources
from raravis.store.sources import New
from raravis.types import NO, YES, Place

N = 48


@pytest.fixture
def owls(project: Project) -> Project:
    """48 frames of one film with a vector each, and somebody who looks for owls; 10 to 19 show one."""
    film = dataclasses.replace(a_source(), places=(Place("/film.mp4", "film.mp4", "film.mp4"),))
    at = np.arange(N) * 30_000
    angle = np.where((np.arange(N) >= 10) & (np.arange(N) < 20), 0.0, 1.5) + np.arange(N) / 1000
    with project.begin() as c:
        (of,) = sources.add_all(c, [New(film)])
        whole = np.tile([0.0, 0.0, 1.0, 1.0], (N, 1))
        items.add(c, np.full(N, of), at, at + 30_000, whole, np.ones(N), "whole")
        encoders.add(c, "made", spec="made", dim=2)
        data = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        shards.record(c, "made", shards.write(shards.folder_of(project.vectors, "made"), items.all_ids(c), data))
        concepts.add(c, "owl")
    return project


def test_the_newest_act_is_what_one_person_said_at_once(c: Connection) -> None:
    a, b, x = fox_items(c)
    labels.add(c, [says(a, YES), says(b, NO)])
    labels.add(c, [says(x, YES, by="bob")])
    act = labels.newest_act(c, "fox", "ann")
    assert [(entry.item_id, entry.value) for entry in act] == [(a, YES), (b, NO)]
    labels.take_back(c, "fox", [(act[0], None), (act[1], None)], by="ann")
    assert labels.newest_act(c, "fox", "ann") == [] and len(labels.newest_act(c, "fox", "bob")) == 1
    assert [w.item_id for w in labels.withdrawals(c, "fox")] == [a, b] and labels.answered(c, "fox") == {x}


def test_entries_are_answers_and_what_took_them_back_and_nothing_that_follows(c: Connection) -> None:
    a, b, _ = fox_items(c)
    labels.add(c, [says(a, YES)])
    labels.propagate(c, "fox", [b], weight=0.5)
    labels.withdraw(c, a, "fox", by="ann")
    assert [(e.item_id, e.value) for e in labels.entries(c, "fox")] == [(a, YES), (a, None)]
    assert labels.entries(c, "fox", of=[b]) == labels.entries(c, "fox", after=labels.last_id(c)) == []


def test_acts_and_undo_leave_the_same_log_on_either_database(project: Project) -> None:
    with project.begin() as c:
        a, b, x = fox_items(c)
    give(project, "fox", [Answer(a, YES, box=(0.0, 0.25, 0.5, 1.0)), Answer(b, NO)], by="ann")
    give(project, "fox", [Answer(a, NO), Answer(x, NO)], by="ann")
    assert undo(project, "fox", by="ann") == {a: YES, x: None} and undo(project, "fox", by="ann") == {a: None, b: None}
    with project.read() as c:
        log = labels.entries(c, "fox")
    assert [(e.item_id, e.value, e.undoes) for e in log] == [
        (a, YES, None),
        (b, NO, None),
        (a, NO, None),
        (x, NO, None),
        (a, YES, log[2].id),
        (x, None, log[3].id),
        (a, None, log[0].id),
        (b, None, log[1].id),
    ]
    assert log[4].box == (0.0, 0.25, 0.5, 1.0)


def test_one_act_sent_by_two_threads_at_once_is_kept_once(project: Project) -> None:
    with project.begin() as c:
        ids = fox_items(c)
    act = [Answer(item, YES) for item in ids]
    senders = [threading.Thread(target=give, args=(project, "fox", act), kwargs={"by": "ann"}) for _ in range(6)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    with project.read() as c:
        assert [entry.item_id for entry in labels.entries(c, "fox")] == ids


def test_eight_people_answer_everything_once_and_some_of_it_twice(owls: Project) -> None:
    desk, firsts = Desk(owls, "owl", double=0.25, strategy="top"), list[int]()

    def answers(by: str) -> None:
        while (batch := desk.batch(by, 3)).why != NOTHING_LEFT:
            firsts.extend(set(batch.items) - batch.second)
            rounds = {item: made.id for made in batch.rounds for item in made.ids}
            desk.take(by, [Answer(i, YES if 10 <= i - 1 < 20 else NO, rounds[i]) for i in batch.items])

    people = [threading.Thread(target=answers, args=(f"person-{n}",)) for n in range(8)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(firsts) == len(set(firsts)) == N - len(desk.campaign.search.propagated)
    told = agreement(owls, "owl")
    assert told.both > 0 and told.share == 1.0
    with owls.read() as c:
        assert len(labels.entries(c, "owl")) == len(firsts) + told.both
    assert {one.outcome for one in replay(owls, "owl") if one.strategy == "top"} == {"same"}
