"""What is held out, and what each picture teaches."""

from __future__ import annotations

import finetune_making as making
import numpy as np
import pytest

from raravis.errors import InputError
from raravis.train.finetune.settings import Settings
from raravis.train.finetune.splits import split
from raravis.train.finetune.targets import MOST, targets


def test_a_group_is_learned_from_or_held_out_and_never_both() -> None:
    data = making.labelled(60)
    parts = split(data, 0)
    assert not set(data.group[parts.train]) & set(data.group[parts.held])
    assert sorted([*parts.train, *parts.held]) == list(range(60))


def test_about_a_fifth_of_each_class_is_held_out() -> None:
    data = making.labelled(60)
    assert (data.value[split(data, 0).held] == 1).sum(axis=0).tolist() == [4, 4, 4]


def test_the_same_seed_holds_out_the_same_and_another_seed_others() -> None:
    data = making.labelled(60)
    assert split(data, 3).held.tolist() == split(data, 3).held.tolist() != split(data, 4).held.tolist()


def test_where_the_data_says_what_is_held_out_that_is_held_out_though_groups_straddle() -> None:
    data = making.labelled(12, split=("train",) * 5 + ("",) * 4 + ("val",) * 3)
    assert split(data, 0).held.tolist() == [9, 10, 11]


def test_a_class_of_one_group_is_learned_from() -> None:
    data = making.labelled(60, group=np.where(np.arange(60) // 2 % 3 == 0, 999, np.arange(60) // 2))
    held = split(data, 0).held
    assert (data.value[held] == 1).sum(axis=0)[0] == 0 < len(held)


def test_one_group_alone_is_all_learned_from() -> None:
    parts = split(making.labelled(12, group=np.zeros(12, np.int64)), 0)
    assert (len(parts.train), len(parts.held)) == (12, 0)


def test_no_picture_at_all_is_split_into_nothing() -> None:
    parts = split(making.labelled(0), 0)
    assert (len(parts.train), len(parts.held)) == (0, 0)


def test_pictures_of_no_class_or_of_two_are_left_out_where_classes_exclude_one_another() -> None:
    value = making.labelled(12).value.copy()
    value[0], value[1] = -1, 1
    parts = split(making.labelled(12, value=value), 0)
    assert sorted([*parts.train, *parts.held]) == list(range(2, 12))


def test_what_only_follows_from_answers_teaches_but_is_no_evidence() -> None:
    weight = np.full(60, 0.5, np.float32)
    weight[::2] = 1
    parts = split(making.labelled(60, weight=weight), 0)
    assert len(parts.held) and not (parts.held % 2).any()
    assert (parts.train % 2).any()


def test_of_classes_that_do_not_exclude_one_another_yes_and_no_are_both_left_to_learn_from() -> None:
    value = np.full((20, 2), -1, np.int8)
    value[:4, 0], value[3:19, 1] = 1, 1
    data = making.labelled(20, names=("a", "b"), exclusive=False, value=value, group=np.arange(20))
    for seed in range(20):
        left = data.value[split(data, seed).train]
        assert (left == 1).any(axis=0).all() and (left == -1).any(axis=0).all()


def test_balanced_classes_weigh_the_same_in_all_and_a_picture_1_in_the_mean() -> None:
    data = making.labelled(40)  # 14, 14 and 12
    yes, no = targets(data, np.arange(30), balanced=True)
    assert np.allclose(yes.sum(axis=0), 10) and not no.any()
    assert (data.value[:30] == 1).sum(axis=0).tolist() == [10, 10, 10]
    yes, _ = targets(data, np.arange(9), balanced=True)  # 4, 3 and 2
    assert np.allclose(yes.sum(axis=0), 3)
    assert np.allclose(yes.sum(axis=1).mean(), 1)


def test_unbalanced_pictures_weigh_what_their_weight_says() -> None:
    data = making.labelled(4, weight=np.array([1, 1, 1, 0.5], np.float32))
    yes, _ = targets(data, np.arange(4), balanced=False)
    assert np.allclose(yes.sum(axis=1), np.array([1, 1, 1, 0.5]) * 4 / 3.5)


def test_one_picture_of_a_rare_class_does_not_outweigh_a_batch() -> None:
    value = np.full((2001, 2), -1, np.int8)
    value[0, 0], value[1:, 1] = 1, 1
    data = making.labelled(2001, names=("rare", "other"), value=value)
    yes, _ = targets(data, np.arange(2001), balanced=True)
    assert yes[0, 0] / yes[1, 1] == pytest.approx(MOST / 0.50025, rel=1e-3)


def test_yes_and_no_of_each_class_weigh_the_same_and_what_is_unknown_nothing() -> None:
    value = np.array([[1, 0], [-1, 1], [-1, -1], [-1, 0]], np.int8)
    data = making.labelled(4, names=("a", "b"), exclusive=False, value=value)
    yes, no = targets(data, np.arange(4), balanced=True)
    assert np.allclose(yes.sum(axis=0), no.sum(axis=0))
    assert not (yes + no)[value == 0].any()


@pytest.mark.parametrize("wrong", [{"epochs": -1}, {"batch": 0}, {"rate": 0.0}, {"mixup": -0.1}, {"patience": 0}])
def test_a_setting_that_cannot_be_is_told_with_what_was_wanted(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(wrong))}: got .*wanted"):
        Settings(**wrong)  # type: ignore[arg-type]
