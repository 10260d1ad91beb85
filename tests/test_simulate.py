from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pool_making import make_pool, turn

from raravis import plugins
from raravis.errors import InputError
from raravis.flow.search import Search
from raravis.pick.ends import Ends
from raravis.pick.random import random
from raravis.pick.top import top
from raravis.simulate import Curve, Found, Noise, Result, Tally, Truth, quartiles, simulate
from raravis.simulate.plot import plot
from raravis.train.linear import fit
from raravis.types import Pool


def truth_of(value: list[int], met: list[tuple[int, int]] | None = None, events: int = 0) -> Truth:
    return Truth(np.array(value, np.int8), np.array(met or [], np.int64).reshape(-1, 2), events)


def small() -> tuple[Pool, Truth]:
    """30 frames in time; yes are 0..4 (event 0) and 20..22 (event 1); event 2 is met by no frame."""
    value = [1 if n < 5 or 20 <= n < 23 else -1 for n in range(30)]
    met = [(n, 0 if n < 5 else 1) for n in range(30) if value[n] == 1]
    angles = np.where(np.array(value) == 1, np.arange(30) * 0.5, 40 + np.arange(30))
    return make_pool(turn(*angles)), truth_of(value, met, events=3)


def test_items_and_events_are_counted_after_every_answer() -> None:
    truth = truth_of([1, 1, -1, 1, 0], [(0, 0), (1, 0), (3, 1)], events=2)
    tally = Tally(truth, np.arange(5))
    tally.answered([2, 1, 4, 0, 3])
    curve = tally.curve("x", 0)
    assert curve.answers == [0, 1, 2, 3, 4, 5]
    assert curve.items == Found(3, [0, 0, 1, 1, 2, 3]) and curve.events == Found(2, [0, 0, 1, 1, 1, 2])
    assert [curve.answers_to("items", q) for q in (0.3, 0.5, 1)] == [2, 4, 5]
    assert curve.answers_to("events", 0.5) == 2


def test_a_frame_is_found_once_by_any_of_its_items() -> None:
    tally = Tally(truth_of([1, 1, -1, 1]), np.array([0, 0, 0, 1]))
    tally.answered([1, 0])
    assert tally.items == Found(2, [0, 1, 1])


def test_what_was_given_free_counts_neither_way() -> None:
    truth = truth_of([1, 1, 1], [(0, 0), (1, 0), (2, 1)], events=2)
    tally = Tally(truth, np.arange(3), free=[0, 2])
    assert (tally.items.wanted, tally.events.wanted) == (1, 1)
    tally.answered([1])
    assert tally.items.recall() == tally.events.recall() == [0, 1]


def test_an_event_that_no_item_meets_is_missed() -> None:
    tally = Tally(truth_of([1], [(0, 0)], events=2), np.arange(1))
    tally.answered([0])
    assert tally.events.recall() == [0, 0.5] and tally.curve("x", 0).answers_to("events", 0.9) is None


def test_an_item_that_shares_time_with_an_event_but_is_no_yes_finds_nothing() -> None:
    tally = Tally(truth_of([-1, 1], [(0, 0), (1, 1)], events=2), np.arange(2))
    tally.answered([0])
    assert tally.events.counts == [0, 0]


def test_a_right_propagated_yes_is_found_free_and_a_false_one_costs_an_answer() -> None:
    tally = Tally(truth_of([1, 1, -1, -1]), np.arange(4))
    tally.answered([0])
    tally.propagate([1, 2, 3])
    curve = tally.curve("x", 0)
    assert curve.answers == [0, 1, 1, 2, 3] and curve.items.counts == [0, 1, 2, 2, 2] and curve.propagated == (3, 1)


def test_a_run_asks_every_item_once_when_the_budget_allows() -> None:
    pool, truth = small()
    result = simulate(pool, truth, {"random": random}, seeds=2, budget=100)
    for curve in result.curves:
        assert curve.answers == list(range(30)) and curve.items.recall()[-1] == 1
        assert curve.events.recall()[-1] == pytest.approx(2 / 3)
    assert not pool.asked.any() and pool.budget_left is None


