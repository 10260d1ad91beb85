"""Near-duplicates: what is behind what, what is hidden from searches, and how it comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import media_making as making
import numpy as np
import pytest
from flow_making import collect

from raravis import flow
from raravis.errors import InputError
from raravis.flow.collection import load
from raravis.flow.dedup import Group, dedup, show
from raravis.flow.searching.duplicates import Behind, Terms, by_neighbours, leaders
from raravis.flow.searching.filters import Filter
from raravis.flow.searching.hiding import hidden_rows
from raravis.flow.searching.searcher import Searcher
from raravis.index.exact import Exact
from raravis.store import Project, concepts, hidden, items, labels, log
from raravis.types import Label, Vectors


def at(*degrees: float) -> Any:
    """Unit vectors in a plane: those d degrees apart have a cosine of cos d."""
    angle = np.deg2rad(degrees)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32).reshape(-1, 2)


def terms(n: int, apart: float, *, order: Any = None, said: Any = None, tick: Any = None, reach: int = 0) -> Terms:
    return Terms(
        float(np.cos(np.deg2rad(apart))) - 1e-6,
        np.arange(n) if order is None else np.array(order),
        np.zeros(n, np.int64) if said is None else np.array(said),
        np.zeros(n, np.int64) if tick is None else np.array(tick),
        reach,
    )


def quiet(done: int, total: int) -> None:
    assert done <= total


def behind(data: Any, wanted: Terms) -> list[int]:
    found = leaders(data, wanted, quiet)
    assert found.cosine.tolist() == pytest.approx((data * data[found.row]).sum(axis=1).tolist(), abs=1e-5)
    return found.row.tolist()


def test_a_row_is_behind_the_first_that_is_near_and_never_behind_what_is_only_near_to_that() -> None:
    assert behind(at(0, 2, 4, 50), terms(4, 2)) == [0, 0, 2, 3]  # 4° is near to 2°, which is behind 0°
    assert behind(at(0, 2, 4, 50), terms(4, 2, order=[1, 0, 2, 3])) == [1, 1, 1, 3]


def test_answers_keep_rows_apart_unless_they_are_the_same() -> None:
    assert behind(at(0, 0, 0, 0), terms(4, 2, said=[1, 2, 1, 0])) == [0, 1, 0, 0]


def test_only_what_lies_near_in_time_is_held_together() -> None:
    assert behind(at(0, 0, 0), terms(3, 2, tick=[0, 5, 11], reach=5)) == [0, 0, 2]


def slowly(data: Any, wanted: Terms) -> list[int]:
    """By definition, one after the other."""
    row = list(range(len(data)))
    standing: list[int] = []
    for one in wanted.order.tolist():
        near = [
            other
            for other in standing
            if data[one] @ data[other] >= wanted.threshold
            and abs(wanted.tick[one] - wanted.tick[other]) <= wanted.reach
            and wanted.said[one] in (0, wanted.said[other])
        ]
        row[one] = near[0] if near else one
        standing += [] if near else [one]
    return row


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("chunk", [3, 64])
def test_it_is_what_one_by_one_gives(monkeypatch: pytest.MonkeyPatch, seed: int, chunk: int) -> None:
    monkeypatch.setattr("raravis.flow.searching.duplicates.CHUNK", chunk)
    rng = np.random.default_rng(seed)
    data = at(*rng.choice(360, 40))
    wanted = terms(40, 9, order=rng.permutation(40), said=rng.integers(0, 3, 40), tick=rng.integers(0, 30, 40), reach=9)
    assert behind(data, wanted) == slowly(data, wanted)


def test_nothing_and_one_row_have_no_duplicates() -> None:
    assert behind(at(), terms(0, 2)) == [] and behind(at(0), terms(1, 2)) == [0]


class Held:
    """As much of a searcher's collection as is looked at."""

    def __init__(self, data: Any) -> None:
        self.vectors = Vectors(np.arange(len(data)), data.astype(np.float16), "toy-1")

    def __len__(self) -> int:
        return len(self.vectors)

    def rows(self, ids: Any) -> Any:
        return ids


def test_by_neighbours_each_is_near_to_what_stands_for_it_and_few_enough_give_the_same() -> None:
    data = at(*np.random.default_rng(0).choice(3600, 50) / 10)
    held: Any = Held(data)
    wanted = terms(50, 3, order=np.random.default_rng(1).permutation(50))
    found = by_neighbours(Searcher(held, Exact(held.vectors)), wanted, quiet)
    assert found.row.tolist() == leaders(held.vectors.data, wanted, quiet).row.tolist()
    assert np.any(found.row != np.arange(50)) and found.cosine.min() >= wanted.threshold


def test_by_neighbours_a_crowd_is_left_with_several_that_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("raravis.flow.searching.duplicates.NEAREST", 4)
    held: Any = Held(at(*np.arange(12) / 4))
    assert set(leaders(held.vectors.data, terms(12, 3), quiet).row.tolist()) == {0}
    found: Behind = by_neighbours(Searcher(held, Exact(held.vectors)), terms(12, 3), quiet)
    standing = np.flatnonzero(found.row == np.arange(12))
    assert 1 < len(standing) < 12 and found.cosine.min() >= terms(12, 3).threshold
    assert set(found.row.tolist()) == set(standing.tolist())


