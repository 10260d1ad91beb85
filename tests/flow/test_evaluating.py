"""evaluate: a film of a minute in which the red thing shows at [0, 6), [20, 26) and [40, 46), a keyframe a second."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import media_making as making
import numpy as np
import pytest
from flow_making import by_oracle

from raravis import flow
from raravis.errors import InputError
from raravis.flow.collection import load
from raravis.flow.evaluating.doubtful import doubt_scores
from raravis.flow.evaluating.draws import sampled
from raravis.flow.evaluating.folds import deal
from raravis.flow.labelled import of_folder
from raravis.store import Project, labels
from raravis.types import CANT_TELL, NO, YES, Label

FIRST = {2: YES, 3: YES, 10: NO, 11: NO, 22: YES, 30: NO, 31: NO}
MORE = {42: YES, 55: NO}


def answer(project: Project, said: dict[int, int]) -> None:
    """By second of the film."""
    collection = load(project)
    at = {round(second): int(item) for second, item in zip(collection.seconds, collection.vectors.ids, strict=True)}
    with project.begin() as c:
        labels.add(c, [Label(at[second], "red", value, "ann") for second, value in said.items()])


def evaluated(project: Project, tmp_path: Path, **settings: Any) -> dict[str, Any]:
    return flow.evaluate(project, out=tmp_path / "out", **settings).made


def test_what_taught_the_head_and_what_lies_beside_it_is_left_out(seen: Project, tmp_path: Path) -> None:
    answer(seen, FIRST)
    flow.train(seen, "red")
    answer(seen, {4: YES, 37: NO, 42: YES})
    made = evaluated(seen, tmp_path)
    out = made["left_out"]
    assert (out["learnt"], out["beside"], made["data"]["items"]) == (7, 1, 2)
    assert out["some"][0] == "street.mp4 2.00 s"
    (red,) = made["classes"]
    assert (red["yes"], red["no"], red["recall"]["value"]) == (1, 1, 1)
    assert "only 1 yes" in red["notes"][0]
    kept = evaluated(seen, tmp_path, seen=True)
    assert (kept["data"]["items"], kept["left_out"]["kept"], kept["doubts"]) == (10, 8, [])


def test_an_answer_changed_since_is_known_to_have_taught_all_the_same(seen: Project, tmp_path: Path) -> None:
    answer(seen, FIRST)
    flow.train(seen, "red")
    answer(seen, {2: NO, 42: YES})
    assert evaluated(seen, tmp_path)["left_out"]["learnt"] == 7


def test_where_nothing_is_left_it_says_so_and_what_can_be_had_instead(seen: Project, tmp_path: Path) -> None:
    answer(seen, FIRST)
    flow.train(seen, "red")
    with pytest.raises(InputError, match=r"all 7 taught this model.*\(--out-of-fold\).*--seen"):
        evaluated(seen, tmp_path)
    model = flow.export(seen, "red", formats=["onnx"], out=tmp_path / "taken")["onnx"]
    with pytest.raises(InputError, match="--out-of-fold, without MODEL"):
        evaluated(seen, tmp_path, model=model)


def test_out_of_fold_every_answer_is_judged_by_a_head_that_saw_nothing_of_its_event(
    seen: Project, tmp_path: Path
) -> None:
    answer(seen, FIRST | MORE)
    flow.train(seen, "red")
    made = evaluated(seen, tmp_path, folds=True)
    (red,) = made["classes"]
    assert (red["yes"], red["no"], red["average_precision"]["value"]) == (4, 5, 1)
    assert red["average_precision"]["low"] < 0.5  # three groups with a yes say little
    assert red["events"]["found"] == red["events"]["events"] == 3
    assert made["doubts"] == []


def test_looks_side_by_side_are_one_event_said_however_far_apart_they_lie(seen: Project, tmp_path: Path) -> None:
    answer(seen, FIRST | MORE)  # 2 and 3 s are side by side; between 22 and 42 s lie looks that say no
    flow.train(seen, "red")
    (red,) = evaluated(seen, tmp_path, seen=True, gap_seconds=0.1)["classes"]
    assert (red["events"]["events"], red["events"]["said"], red["events"]["false"]) == (3, 3, 0)


def test_can_not_tell_and_what_only_follows_are_no_evidence(seen: Project, tmp_path: Path) -> None:
    answer(seen, FIRST | MORE | {57: CANT_TELL})
    flow.train(seen, "red")
    with seen.begin() as c:
        labels.propagate(c, "red", [1], weight=0.5)
    assert evaluated(seen, tmp_path, folds=True)["data"]["items"] == 9


def test_a_wrong_answer_is_the_first_to_be_doubted(seen: Project, tmp_path: Path) -> None:
    answer(seen, FIRST | MORE | {22: NO, 16: NO})
    flow.train(seen, "red")
    made = evaluated(seen, tmp_path, folds=True)
    worst = made["doubts"][0]
    assert (worst["source"], worst["given"], worst["suggested"]) == ("street.mp4 22.00 s", "no", "yes")
    assert made["browse"]["addresses"]["red"].endswith("/#/browse/red?order=doubt")
    lines = (tmp_path / "out" / "doubts.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "item,source,class,given,suggested,probability,margin"
    assert lines[1].startswith(f"{worst['item']},street.mp4 22.00 s,red,no,yes,")
    collection = load(seen)
    doubt, prob = doubt_scores(seen, "red", collection)
    assert int(collection.vectors.ids[np.nanargmax(doubt)]) == worst["item"]
    assert int(np.sum(~np.isnan(doubt))) == int(np.sum(~np.isnan(prob))) == 10
    assert np.nanmax(doubt) > 1


def test_answers_of_one_event_cannot_be_split_so_nothing_is_doubted(seen: Project, tmp_path: Path) -> None:
    answer(seen, {2: YES, 10: NO, 30: NO})
    flow.train(seen, "red")
    with pytest.raises(InputError, match="yes in 1 and no in 2 separate stretches of time"):
        evaluated(seen, tmp_path, folds=True)
    assert np.isnan(doubt_scores(seen, "red", load(seen))[0]).all()


def test_an_oracle_knows_every_item_every_event_and_all_the_hours(seen: Project, street: Path, tmp_path: Path) -> None:
    answer(seen, {2: YES, 10: NO})
    flow.train(seen, "red")
    made = evaluated(seen, tmp_path, oracle=street / "oracle.csv", seen=True)
    (red,) = made["classes"]
    assert (red["yes"], red["no"]) == (18, 42)
    assert (red["events"]["events"], red["events"]["hours"]) == (3, pytest.approx(1 / 60))
    assert red["events"]["false_per_hour"]["high"] >= 60 * 3.6  # of no false event in a minute that is what one knows
    assert made["data"]["groups"] == 6  # three events, and three stretches without


def test_an_audit_makes_estimates_over_everything(seen: Project, street: Path, tmp_path: Path) -> None:
    answer(seen, {2: YES, 3: YES, 22: YES, 42: YES, 10: NO, 30: NO, 52: NO})
    flow.certify(seen, "red", by_oracle(seen, street / "oracle.csv"), unit="item", budget=24, recall=0.95)
    flow.train(seen, "red")
    found = sampled(seen, "red", load(seen))
    assert found is not None
    assert (len(found.outside), found.drawn.draws > 5) == (60, True)
    assert found.drawn.weight().sum() == pytest.approx(60)
    made = evaluated(seen, tmp_path, seen=True)
    (red,) = made["classes"]
    whole = red["collection"]
    assert (whole["units"], whole["post_stratified"]) == (60, True)
    assert whole["recall"]["low"] <= 1
    assert whole["prevalence"]["low"] <= 18 / 60 <= whole["prevalence"]["high"]


def test_an_audit_of_events_makes_estimates_too(seen: Project, street: Path) -> None:
    answer(seen, {2: YES, 3: YES, 22: YES, 42: YES, 10: NO, 30: NO, 52: NO})
    flow.certify(seen, "red", by_oracle(seen, street / "oracle.csv"), min_seconds=3.0, budget=40, recall=0.95)
    found = sampled(seen, "red", load(seen))
    assert found is not None
    assert found.drawn.draws > 0
    units = found.drawn.weight().sum() + found.outside.sum()
    assert units == pytest.approx(len(found.outside))
    assert set(found.value.tolist()) <= {YES, NO, CANT_TELL}


def test_random_looks_have_known_probabilities_and_chosen_ones_are_certain(
    seen: Project, street: Path, tmp_path: Path
) -> None:
    answer(seen, {2: YES, 30: NO})
    asked = flow.ask(seen, "red", strategy="random", place_ends=False, k=20)
    assert asked is not None
    assert asked.inclusion_prob == pytest.approx((20 / 58,) * 20)
    flow.label(seen, "red", by_oracle(seen, street / "oracle.csv"))
    likely = flow.ask(seen, "red", strategy="top", place_ends=False, k=5)
    assert likely is not None
    assert likely.inclusion_prob is None
    written = flow.export(seen, "red", formats=["labels"], out=tmp_path)["labels"]
    header, *rows = written.read_text(encoding="utf-8").splitlines()
    assert header == "item,source,seconds,value,by,label_source,inclusion_prob,weight"
    told = {float(row.split(",")[2]): row.split(",")[6:] for row in rows}
    assert told.pop(2.0) == told.pop(30.0) == ["1", "1"]
    assert len(told) == 20
    assert all(float(weight) == pytest.approx(2.9) for _, weight in told.values())


def test_without_draws_there_are_no_estimates_and_no_weights(seen: Project, tmp_path: Path) -> None:
    answer(seen, FIRST | MORE)
    flow.train(seen, "red")
    assert evaluated(seen, tmp_path, folds=True)["classes"][0]["collection"] is None
    rows = flow.export(seen, "red", formats=["labels"], out=tmp_path)["labels"].read_text(encoding="utf-8").split()
    assert all(row.endswith(",,") for row in rows[1:])


@pytest.fixture
def model(seen: Project, tmp_path: Path) -> Path:
    """A classifier's file, trained on the film."""
    answer(seen, FIRST | MORE)
    flow.train(seen, "red")
    return flow.export(seen, "red", formats=["onnx"], out=tmp_path / "taken")["onnx"]