def test_the_budget_and_the_wanted_recall_end_a_run() -> None:
    pool, truth = small()
    assert simulate(pool, truth, {"top": top}, seeds=1, budget=7, look=3).curves[0].answers[-1] == 7
    early = simulate(pool, truth, {"top": top}, seeds=1, look=1, target_recall=0.5).curves[0]
    assert early.items.recall()[-1] >= 0.5 > early.items.recall()[-2]


def test_a_ranked_search_needs_fewer_answers_than_random_looking() -> None:
    pool, truth = small()
    summary = simulate(pool, truth, {"random": random, "top": top}, seeds=5, look=2).summary()
    assert summary["top"]["items"]["0.9"] <= 10 < summary["random"]["items"]["0.9"]
    assert summary["top"]["events"]["0.95"] is None


def test_seeds_begin_with_the_example_of_their_number_and_go_round() -> None:
    pool, truth = small()
    pool.examples, pool.example_sign = turn(0, 10, 90), np.array([1, 1, -1], np.int8)
    seen: list[list[float]] = []

    def watching(inner: Pool, k: int, rng: np.random.Generator) -> tuple[object, object]:
        if inner.budget_left == 1:
            seen.append(np.rad2deg(np.arctan2(*inner.examples.T[::-1])).round().tolist())
        return top(inner, k, rng)

    result = simulate(pool, truth, {"w": watching}, seeds=3, budget=1)  # type: ignore[dict-item]
    assert result.start == "example" and seen == [[90, 0], [90, 10], [90, 0]]


def test_without_examples_a_run_begins_with_a_true_item_that_is_the_same_for_every_strategy() -> None:
    pool, truth = small()
    free: dict[str, list[int]] = {"a": [], "b": []}

    def noting(name: str) -> object:
        def strategy(inner: Pool, k: int, rng: np.random.Generator) -> tuple[object, object]:
            if inner.budget_left == 1:
                free[name].append(int(np.flatnonzero(inner.asked)[0]))
            return top(inner, k, rng)

        return strategy

    result = simulate(pool, truth, {"a": noting("a"), "b": noting("b")}, seeds=4, budget=1)  # type: ignore[dict-item]
    assert result.start == "item" and free["a"] == free["b"] and len(set(free["a"])) > 1
    assert all(truth.value[row] == 1 for row in free["a"])


def test_more_items_of_either_kind_can_be_given_free() -> None:
    pool, truth = small()
    result = simulate(pool, truth, {"top": top}, seeds=1, num_pos_train_seed=3, num_neg_train_seed=4)
    assert result.curves[0].answers[-1] == 30 - 7 and result.curves[0].items.wanted == 8 - 3
    with pytest.raises(InputError, match="num_neg_train_seed is 99, but only 22 items"):
        simulate(pool, truth, {"top": top}, num_neg_train_seed=99)


def test_nothing_to_find_and_nothing_to_start_from_are_refused() -> None:
    pool, truth = small()
    with pytest.raises(InputError, match="nothing to find"):
        simulate(pool, truth_of([-1] * 30), {"top": top}, num_pos_train_seed=0)
    with pytest.raises(InputError, match="no example to start from"):
        simulate(pool, truth, {"top": top}, start="example")


def test_stored_answers_are_ignored() -> None:
    pool, truth = small()
    fresh = simulate(pool, truth, {"top": top}, seeds=2)
    assert len(fresh.curves[0].round_seconds) == 10 and min(fresh.curves[0].round_seconds) > 0
    pool.asked[:10], pool.label[:10], pool.weight[:10] = True, 1, 1
    pool.prob = np.ones(30, np.float32)
    again = simulate(pool, truth, {"top": top}, seeds=2)
    assert json.loads(again.to_json())["curves"] == json.loads(fresh.to_json())["curves"]


