from __future__ import annotations

import pytest
from sqlalchemy import Connection
from store_making import add_source

from raravis.errors import InputError
from raravis.store import concepts, encoders, log, progress


def test_the_last_mark_of_a_subject_counts(c: Connection) -> None:
    progress.mark(c, "ingest", "", "a.mp4", "failed", reason="empty file", seconds=1.0)
    progress.mark(c, "ingest", "", "a.mp4", "done", seconds=2.0)
    progress.mark(c, "ingest", "", "b.txt", "skipped", reason="no media")
    progress.mark(c, "sample", "every:1", "a.mp4", "failed", reason="cut short")
    assert progress.states(c, "ingest", "") == {"a.mp4": ("done", ""), "b.txt": ("skipped", "no media")}
    assert progress.states(c, "sample", "keyframes") == {}


def test_counts_are_by_stage_and_setting_in_the_order_begun(c: Connection) -> None:
    source = add_source(c)
    for subject, state in (("a", "done"), ("b", "failed"), ("c", "done")):
        progress.mark(c, "sample", "every:1", subject, state, source_id=source, seconds=1.5)
    progress.mark(c, "embed", "toy", "a", "skipped", reason="no items")
    assert progress.counts(c) == [("sample", "every:1", 2, 1, 0, 4.5), ("embed", "toy", 0, 0, 1, 0.0)]


def test_failures_are_listed_oldest_first_up_to_the_limit(c: Connection) -> None:
    assert progress.failures(c) == [] == progress.counts(c)
    for subject in ("a", "b", "c"):
        progress.mark(c, "ingest", "", subject, "failed", reason="empty")
    progress.mark(c, "ingest", "", "a", "done")
    assert progress.failures(c, limit=1) == [("ingest", "", "b", "failed", "empty")]
    assert len(progress.failures(c)) == 2


def test_what_failed_is_listed_before_what_was_skipped(c: Connection) -> None:
    for subject, state in (("notes.txt", "skipped"), ("b", "failed"), ("more.txt", "skipped"), ("a", "failed")):
        progress.mark(c, "ingest", "", subject, state, reason="empty")
    assert [failure.subject for failure in progress.failures(c)] == ["b", "a", "notes.txt", "more.txt"]
    assert [failure.subject for failure in progress.failures(c, limit=3)] == ["b", "a", "notes.txt"]


def test_an_unknown_concept_names_the_known_ones(c: Connection) -> None:
    none = "known: none yet; name one with: raravis search --for NAME --like PICTURE"
    for _ in range(2):
        with pytest.raises(InputError, match=f"unknown concept 'fox'; {none}"):
            concepts.require(c, "fox")
        concepts.add(c, "")  # what a search by pictures alone is about
    assert concepts.add(c, "owl") == concepts.add(c, "owl") == concepts.require(c, "owl")
    concepts.add(c, "ant")
    with pytest.raises(InputError, match="unknown concept 'fox'; known: owl, ant"):
        concepts.require(c, "fox")


def test_an_unknown_encoder_names_the_known_ones(c: Connection) -> None:
    with pytest.raises(InputError, match="unknown encoder 'toy'; known: none yet, run: raravis embed"):
        encoders.require(c, "toy")
    encoders.add(c, "toy@1", spec="toy", dim=4)
    encoders.add(c, "toy@1", spec="toy", dim=4)
    assert [each[:3] for each in encoders.all(c)] == [("toy@1", "toy", 4)]
    with pytest.raises(InputError, match="unknown encoder 'toy'; known: toy@1"):
        encoders.require(c, "toy")


def test_an_encoder_whose_vectors_changed_length_needs_a_new_id(c: Connection) -> None:
    encoders.add(c, "toy@1", spec="toy", dim=4)
    with pytest.raises(InputError, match="its vectors have 4 numbers, got 5"):
        encoders.add(c, "toy@1", spec="toy", dim=5)


def test_the_log_keeps_its_order(c: Connection) -> None:
    assert log.all(c) == []
    log.add(c, "forget", "b")
    log.add(c, "forget", "a")
    assert [entry.detail for entry in log.all(c)] == ["b", "a"]
    assert log.all(c)[0].at <= log.all(c)[1].at