def test_a_folder_of_classes_needs_no_project(model: Path, tmp_path: Path) -> None:
    for number in range(4):
        making.still(tmp_path / "pictures" / "red" / f"{number}.png", red=True, shade=80 + number)
        making.still(tmp_path / "pictures" / "plain" / f"{number}.png", shade=80 + number)
    (tmp_path / "pictures" / "red" / "4.png").write_bytes(b"no picture")
    made = flow.evaluate(None, model, tmp_path / "pictures", out=tmp_path / "out").made
    (red,) = made["classes"]
    assert (red["yes"], red["no"], made["left_out"]["unread"]) == (4, 4, 1)
    assert red["precision"]["how"] == "Clopper-Pearson"
    assert (red["events"], red["collection"], made["browse"]) == (None, None, None)


class ByShade:
    """A classifier by hand: one class a picture, dark or bright or none, by how bright it is."""

    id, names, exclusive, short_side = "by-shade", ("bright", "dark", "none"), True, 8
    threshold = np.full(3, 0.9, np.float32)

    def __call__(self, pictures: Sequence[Any]) -> Any:
        bright = np.array([picture.mean() / 255 for picture in pictures], np.float32)
        return np.stack([bright, 1 - bright, np.zeros_like(bright)], axis=1) if len(pictures) else np.zeros((0, 3))