def ids(project: Project, **settings: Any) -> list[int]:
    return sorted(flow.search(project, like=["item:1"], k=9, **settings).ids)


def say(project: Project, concept: str, values: dict[int, int]) -> None:
    with project.begin() as c:
        concepts.add(c, concept)
        labels.add(c, [Label(item, concept, value, "ann") for item, value in values.items()])


def test_listing_hides_nothing(seen: Project) -> None:
    found = dedup(seen, threshold=0.99)
    assert found.others > 30 and found.items == 60 and found.exact
    with seen.read() as c:
        assert hidden.count(c) == 0
    assert all(min(group.cosines) >= 0.99 for group in found.groups)
    members = [item for group in found.groups for item in (group.shown, *group.others)]
    assert len(members) == len(set(members))


def test_what_is_hidden_comes_out_of_no_search_unless_wanted_and_show_undoes_it(seen: Project) -> None:
    everything = ids(seen, keep=False, filter=Filter())
    found = dedup(seen, threshold=0.99, hide=True)
    away = {item for group in found.groups for item in group.others}
    collection = load(seen)
    assert set(collection.vectors.ids[hidden_rows(seen, collection)].tolist()) == away
    result = flow.search(seen, like=["item:1"], k=60)
    assert len(result.ids) == 60 - len(away) and not away.intersection(result.ids)
    assert len(flow.search(seen, like=["item:1"], k=60, filter=Filter(duplicates=True)).ids) == 60
    assert show(seen) == len(away) and ids(seen, keep=False) == everything


def test_hiding_again_hides_what_was_found_then_and_nothing_else(seen: Project) -> None:
    dedup(seen, threshold=0.9, hide=True)
    found = dedup(seen, threshold=0.9999, hide=True)
    with seen.read() as c:
        assert hidden.count(c) == found.others
        assert [entry.action for entry in log.all(c)][-2:] == ["hide duplicates"] * 2


def test_the_item_with_most_answers_stands_for_the_others_else_the_earliest(seen: Project) -> None:
    before = dedup(seen, threshold=0.99).groups[0]
    assert before.shown == min((before.shown, *before.others))
    last = max(before.others)
    say(seen, "fox", {last: 1})
    say(seen, "owl", {last: -1})
    after = next(group for group in dedup(seen, threshold=0.99).groups if last in (group.shown, *group.others))
    assert after.shown == last


def test_items_with_other_answers_are_not_behind_one_another(seen: Project) -> None:
    group = dedup(seen, threshold=0.99).groups[0]
    one, other, *_ = group.others
    say(seen, "fox", {one: 1, other: -1})
    found = dedup(seen, threshold=0.99)
    assert {one, other} <= {group.shown for group in found.groups} | {
        item for item in range(1, 61) if all(item not in group.others for group in found.groups)
    }


def test_within_keeps_to_one_timeline_and_time(seen: Project) -> None:
    found = dedup(seen, threshold=0.9, within_seconds=2)
    with seen.read() as c:
        start = {item.id: item.pts for item in items.get(c, range(1, 61))}
    spans = [abs(start[other] - start[group.shown]) for group in found.groups for other in group.others]
    assert spans and found.elsewhere == 0
    assert max(len(group.others) for group in found.groups) <= 2


def test_what_hid_behind_a_forgotten_file_is_shown_again(project: Project, tmp_path: Path) -> None:
    for name in ("a", "b"):
        making.still(tmp_path / "stills" / f"{name}.png", shade=100 + ord(name) % 2)
    collect(project, tmp_path / "stills")
    assert dedup(project, threshold=0.9, hide=True).groups == [Group(1, (2,), (pytest.approx(1, abs=0.01),))]
    assert flow.search(project, like=["item:1"]).ids == (1,)
    flow.forget(project, "a.png")
    assert flow.search(project, like=["item:2"]).ids == (2,)
    with project.read() as c:
        assert hidden.count(c) == 0


def test_what_hid_behind_an_overwritten_file_is_shown_again(project: Project, tmp_path: Path) -> None:
    for name in ("a", "b"):
        making.still(tmp_path / "stills" / f"{name}.png", shade=100 + ord(name) % 2)
    collect(project, tmp_path / "stills")
    dedup(project, threshold=0.9, hide=True)
    making.still(tmp_path / "stills" / "a.png", shade=20, red=True)
    collect(project, tmp_path / "stills")
    assert set(flow.search(project, like=["item:2"]).ids) == {2, 3}


def test_asking_and_answers_go_on_as_before(seen: Project) -> None:
    dedup(seen, threshold=0.9, hide=True)
    say(seen, "red", {1: -1, 3: 1})
    asked = flow.ask(seen, "red", k=60, strategy="random", place_ends=False)
    assert asked is not None and len(asked.ids) == 58
    assert [one.outcome for one in flow.replay(seen, "red")] == ["same"]
    show(seen)
    assert [one.outcome for one in flow.replay(seen, "red")] == ["same"]


@pytest.mark.parametrize("threshold", [0, -0.5, 1.01, float("nan")])
def test_a_threshold_that_is_no_cosine_is_refused(seen: Project, threshold: float) -> None:
    with pytest.raises(InputError, match="as the threshold; wanted a cosine"):
        dedup(seen, threshold=threshold)


def test_a_time_that_is_none_is_refused(seen: Project) -> None:
    with pytest.raises(InputError, match="as the time within"):
        dedup(seen, within_seconds=0)