@pytest.mark.parametrize("name", plugins.names("pick"))
def test_a_strategy_picks_the_same_under_two_truths_until_an_answer_differs(name: str) -> None:
    pool, truth = small()
    changed = np.random.default_rng(3).permutation(30)[:10]
    other = truth.value.copy()
    other[changed] *= -1
    first, second = (Search(make_pool(pool.vectors.data), plugins.strategy(name), fit=fit, seed=5) for _ in range(2))
    same_until_now = True
    for _ in range(15):
        rows, _ = first.next(2)
        if same_until_now:
            assert rows.tolist() == second.next(2)[0].tolist()
        same_until_now = same_until_now and not np.isin(rows, changed).any()
        if not same_until_now:
            return
        first.record(rows, truth.value[rows])
        second.record(rows, other[rows])
    pytest.fail("no answer ever differed")


def result_of() -> Result:
    curves = [
        Curve("a", 0, [0, 1, 2, 3], Found(2, [0, 1, 1, 2]), Found(1, [0, 0, 1, 1]), round_seconds=(1, 4)),
        Curve("a", 1, [0, 1, 2], Found(2, [0, 0, 1]), Found(1, [0, 0, 0]), round_seconds=(2,)),
        Curve("a", 2, [0, 1, 2], Found(2, [0, 0, 1]), Found(1, [0, 0, 1])),
        Curve("b: long", 0, [0, 1], Found(2, [0, 2]), Found(1, [0, 1])),
    ]
    return Result(curves, "item")


def test_the_summary_is_the_median_over_seeds_and_null_where_half_never_got_there() -> None:
    summary = json.loads(result_of().to_json())["summary"]
    assert summary["a"] == {
        "items": {"0.5": 2, "0.8": None, "0.9": None, "0.95": None},
        "events": {"0.5": 2, "0.8": 2, "0.9": 2, "0.95": 2},
    }
    assert summary["b: long"]["items"]["0.95"] == 1


def test_json_holds_the_summary_the_measures_and_every_curve() -> None:
    told = json.loads(result_of().to_json())
    assert set(told) == {"summary", "measures", "curves"} and "\n" not in result_of().to_json()
    assert told["curves"][1] == {
        "strategy": "a",
        "seed": 1,
        "answers": [0, 1, 2],
        "item_recall": [0, 0, 0.5],
        "event_recall": [0, 0, 0],
    }


def test_measures_are_quartiles_over_seeds_with_the_area_and_the_seconds_of_a_look() -> None:
    told = json.loads(result_of().to_json())["measures"]["a"]
    assert told["items"]["0.5"] == [1, 2, 2] and told["items"]["0.9"] == [3, None, None]
    assert told["items"]["area"] == [0.333333, 0.333333, 0.666667]  # (0 + .5 + .5) / 3 and (.5 + .5 + 1) / 3
    assert told["round_seconds"] == 2.0  # the median of 1, 2 and 4


def test_an_area_goes_on_with_what_an_early_end_has_found() -> None:
    curve = Curve("a", 0, [0, 1, 2], Found(2, [0, 0, 1]), Found(1, [0, 1, 1]))
    assert curve.area("items", 4) == pytest.approx((0 + 0.5 + 0.5 + 0.5) / 4)
    assert curve.area("events", 4) == 1 and curve.area("items", 0) == 0


def test_false_answers_that_cost_nothing_leave_one_number_of_answers_with_its_last_count() -> None:
    curve = Curve("a", 0, [0, 1, 1, 1, 2], Found(4, [0, 1, 2, 3, 4]), Found(0, [0] * 5))
    assert curve.recall_at("items", [0, 1, 2]).tolist() == [0, 0.75, 1]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [([], [None] * 3), ([5], [5, 5, 5]), ([4, None, 2, 1, 3], [2, 3, 4]), ([1, None], [1, None, None])],
)
def test_quartiles_are_values_and_never_reached_comes_last(values: list[int | None], wanted: list[int | None]) -> None:
    assert quartiles(values) == wanted