@pytest.fixture
def shades(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with four dark and two bright pictures, a dark one among the bright."""
    for name, shade in (("dark/a", 20), ("dark/b", 30), ("dark/c", 40), ("bright/d", 200), ("bright/e", 10)):
        making.still(tmp_path / "shades" / f"{name}.png", shade=shade)
    (tmp_path / "by-hand.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(sys.modules["raravis.flow.evaluate"], "open_classifier", lambda path, device: ByShade())
    return tmp_path / "shades"


def test_of_classes_that_exclude_one_another_the_likeliest_counts_and_what_is_taken_for_what(
    shades: Path, tmp_path: Path
) -> None:
    made = flow.evaluate(None, tmp_path / "by-hand.onnx", shades, out=tmp_path / "out").made
    assert made["confusion"] == [[1, 1, 0], [0, 3, 0], [0, 0, 0]]
    bright, dark, none = made["classes"]
    assert (bright["recall"]["value"], dark["precision"]["value"], none["recall"]["value"]) == (0.5, 0.75, None)
    assert made["micro"]["precision"]["value"] == made["micro"]["recall"]["value"] == 0.8  # of five one is wrong
    assert made["macro"]["recall"]["value"] == 0.75  # the mean of the two that there are
    assert none["notes"] == ["nothing here is a yes, so recall has no meaning"]
    assert [(one["source"], one["given"], one["suggested"]) for one in made["doubts"]] == [
        ("bright/e.png", "bright", "dark")
    ]
    assert bright["threshold"] is None


def test_a_folder_with_a_class_that_the_model_does_not_know_is_refused(shades: Path, tmp_path: Path) -> None:
    making.still(shades / "grey" / "f.png", shade=128)
    with pytest.raises(InputError, match="does not know the class 'grey'; it knows: bright, dark, none"):
        flow.evaluate(None, tmp_path / "by-hand.onnx", shades, out=tmp_path / "out")


def test_a_picture_that_taught_is_known_by_its_content_whatever_it_is_called(model: Path, tmp_path: Path) -> None:
    for name, red in (("red/a.png", True), ("red/b.png", True), ("plain/c.png", False), ("plain/d.png", False)):
        making.still(tmp_path / "learnt" / name, red=red, shade=80 + ord(name[-5]))
    told = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))
    told["about"]["trained_on"] = of_folder(tmp_path / "learnt").taught()
    model.with_suffix(".json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(InputError, match="all 4 taught this model"):
        flow.evaluate(None, model, tmp_path / "learnt", out=tmp_path / "out")
    making.copy(tmp_path / "learnt" / "red" / "a.png", tmp_path / "later" / "red" / "elsewhere.png")
    making.still(tmp_path / "later" / "red" / "new.png", red=True, shade=77)
    made = flow.evaluate(None, model, tmp_path / "later", out=tmp_path / "out").made
    assert (made["data"]["items"], made["left_out"]["some"]) == (1, ["red/elsewhere.png"])


def test_a_file_knows_the_answers_that_taught_it_wherever_it_was_written(
    seen: Project, model: Path, tmp_path: Path
) -> None:
    told = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))
    assert len(told["about"]["trained_on"]) == len(FIRST | MORE)
    with pytest.raises(InputError, match="all 9 taught this model"):
        evaluated(seen, tmp_path, model=model)
    answer(seen, {16: NO, 36: NO, 49: NO})
    made = evaluated(seen, tmp_path, model=model)
    assert (made["data"]["items"], made["left_out"]["learnt"], made["left_out"]["beside"]) == (1, 9, 2)


def test_of_train_and_val_only_val_counts(model: Path, tmp_path: Path) -> None:
    for split in ("train", "val"):
        making.still(tmp_path / "pictures" / split / "red" / "a.png", red=True, shade=80 + len(split))
        making.still(tmp_path / "pictures" / split / "plain" / "b.png", shade=80 + len(split))
    made = flow.evaluate(None, model, tmp_path / "pictures", out=tmp_path / "out").made
    assert (made["data"]["items"], made["left_out"]["learnt"]) == (2, 2)


def test_a_file_is_tried_on_answers_by_the_vectors_that_are_there(
    seen: Project, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("read a picture")

    made = evaluated(seen, tmp_path, model=model, seen=True)
    monkeypatch.setattr("raravis.flow.evaluating.judges._shown_all", refuse)
    assert evaluated(seen, tmp_path, model=model, seen=True)["classes"] == made["classes"]


def test_the_files_are_whole_and_the_page_shows_the_worst(seen: Project, tmp_path: Path) -> None:
    answer(seen, FIRST | MORE | {22: NO, 16: NO})
    flow.train(seen, "red")
    told = flow.evaluate(seen, folds=True)
    assert Path(told.files["html"]) == seen.exports / "red" / "evaluation.html"
    page = Path(told.files["html"]).read_text(encoding="utf-8")
    assert page.count('src="data:image/jpeg') >= 2  # once as an error, once as a doubt
    assert json.loads(Path(told.files["json"]).read_text(encoding="utf-8")) == told.made
    assert any("street.mp4" not in line and "confidently contradicts" in line for line in told.lines)


def test_names_and_combinations_that_cannot_be_are_refused_in_one_line(
    seen: Project, model: Path, street: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="does not know the class 'blue'; it knows: red"):
        flow.evaluate(seen, model, concepts=["blue"])
    with pytest.raises(InputError, match="leave MODEL, FOLDER, oracle out"):
        flow.evaluate(seen, model, folds=True)
    with pytest.raises(InputError, match="leave FOLDER out"):
        flow.evaluate(None, model, tmp_path, oracle=street / "oracle.csv")
    with pytest.raises(InputError, match="wanted a MODEL"):
        flow.evaluate(None)
    making.still(tmp_path / "pictures" / "blue" / "a.png")
    with pytest.raises(InputError, match="has the classes blue; the model knows: red"):
        flow.evaluate(None, model, tmp_path / "pictures")


def test_a_project_without_a_head_says_how_to_get_one(seen: Project) -> None:
    with pytest.raises(InputError, match="no head over toy-1 yet; run: raravis train --for NAME"):
        flow.evaluate(seen)
    with pytest.raises(InputError, match="no head for 'red'"):
        flow.evaluate(seen, concepts=["red"])


def test_groups_are_dealt_whole_and_every_fold_gets_a_yes() -> None:
    groups = np.array([0, 0, 1, 2, 3, 4, 5, 5])
    yes = np.array([True, False, True, True, False, False, False, False])
    fold = deal(groups, yes, np.random.default_rng(0))
    assert fold[0] == fold[1]
    assert fold[6] == fold[7]
    assert set(fold[yes].tolist()) == set(fold.tolist()) == {0, 1, 2}
