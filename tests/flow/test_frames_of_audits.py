"""Frames that an audit of events makes between those sampled: its own, and no part of the sample."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flow_making import by_oracle, collect

from raravis import flow
from raravis.errors import InputError
from raravis.flow.audits import units
from raravis.flow.audits.asking import ready
from raravis.flow.audits.units import Stamp
from raravis.flow.campaign import Campaign
from raravis.flow.collection import Collection, load
from raravis.flow.evaluating.draws import sampled
from raravis.flow.evaluating.trial import of_answers
from raravis.flow.replay import replay
from raravis.flow.results import found_events
from raravis.flow.spaces import lacking
from raravis.simulate.project import simulate_project
from raravis.store import Project, concepts, items, labels, sources
from raravis.store.items import ItemArrays
from raravis.types import YES, Ints, Label


def certify(project: Project, street: Path, **settings: Any) -> Any:
    return flow.certify(project, "red", by_oracle(project, street / "oracle.csv"), **{"look": 12, **settings})


def made_by_audits(project: Project) -> Ints:
    with project.read() as c:
        return items.unsampled(c, "audit")


def as_older_versions_had_it(project: Project, collection: Collection, stamp: Stamp) -> ItemArrays:
    return load(project, stamp.encoder, audited=True).table


@pytest.fixture
def audited(seen: Project, street: Path) -> Project:
    """Events of 1.6 s certified: 60 frames were sampled, and more were made to see where events end."""
    assert certify(seen, street, min_seconds=1.6).claim.found == 3
    assert len(made_by_audits(seen)) >= 6
    return seen


def test_a_claim_about_sampled_frames_counts_none_that_an_audit_of_events_made(audited: Project, street: Path) -> None:
    claim = certify(audited, street, unit="item", recall=0.5, budget=0).claim
    assert claim.units == 60 and claim.found <= 18
    assert certify(audited, street, unit="item", census=True).claim.found == 18


def test_neither_a_search_nor_a_simulation_sees_them(audited: Project, street: Path) -> None:
    assert len(load(audited)) == len(Campaign(audited, "red").search.pool) == 60
    assert not np.isin(made_by_audits(audited), load(audited).vectors.ids).any()
    assert len(load(audited, audited=True)) == 60 + len(made_by_audits(audited))
    known = simulate_project(audited, "red", street / "oracle.csv", strategies="random", seeds=1, budget=5)[1]
    assert len(known.truth.value) == 60


def test_frames_of_audits_are_missed_in_no_other_space(audited: Project) -> None:
    with audited.begin() as c:
        before = made_by_audits(audited)
        source = int(items.some(c, before.tolist()).source_id[0])
        (made,) = items.add_frames(c, np.array([source]), np.array([59999]), np.array([60000]), "audit")
    assert made not in before and lacking(audited) == ""


def test_an_audit_of_events_goes_on_with_the_frames_that_audits_made(audited: Project, street: Path) -> None:
    again = certify(audited, street, min_seconds=1.6, budget=0)
    assert again.claim.found == 3 and again.claim.holds and again.answers == 0


def test_what_is_estimated_of_an_audits_draws_is_of_all_its_moments(audited: Project) -> None:
    trial = of_answers(audited, ["red"], encoder=None, exclusive=False, gap_seconds=1.0)
    assert trial.collection is not None
    found = sampled(audited, "red", trial.collection)
    assert found is not None and set(found.unit.tolist()) == {-1, *range(len(found.outside))}


def test_what_is_estimated_of_random_looks_is_of_the_frames_sampled(audited: Project, street: Path) -> None:
    with audited.begin() as c:
        concepts.add(c, "seen")
        labels.add(c, [Label(item, "seen", YES, "ann") for item in made_by_audits(audited)[:2].tolist()])
    assert flow.ask(audited, "seen", strategy="random", k=9, place_ends=False) is not None
    flow.label(audited, "seen", by_oracle(audited, street / "oracle.csv", "red"))
    found = sampled(audited, "seen", load(audited, audited=True))
    assert found is not None and (len(found.outside), found.drawn.draws, len(found.drawn)) == (60, 9, 9)


def test_one_that_an_older_version_began_on_such_frames_goes_on_too(
    audited: Project, street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(units, "_there", as_older_versions_had_it)
        began = certify(audited, street, min_seconds=0.8, budget=12).claim
    assert certify(audited, street, min_seconds=0.8, budget=0).claim.units == began.units


def test_an_audit_of_frames_that_counted_them_is_refused_and_begins_anew(
    audited: Project, street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(units, "_there", as_older_versions_had_it)
        assert certify(audited, street, unit="item", budget=12).claim.units > 60
    with pytest.raises(
        InputError, match=r"counted frames that an audit of events had made, .* begin again with --anew"
    ):
        certify(audited, street, unit="item")
    assert certify(audited, street, unit="item", anew=True, budget=0).claim.units == 60


def test_searches_that_an_older_version_led_over_them_are_replayed(
    audited: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr("raravis.flow.campaign.load", functools.partial(load, audited=True))
        with audited.begin() as c:
            concepts.add(c, "sun")
        asked = flow.ask(audited, "sun", strategy="random", k=200)
    assert asked is not None and set(asked.ids) >= set(made_by_audits(audited).tolist())
    assert [one.outcome for one in replay(audited, "sun")] == ["same"]


def test_a_frame_that_was_made_and_not_answered_parts_no_event(project: Project, street: Path) -> None:
    collect(project, street / "film", sample="every:4")
    with project.begin() as c:
        concepts.add(c, "red")
        (source_id,) = sources.by_name(c, "street.mp4")
        source, table = sources.get(c, source_id), items.arrays(c)
        both = [int(table.ids[table.pts == source.pts(at)][0]) for at in (20, 24)]
        labels.add(c, [Label(item, "red", YES, "ann") for item in both])
    ready(project, "toy-1", [(source_id, source.pts(22))])
    assert [(e.start_seconds, e.end_seconds) for e in found_events(project, "red")] == [(20.0, 24.25)]
