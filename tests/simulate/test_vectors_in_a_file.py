"""Simulations on vectors in a file: what it may hold, and how it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pool_making import turn

from raravis.errors import InputError
from raravis.simulate.files import read, simulate_vectors
from raravis.simulate.specs import runners, specs


def saved(folder: Path, **arrays: Any) -> Path:
    path = folder / "v.npz"
    np.savez(path, **arrays)
    return path


def six(**more: Any) -> dict[str, Any]:
    """Six items in time: yes at 0, 1 and 5 s; the fourth cannot be told."""
    value = np.array([1, 1, -1, 0, -1, 1], np.int8)
    return {"vectors": turn(0, 5, 90, 45, 80, 10), "value": value, "seconds": np.arange(6.0)} | more


def events_met(path: Path, **settings: Any) -> list[list[int]]:
    return read(path, **settings)[1].met.tolist()


def test_rows_become_items_of_unit_length_with_their_times(tmp_path: Path) -> None:
    pool, truth = read(saved(tmp_path, **six(vectors=3 * turn(0, 5, 90, 45, 80, 10).astype(np.float16))))
    assert np.allclose(pool.vectors.data, turn(0, 5, 90, 45, 80, 10), atol=1e-3) and len(pool.examples) == 0
    assert pool.timeline.tolist() == [0] * 6 and pool.seconds.tolist() == [0, 1, 2, 3, 4, 5]
    assert truth.value.tolist() == [1, 1, -1, 0, -1, 1] and not pool.asked.any()


def test_yes_items_at_most_the_gap_apart_are_one_event(tmp_path: Path) -> None:
    path = saved(tmp_path, **six())
    assert events_met(path) == [[0, 0], [1, 0], [5, 1]]
    assert events_met(path, gap_seconds=0.9) == [[0, 0], [1, 1], [5, 2]]
    assert events_met(path, gap_seconds=4) == [[0, 0], [1, 0], [5, 0]]


def test_timelines_may_have_names_and_keep_events_apart(tmp_path: Path) -> None:
    path = saved(tmp_path, **six(timeline=np.array(["b", "a", "a", "a", "b", "b"])))
    assert read(path)[0].timeline.tolist() == [1, 0, 0, 0, 1, 1]
    assert events_met(path, gap_seconds=10) == [[0, 1], [1, 0], [5, 1]]


def test_without_times_every_item_stands_alone(tmp_path: Path) -> None:
    arrays = six()
    del arrays["seconds"]
    path = saved(tmp_path, **arrays)
    assert read(path)[0].timeline.tolist() == list(range(6)) and events_met(path) == [[0, 0], [1, 1], [5, 2]]


def test_events_can_be_given_and_a_yes_of_none_meets_none(tmp_path: Path) -> None:
    path = saved(tmp_path, **six(event=np.array([7, -1, 7, -1, -1, 7])))
    assert events_met(path) == [[0, 0], [5, 0]] and read(path)[1].events == 1


def test_a_simulation_starts_from_the_examples_in_the_file(tmp_path: Path) -> None:
    path = saved(tmp_path, **six(examples=turn(0, 90), example_sign=np.array([1, -1])))
    result = simulate_vectors(path, strategies="top,random", seeds=2, look=1)
    assert result.start == "example" and result.strategies() == ["top", "random"]
    assert result.answers_to("top", "items", 1) == [3, 3]


def test_no_items_are_nothing_to_find(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to find"):
        simulate_vectors(saved(tmp_path, vectors=np.zeros((0, 2)), value=np.zeros(0, int)), num_pos_train_seed=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": np.zeros(5, int)}, r"value: got the shape \(5,\); wanted \(6,\)"),
        ({"value": np.full(6, 2)}, "value: got int64 such as .*; wanted nothing but -1, 0, 1"),
        ({"value": np.ones(6)}, "value: got float64"),
        ({"seconds": np.full(6, np.nan)}, "seconds: .*; wanted finite numbers"),
        ({"seconds": np.array(["a"] * 6)}, "seconds: .*; wanted finite numbers"),
        ({"vectors": np.zeros((6, 2))}, r"vectors: row 0 has length 0\.0; wanted a direction"),
        ({"vectors": np.zeros(6)}, r"vectors: got \(6,\) of float64; wanted \(n, D\) floats"),
        ({"examples": np.ones((1, 3))}, r"examples: got \(1, 3\) of float64; wanted \(n, D\) floats, D the same"),
        ({"example_sign": np.array([1])}, r"example_sign: got the shape \(1,\); wanted \(0,\)"),
        ({"event": np.zeros(6)}, "event: got float64 .*; wanted whole numbers"),
        ({"label": np.zeros(6)}, "got the arrays .*label; wanted vectors, value and, where known, timeline, "),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=rf"v\.npz: {message}"):
        read(saved(tmp_path, **six(**change)))


def test_a_timeline_needs_its_seconds(tmp_path: Path) -> None:
    arrays = six(timeline=np.zeros(6))
    del arrays["seconds"]
    with pytest.raises(InputError, match="a timeline without seconds"):
        read(saved(tmp_path, **arrays))


def test_what_is_missing_or_no_npz_of_plain_arrays_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got the arrays vectors; wanted vectors, value"):
        read(saved(tmp_path, vectors=turn(0)))
    with pytest.raises(InputError, match=r"v\.npz: not an \.npz of plain arrays"):
        read(saved(tmp_path, vectors=turn(0), value=np.array([None], object)))
    np.save(tmp_path / "one.npy", turn(0))
    (tmp_path / "text.npz").write_text("value\n1\n")
    (tmp_path / "empty.npz").touch()
    np.savez_compressed(tmp_path / "whole.npz", **six())
    (tmp_path / "half.npz").write_bytes((tmp_path / "whole.npz").read_bytes()[:400])
    for name in ("one.npy", "text.npz", "empty.npz", "half.npz"):
        with pytest.raises(InputError, match=r"not an \.npz of plain arrays; write it with numpy\.savez"):
            read(tmp_path / name)
    with pytest.raises(InputError, match=r"no\.npz: cannot be read: No such file"):
        read(tmp_path / "no.npz")


def test_strategies_by_comma_keep_the_commas_of_their_settings() -> None:
    text = "top, ezmode:prox_rad=3,cluster=no,k-center"
    assert specs(text) == ["top", "ezmode:prox_rad=3,cluster=no", "k-center"]
    with pytest.raises(InputError, match="unknown strategy 'tip'"):
        runners("top,tip")
