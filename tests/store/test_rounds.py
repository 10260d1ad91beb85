from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import Connection, update
from store_making import fox_items, says

from raravis.errors import InputError
from raravis.store import concepts, heads, items, labels, rounds, schema, sources
from raravis.types import Head, Round


def a_round(ids: list[int], concept: str = "fox") -> Round:
    n = len(ids)
    params = {"prox_rad": 5.0, "cluster": False}
    return Round(0, concept, "ezmode", params, 7, tuple(ids), (0.5,) * n, ("top",) * n, None, 0, None, "toy@1", "0.1.0")


def a_head(bias: float = 0.5, encoder: str = "toy@1") -> Head:
    weight = np.array([[1.0], [2.0]], np.float32)
    one = np.ones(1, np.float32)
    return Head(("fox",), weight, one * bias, np.array([[1.0], [0.0]], np.float32), one / 2, encoder, (3, 1))


def test_a_round_comes_back_as_it_was(c: Connection) -> None:
    ids = fox_items(c)
    head_id = heads.add(c, "fox", a_head(), "train")
    asked = replace(a_round(ids), inclusion_prob=(0.1, 1.0, 1.0), head_id=head_id, labels_up_to=4)
    id = rounds.add(c, asked)
    assert rounds.get(c, id) == replace(asked, id=id)
    assert rounds.add(c, asked) > id


def test_rounds_are_listed_by_concept_oldest_first(c: Connection) -> None:
    ids = fox_items(c)
    concepts.add(c, "owl")
    first, second = rounds.add(c, a_round(ids[:1])), rounds.add(c, a_round([]))
    rounds.add(c, a_round(ids, "owl"))
    assert [round.id for round in rounds.all(c, "fox")] == [first, second]
    assert rounds.all(c, "fox")[1] == replace(a_round([]), id=second)


def test_an_unknown_round_or_concept_is_an_input_error(c: Connection) -> None:
    with pytest.raises(InputError, match="no round 3; make one with: raravis ask"):
        rounds.get(c, 3)
    with pytest.raises(InputError, match="unknown concept 'fox'"):
        rounds.add(c, a_round([]))


def test_the_newest_round_waits_until_every_item_is_answered(c: Connection) -> None:
    a, b, d = fox_items(c)
    assert rounds.latest_unanswered(c, "fox") is None
    rounds.add(c, a_round([d]))
    newest = rounds.add(c, a_round([a, b]))
    for label in (says(a, 1), says(b, 1, source="propagated")):
        labels.add(c, [label])
        waiting = rounds.latest_unanswered(c, "fox")
        assert waiting is not None and waiting.id == newest
    labels.add(c, [says(b, 0)])
    assert rounds.latest_unanswered(c, "fox") is None
    labels.withdraw(c, b, "fox", by="ann")
    assert rounds.latest_unanswered(c, "fox") is not None


def test_rounds_count_as_answered_in_once_whoever_answered_and_not_for_what_follows(c: Connection) -> None:
    a, b, d = fox_items(c)
    assert rounds.answered(c, "fox") == 0
    first, second = rounds.add(c, a_round([a, b])), rounds.add(c, a_round([d]))
    labels.add(c, [replace(says(d, 1, source="propagated"), round_id=second), says(b, 1)])
    assert rounds.answered(c, "fox") == 0
    labels.add(c, [replace(says(a, 1), round_id=first), replace(says(b, 0), round_id=first)])
    assert rounds.answered(c, "fox") == 1


def test_a_round_does_not_wait_for_forgotten_items(c: Connection) -> None:
    ids = fox_items(c)
    rounds.add(c, a_round(ids))
    sources.forget(c, items.get(c, ids)[0].source_id)
    assert rounds.latest_unanswered(c, "fox") is None


def test_the_latest_head_is_of_the_concept_and_the_encoder(c: Connection) -> None:
    for name in ("fox", "owl"):
        concepts.add(c, name)
    assert heads.latest(c, "fox", "toy@1") is None
    heads.add(c, "fox", a_head(1.0), "train")
    newest = heads.add(c, "fox", a_head(2.0), "round 3")
    heads.add(c, "fox", a_head(3.0, "toy@2"), "train")
    heads.add(c, "owl", a_head(4.0), "train")
    found = heads.latest(c, "fox", "toy@1")
    assert found is not None
    assert (found[0], found[1].bias.tolist()) == (newest, [2.0])


def test_a_head_comes_back_as_it_was(c: Connection) -> None:
    concepts.add(c, "fox")
    was, head = a_head(), heads.get(c, heads.add(c, "fox", a_head(), "train"))
    for name in ("weight", "bias", "calibration", "threshold"):
        assert getattr(head, name).tolist() == getattr(was, name).tolist() and getattr(head, name).dtype == np.float32
    assert (head.names, head.encoder, head.trained_on) == (("fox",), "toy@1", (3, 1))
    with pytest.raises(InputError, match="no head 99"):
        heads.get(c, 99)


def test_hidden_layers_and_classes_that_exclude_one_another_come_back_too(c: Connection) -> None:
    concepts.add(c, "fox")
    one, layer = a_head(), (np.ones((3, 2), np.float32), np.zeros(2, np.float32))
    head = heads.get(
        c,
        heads.add(
            c, "fox", replace(one, hidden=(layer, (np.eye(2, dtype=np.float32), layer[1])), exclusive=True), "train"
        ),
    )
    assert [weight.shape for weight, _ in head.hidden] == [(3, 2), (2, 2)] and head.exclusive and head.dim == 3
    assert heads.get(c, heads.add(c, "fox", one, "train")).hidden == ()


def test_a_head_that_an_older_version_kept_is_read_as_linear(c: Connection) -> None:
    concepts.add(c, "fox")
    id, head, file = heads.add(c, "fox", a_head(), "train"), a_head(), io.BytesIO()
    kept = {name: getattr(head, name) for name in ("weight", "bias", "calibration", "threshold")}
    np.savez_compressed(file, names=np.array(["fox"]), trained_on=np.array([3, 1]), **kept)
    c.execute(update(schema.heads).values(arrays=file.getvalue()))
    old = heads.get(c, id)
    assert old.weight.tolist() == head.weight.tolist() and old.hidden == () and not old.exclusive