def test_a_miss_rate_turns_yes_to_no_and_no_other_answer() -> None:
    value = np.array([1, -1, 0] * 1000, np.int8)
    heard = Noise(miss_rate=0.2).heard(value, seed=1)
    assert 150 < np.sum(heard[value == 1] == -1) < 250  # four standard deviations are 51
    assert (heard[value != 1] == value[value != 1]).all()
    assert (Noise(false_yes_rate=1).heard(value, seed=1) == [1, 1, 0] * 1000).all()


def test_an_item_is_answered_alike_whenever_it_is_asked_and_differently_by_another_seed() -> None:
    noise, value = Noise(0.5, 0.5), np.ones(100, np.int8)
    assert (noise.heard(value, 3) == noise.heard(value, 3)).all() and (
        noise.heard(value, 3) != noise.heard(value, 4)
    ).any()


def test_rates_beyond_all_or_nothing_are_refused() -> None:
    with pytest.raises(InputError, match=r"false_yes_rate is 1.5; wanted a share in 0\.\.1"):
        Noise(false_yes_rate=1.5)


def test_what_is_missed_is_not_found_and_a_false_yes_finds_nothing() -> None:
    pool, truth = small()
    deaf = simulate(pool, truth, {"random": random}, seeds=1, noise=Noise(miss_rate=1)).curves[0]
    assert deaf.answers[-1] == 29 and deaf.items.counts[-1] == deaf.events.counts[-1] == 0
    wild = simulate(pool, truth, {"random": random}, seeds=1, noise=Noise(false_yes_rate=1)).curves[0]
    assert wild.items.counts[-1] == 7 and wild.items.counts[:2] in ([0, 0], [0, 1])


def test_the_csv_has_a_line_an_answer(tmp_path: Path) -> None:
    with result_of().to_csv(tmp_path / "curve.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 + 3 + 3 + 2
    assert rows[1] == {"strategy": "a", "seed": "0", "answers": "1", "item_recall": "0.5", "event_recall": "0.0"}


def test_the_plot_is_a_picture_with_two_panels(tmp_path: Path) -> None:
    with Image.open(plot(result_of(), tmp_path / "curve.png")) as picture:
        assert picture.width > 2 * picture.height
        colours = picture.convert("RGB").getcolors(1 << 24)
    assert colours is not None and {(0, 114, 178), (213, 94, 0)} <= {colour for _, colour in colours}


def test_the_plot_of_no_runs_is_still_a_picture(tmp_path: Path) -> None:
    assert plot(Result([], "item"), tmp_path / "none.png").stat().st_size > 0


def test_a_propagated_yes_that_is_taken_back_is_no_longer_found_and_what_a_false_one_cost_stays() -> None:
    tally = Tally(truth_of([1, 1, -1, 0]), np.arange(4))
    tally.propagate([1, 2, 3])  # can't tell counts neither way
    assert tally.items.counts[-1] == 1 and tally.answers[-1] == 1 and tally.propagated == [2, 1]
    tally.propagate([])
    tally.answered([0])
    assert tally.items.counts[-1] == 1 and tally.answers[-1] == 2
    tally.propagate([1, 2])
    assert tally.items.counts[-1] == 2 and tally.answers[-1] == 2 and tally.propagated == [2, 1]


def test_a_run_with_ends_finds_an_event_for_fewer_answers_and_says_how_many_labels_were_right() -> None:
    value = [1 if 100 <= n < 200 else -1 for n in range(300)]
    truth = truth_of(value, [(n, 0) for n in range(100, 200)], events=1)
    pool = make_pool(turn(*[0] * 100, *[90] * 100, *[0] * 100))
    ends = {"random+ends": Ends(gap_seconds=0)}
    strategies = {"random": random, "random+ends": random}
    result = simulate(pool, truth, strategies, seeds=1, budget=300, ends=ends, target_recall=0.95)
    plain, with_ends = result.curves
    assert with_ends.answers[-1] < 20 < 200 < plain.answers[-1]
    assert with_ends.propagated[0] == with_ends.propagated[1] > 80 and plain.propagated == (0, 0)
