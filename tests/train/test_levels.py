"""Labelled vectors to heads: what each level can learn, and what is said of how well."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from raravis.errors import InputError
from raravis.train.examples import Examples, loss
from raravis.train.labelled import Labelled
from raravis.train.levels import folds, train_level
from raravis.train.many import UNTAUGHT, fit_linear
from raravis.train.mlp import fit_mlp
from raravis.types import Floats


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def one_hot(which: Sequence[int], c: int) -> np.ndarray:
    return np.where(np.arange(c) == np.asarray(which)[:, None], 1, -1).astype(np.int8)


def labelled(
    vectors: Floats,
    value: np.ndarray,
    *,
    exclusive: bool = True,
    group: Sequence[int] | None = None,
    split: Sequence[str] | None = None,
) -> Labelled:
    n = len(vectors)
    return Labelled(
        names=tuple("abcdefgh"[: value.shape[1]]),
        exclusive=exclusive,
        value=value.astype(np.int8),
        group=np.arange(n) if group is None else np.asarray(group),
        weight=np.ones(n, np.float32),
        split=tuple(split or [""] * n),
        shown=("",) * n,
        pictures=lambda rows: iter(()),
        vectors=vectors.__getitem__,
        encoder="toy-1",
    )


def blobs(n: int, c: int = 3, *, spread: float = 0.2) -> tuple[Floats, np.ndarray]:
    """n points around c corners, in turn."""
    which = np.arange(n) % c
    return (np.eye(c, 8, dtype=np.float32)[which] + rng(1).normal(0, spread, (n, 8))).astype(np.float32), which


def crossed(n: int) -> tuple[Floats, np.ndarray]:
    """Exclusive or: the class is whether two signs agree."""
    x = rng(2).normal(size=(n, 2)).astype(np.float32)
    return x, (x[:, 0] * x[:, 1] > 0).astype(np.int64)


@pytest.mark.parametrize("level", ["linear", "mlp"])
def test_several_classes_are_told_apart_and_their_probabilities_add_up_to_1(level: str) -> None:
    vectors, which = blobs(120)
    head, report = train_level(labelled(vectors, one_hot(which, 3)), level, rng())
    prob = head.probability(vectors)
    assert prob.sum(axis=1) == pytest.approx(np.ones(120), abs=1e-5) and (prob.argmax(axis=1) == which).mean() > 0.95
    assert head.exclusive and head.names == ("a", "b", "c") and head.encoder == "toy-1"
    assert bool(head.hidden) == (level == "mlp")
    assert report.yes == (40, 40, 40) and report.no == (80, 80, 80) and report.groups == 120
    assert report.measures["accuracy"] > 0.95 and report.warnings == ()
    assert report.held_out == "5 folds by group, each tried by a head of the others"


def test_what_no_line_parts_a_small_network_does() -> None:
    vectors, which = crossed(400)
    data = labelled(vectors, one_hot(which, 2))
    accuracy = {level: train_level(data, level, rng())[1].measures["accuracy"] for level in ("linear", "mlp")}
    assert accuracy["linear"] < 0.65 and accuracy["mlp"] > 0.9


@pytest.mark.parametrize("level", ["linear", "mlp"])
def test_classes_that_may_hold_together_are_learnt_each_by_itself_from_what_is_known(level: str) -> None:
    vectors = rng().normal(size=(300, 4)).astype(np.float32)
    value = np.where(vectors[:, :2] > 0, 1, -1)
    value[::3, 0] = 0  # unknown
    head, report = train_level(labelled(vectors, value, exclusive=False), level, rng())
    prob = head.probability(vectors)
    assert ((prob > 0.5) == (vectors[:, :2] > 0)).mean() > 0.9 and (prob.min(axis=1) > 0.5).any()
    assert report.yes[0] + report.no[0] == 200 and report.yes[1] + report.no[1] == 300
    assert min(report.average_precision) > 0.9 and "accuracy" not in report.measures


@pytest.mark.parametrize("level", ["linear", "mlp"])
def test_the_same_seed_gives_the_same_head_to_the_bit(level: str) -> None:
    vectors, which = blobs(60)
    data = labelled(vectors, one_hot(which, 3))
    one, other = (train_level(data, level, rng(7))[0] for _ in range(2))
    assert one.weight.tobytes() == other.weight.tobytes() and one.calibration.tolist() == other.calibration.tolist()


def test_pictures_of_val_are_tried_and_do_not_teach() -> None:
    vectors, which = blobs(90)
    vectors[60:] += np.eye(8, dtype=np.float32)[7] * 5
    split = ["train"] * 60 + ["val"] * 30
    head, report = train_level(labelled(vectors, one_hot(which, 3), split=split), "linear", rng())
    alone, _ = train_level(labelled(vectors[:60], one_hot(which[:60], 3)), "linear", rng())
    assert head.weight == pytest.approx(alone.weight) and report.held_out == "30 pictures of val"
    assert report.yes == (20, 20, 20)


def test_folds_cut_no_group_and_each_has_its_share_of_every_class() -> None:
    which = np.repeat([0, 1], [40, 160])
    group = np.concatenate([np.repeat(np.arange(10), 4), 100 + np.repeat(np.arange(20), 8)])
    vectors = np.zeros((200, 2), np.float32)
    cut = folds(Examples(vectors, one_hot(which, 2), np.ones(200, np.float32), True), group, rng())
    assert np.sum(cut, axis=0).tolist() == [1] * 200 and len(cut) == 5
    assert all(len({fold[group == one].all() or not fold[group == one].any() for one in group}) == 1 for fold in cut)
    assert [(int(fold[which == 0].sum()), int(fold[which == 1].sum())) for fold in cut] == [(8, 32)] * 5


def test_one_group_alone_cannot_be_tried_and_says_so() -> None:
    vectors, which = blobs(30)
    head, report = train_level(labelled(vectors, one_hot(which, 3), group=[4] * 30), "mlp", rng())
    assert report.held_out == "nothing: all is one group" and report.measures == {}
    assert (head.probability(vectors).argmax(axis=1) == which).mean() > 0.9
    assert head.calibration.tolist() == [[1, 1, 1], [0, 0, 0]] and head.threshold.tolist() == [0.5] * 3
    assert report.warnings == ("threshold 0.5 for 'a', 'b', 'c': held-out yes or no in fewer than 5 separate groups",)


@pytest.mark.parametrize("level", ["linear", "mlp"])
def test_a_class_with_a_single_example_trains_and_is_warned_of(level: str) -> None:
    vectors, which = blobs(41, 2)
    which[40] = 2
    vectors[40] = np.eye(8)[5]
    head, report = train_level(labelled(vectors, one_hot(which, 3)), level, rng())
    assert report.warnings[0] == "class 'c' has a single example: expect little of it"
    assert np.isnan(report.average_precision[2]) and report.average_precision[0] > 0.9
    assert head.probability(vectors)[40].argmax() == 2


def test_a_class_without_a_yes_is_refused_in_one_line() -> None:
    vectors, which = blobs(20, 2)
    with pytest.raises(InputError, match="class 'c' cannot be learnt: it has 0 yes and 20 no; add a yes"):
        train_level(labelled(vectors, one_hot(which, 3)), "linear", rng())
    with pytest.raises(InputError, match="unknown level 'deep'; known: linear, mlp, finetune"):
        train_level(labelled(vectors, one_hot(which, 2)), "deep", rng())


def test_a_class_that_a_fold_was_not_taught_is_never_said() -> None:
    vectors, which = blobs(30, 2)
    net = fit_linear(Examples(vectors, one_hot(which, 3), np.ones(30, np.float32), True))
    assert set(net.logits(vectors)[:, 2].tolist()) == {UNTAUGHT}
    assert (net.logits(vectors).argmax(axis=1) == which).all()


def test_each_class_weighs_the_same_however_few_its_examples() -> None:
    value = one_hot([0, 0, 0, 1], 2)
    shares = Examples(np.zeros((4, 1), np.float32), value, np.ones(4, np.float32), True).shares()
    assert shares == pytest.approx(np.array([[1 / 6, 0]] * 3 + [[0, 1 / 2]]))
    shares = Examples(
        np.zeros((4, 1), np.float32), np.array([[1], [-1], [-1], [0]], np.int8), np.ones(4, np.float32), False
    ).shares()
    assert shares == pytest.approx(np.array([[1 / 2], [1 / 4], [1 / 4], [0]]))


def test_the_loss_is_that_of_a_coin_where_nothing_is_known() -> None:
    for exclusive in (True, False):
        examples = Examples(np.zeros((4, 1), np.float32), one_hot([0, 1, 0, 1], 2), np.ones(4, np.float32), exclusive)
        assert loss(np.zeros((4, 2), np.float32), examples, examples.shares()) == pytest.approx(np.log(2))


def test_a_network_stops_where_what_is_held_out_does_best() -> None:
    vectors, which = blobs(60, 2, spread=1.0)
    taught, watched = (Examples(vectors[i::2], one_hot(which[i::2], 2), np.ones(30, np.float32), True) for i in (0, 1))
    noise = Examples(watched.vectors, watched.value[rng().permutation(30)], watched.weight, True)
    kept = fit_mlp(taught, rng(), watched=watched)
    assert 1 <= fit_mlp(taught, rng(), watched=noise).epochs <= kept.epochs
    assert fit_mlp(taught, rng(), epochs=3).epochs == 3


def calibration_error(prob: Floats, right: np.ndarray) -> float:
    """Mean |share right - mean probability| over ten bins, each weighed by its rows."""
    bins = np.minimum((prob * 10).astype(np.int64), 9)
    return float(np.abs(np.bincount(bins, weights=right - prob)).sum() / len(prob))


@pytest.mark.parametrize("level", ["linear", "mlp"])
def test_probabilities_of_what_was_never_seen_hold_also_where_classes_are_not_equally_frequent(level: str) -> None:
    which = np.repeat([0, 1, 2], [600, 150, 50])
    vectors = (np.eye(3, 8, dtype=np.float32)[which] + rng(4).normal(0, 0.6, (800, 8))).astype(np.float32)
    seen, fresh = np.arange(0, 800, 2), np.arange(1, 800, 2)
    head, _ = train_level(labelled(vectors[seen], one_hot(which[seen], 3)), level, rng())
    prob = head.probability(vectors[fresh])
    sure = prob.max(axis=1)
    assert calibration_error(sure, prob.argmax(axis=1) == which[fresh]) < 0.06
    assert prob.mean(axis=0) == pytest.approx([0.75, 0.1875, 0.0625], abs=0.03)


def test_rows_that_weigh_less_than_an_answer_teach_and_are_no_evidence() -> None:
    vectors, which = blobs(60, 2)
    value = one_hot(which, 2)[:, :1]
    data = labelled(vectors, value, exclusive=False)
    data.weight[40:] = 0.5
    _, report = train_level(data, "linear", rng())
    assert report.yes == (20,) and report.no == (20,) and report.groups == 40
    lone = labelled(vectors, value, exclusive=False, group=[0] * 40 + list(range(1, 21)))
    lone.weight[40:] = 0.5
    assert train_level(lone, "mlp", rng())[1].held_out == "nothing: all is one group"
