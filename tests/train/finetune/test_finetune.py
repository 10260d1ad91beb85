"""Training from beginning to end on pictures of three colours."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import finetune_making as making
import numpy as np
import pytest

from raravis.classify import open_classifier
from raravis.errors import InputError, ModelError
from raravis.onnx import Model
from raravis.train.labelled import Labelled

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("onnxscript", reason="onnxscript is not installed")

from raravis.train.finetune import export, metrics, onnx_module, tune  # noqa: E402  # needs PyTorch
from raravis.train.finetune.network import Classifier, by_depth  # noqa: E402
from raravis.train.finetune.run import pace  # noqa: E402
from raravis.train.finetune.settings import Settings  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the exporter about itself
FEW = Settings(epochs=3, batch=16, rate=1e-2, lowest=1.0, mixup=0.2)


class EndedError(Exception):
    """Stands for whatever ends a process."""


@pytest.fixture
def train(tiny: Path, tmp_path: Path) -> Callable[..., Path]:
    """`finetune` with the small network, into tmp_path / out."""

    def run(data: Labelled | None = None, settings: Settings = FEW, *, out: str = "out", **given: Any) -> Path:
        data = making.labelled() if data is None else data
        backbone = onnx_module.backbone("onnx:tiny", str(tiny), making.pictures_of([0]))
        told = {"say": lambda line: None, "tell": lambda *far: None} | given
        return tune.finetune(data, backbone, tmp_path / out, settings, **told)

    return run


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What would be exported, run by run; the export itself, which takes seconds, is left out."""
    found: list[dict[str, Any]] = []

    def keep(finished: Any, sidecar: Any, file: Path, frames: Any) -> Path:
        found.append({name: value.clone() for name, value in finished.state_dict().items()})
        return file

    monkeypatch.setattr(export, "write", keep)
    return found


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def history(file: Path) -> list[dict[str, Any]]:
    """What metrics.jsonl says, without the time it took."""
    lines = (file.parent / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [{name: value for name, value in json.loads(line).items() if name != "seconds"} for line in lines]


def test_what_comes_out_names_new_pictures_any_number_at_a_time_and_knows_how_they_go_in(train: Any) -> None:
    file = train(making.labelled(60), Settings(epochs=4, batch=16, rate=1e-2, lowest=1.0))
    sidecar = Model(str(file)).sidecar
    assert (sidecar.task, sidecar.about["learned_from"], sidecar.about["held_out"]) == ("classify", 48, 12)
    classifier = open_classifier(file)
    assert (classifier.names, classifier.exclusive) == (("red", "green", "blue"), True)
    new = making.pictures_of([0, 1, 2, 2, 1, 0, 1], seed=5)
    probability = classifier(new)
    assert probability.argmax(axis=1).tolist() == [0, 1, 2, 2, 1, 0, 1]
    assert probability.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert np.allclose(classifier(new[:1]), probability[:1], atol=1e-5)
    assert classifier([]).shape == (0, 3)
    assert not (file.parent / "training").exists()
    assert not re.search(rb"/[a-z]+/[\w/.-]+\.py", file.read_bytes()), "the exporter's notes of this machine"


def test_of_classes_that_may_hold_together_each_is_said_by_itself(train: Any) -> None:
    value = making.labelled(60).value.copy()
    value[value[:, 2] == 1, 0] = 0  # whether blue is red as well nobody said
    said: list[str] = []
    file = train(making.labelled(60, value=value, exclusive=False), say=said.append)
    told = Model(str(file))
    assert not told.sidecar.exclusive
    (probability,) = [*told(making.pictures_of([0, 1], seed=7))]
    assert probability[0, 0] > 0.5 > probability[1, 0] and probability[1, 1] > 0.5 > probability[0, 1]
    assert any("average precision" in line for line in said)


def test_what_differs_from_pytorch_is_not_kept_and_what_was_there_stays(
    train: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "AGREE", -1.0)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "classifier.onnx").write_bytes(b"before")
    with pytest.raises(ModelError, match=r"differs from PyTorch's by .* on frames; wanted -1"):
        train(settings=Settings(epochs=0))
    assert (tmp_path / "out" / "classifier.onnx").read_bytes() == b"before"
    assert not list((tmp_path / "out").glob("*.part"))


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(train: Any, weights: Any) -> None:
    first, again, other = train(out="a"), train(out="b"), train(out="c", settings=Settings(**vars(FEW) | {"seed": 1}))
    assert same(weights[0], weights[1]) and history(first) == history(again)
    assert not same(weights[0], weights[2]) and history(first) != history(other)


@pytest.mark.parametrize("at", ["pictures", "first head", "epoch 1/3", "epoch 2/3"])
def test_a_run_that_was_killed_in_the_middle_goes_on_to_what_an_undisturbed_one_gives_bit_for_bit(
    train: Any, weights: Any, tmp_path: Path, at: str
) -> None:
    undisturbed = train(out="whole")

    def die(stage: str, done: int, total: int) -> None:
        if stage == at:
            raise EndedError

    with pytest.raises(EndedError):
        train(tell=die)
    assert (tmp_path / "out" / "training").exists() and len(weights) == 1
    said: list[str] = []
    resumed = train(say=said.append)
    assert same(*weights) and history(resumed) == history(undisturbed)
    assert ("goes on after epoch 1" in said) == (at == "epoch 2/3")


def test_a_process_that_ended_without_a_word_is_gone_on_from(
    train: Any, weights: Any, tiny: Path, tmp_path: Path
) -> None:
    code = f"""
import os, sys
sys.path.insert(0, {str(Path(making.__file__).parent)!r})
from pathlib import Path
from types import SimpleNamespace
import finetune_making as making
from raravis.train.finetune import onnx_module, tune
from raravis.train.finetune.settings import Settings
backbone = onnx_module.backbone("onnx:tiny", {str(tiny)!r}, making.pictures_of([0]))
end = lambda stage, *far: stage == "epoch 3/3" and os._exit(9)
tune.finetune(making.labelled(), backbone, Path({str(tmp_path / "out")!r}), Settings(**{vars(FEW)!r}),
              say=lambda line: None, tell=end)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    undisturbed, resumed = train(out="whole"), train()
    assert same(*weights)
    for one, other in zip(history(resumed), history(undisturbed), strict=True):
        near = {name: value and pytest.approx(value, rel=1e-6) for name, value in other.items()}
        assert one == near, "another process may add up a loss in another order"


def test_ctrl_c_keeps_the_best_so_far_and_the_same_command_goes_on(train: Any, weights: Any, tmp_path: Path) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if stage == "epoch 2/3":
            raise KeyboardInterrupt

    said: list[str] = []
    train(tell=stop, say=said.append)
    assert "stopped in epoch 2: the best so far is kept, and the same command goes on" in said
    train()
    train(out="whole")
    assert len(weights) == 3 and same(weights[1], weights[2])
    assert not (tmp_path / "out" / "training").exists()


def test_the_best_epoch_is_kept_and_training_ends_when_none_is_better(train: Any, weights: Any) -> None:
    said: list[str] = []
    ruinous = Settings(epochs=50, batch=16, rate=1.0, lowest=1.0, patience=2)
    rows = history(train(settings=ruinous, say=said.append))
    best = max(rows, key=lambda row: (row["held_score"], -row["held_loss"]))["epoch"]
    assert len(rows) == best + 3 < 50
    assert said[-1 if "best" in said[-1] else -2].split("best: epoch ")[1].startswith(f"{best};")


def test_before_the_first_epoch_it_is_the_linear_head_of_the_untouched_network(train: Any, weights: Any) -> None:
    (row,) = history(train(settings=Settings(epochs=0)))
    assert row["epoch"] == 0 and row["loss"] is None and row["held_score"] > 0.5


def test_an_unfinished_run_with_other_settings_is_refused_and_can_be_begun_anew(
    train: Any, weights: Any, tmp_path: Path
) -> None:
    def die(stage: str, *far: int) -> None:
        if stage == "epoch 2/3":
            raise EndedError

    with pytest.raises(EndedError):
        train(tell=die)
    with pytest.raises(InputError, match="unfinished run with other pictures, backbone or settings"):
        train(settings=Settings(epochs=1))
    train(settings=Settings(epochs=0), resume=False)
    assert len(weights) == 1


@pytest.mark.parametrize("resume", [True, False])
def test_a_folder_of_somebody_elses_is_left_as_it_is(train: Any, tmp_path: Path, resume: bool) -> None:
    theirs = tmp_path / "out" / "training" / "fox" / "1.jpg"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"the only one")
    with pytest.raises(InputError, match="not of an earlier run, so it is not replaced"):
        train(resume=resume)
    assert theirs.read_bytes() == b"the only one"


def test_pictures_are_decoded_once_for_all_epochs(train: Any, weights: Any) -> None:
    data, read = making.labelled(), list[int]()

    def counting(rows: Any) -> Any:
        for row, rgb in data.pictures(rows):
            read.append(row)
            yield row, rgb

    train(Labelled(**vars(data) | {"pictures": counting}))
    assert len(set(read)) == 48 and len(read) <= 48 + tune.FRAMES  # the last few to compare the exported file on


def test_what_cannot_be_read_is_counted_and_left_out(train: Any, weights: Any) -> None:
    said: list[str] = []
    train(making.labelled(unreadable=(3, 30)), say=said.append)
    assert "2 pictures could not be read, and are left out" in said


def test_a_class_none_of_whose_pictures_can_be_read_is_told(train: Any) -> None:
    blue = np.flatnonzero(making.labelled().value[:, 2] == 1).tolist()
    with pytest.raises(InputError, match="class 'blue' has no picture that can be read"):
        train(making.labelled(unreadable=blue))


def test_a_class_with_a_single_picture_trains_and_warns(train: Any, weights: Any) -> None:
    value = making.labelled().value.copy()
    value[(value[:, 2] == 1) & (np.arange(48) != 4)] = (1, -1, -1)
    said: list[str] = []
    train(making.labelled(value=value), say=said.append)
    assert any("'blue' has a single example" in line for line in said)


def test_one_class_alone_is_refused(train: Any) -> None:
    with pytest.raises(InputError, match="one class only"):
        train(making.labelled(6, names=("red",), value=np.ones((6, 1), np.int8)))


def test_of_one_group_nothing_is_held_out_and_the_last_epoch_is_taken(train: Any, weights: Any) -> None:
    said: list[str] = []
    rows = history(train(making.labelled(group=np.zeros(48, np.int64)), say=said.append))
    assert [row["held_score"] for row in rows] == [None] * 4
    assert any(line.startswith("nothing is held out") for line in said)


def test_batches_of_one_picture_train(train: Any, weights: Any) -> None:
    rows = history(train(making.labelled(12), Settings(epochs=1, batch=1)))
    assert np.isfinite(rows[-1]["loss"])


def test_a_rate_at_which_training_comes_apart_is_told(train: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("raravis.train.finetune.network.loss", lambda logits, *_, **__: logits.sum() * float("nan"))
    with pytest.raises(ModelError, match=r"came apart in epoch 1.*wanted a lower rate"):
        train()


def test_a_device_that_is_not_there_is_one_line(train: Any) -> None:
    with pytest.raises(ModelError, match=r"onnx:tiny: torch .* cannot use device 'cuda:99'"):
        train(device="cuda:99")


def test_tensorboard_that_is_not_installed_is_told_before_anything_is_done(
    train: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install tensorboard"):
        train(tensorboard=True)
    assert not (tmp_path / "out").exists()


def test_the_rate_rises_in_a_line_and_falls_in_a_cosine() -> None:
    paces = [pace(step, 100, 0.1) for step in range(100)]
    assert paces[0] == pytest.approx(0.1) and max(paces) == paces[9] == pytest.approx(1.0, abs=1e-3)
    assert paces[54] == pytest.approx(0.5, abs=0.02) and 0 < paces[99] < 1e-3
    assert np.isfinite([pace(0, 1, warm) for warm in (0.0, 1.0)]).all()


def test_deep_layers_learn_slower_and_only_matrices_decay(tiny: Path) -> None:
    network = Classifier(onnx_module.load(tiny, "vector"), 12, 3)
    groups = list(by_depth(network, rate=1.0, lowest=0.1, decay=0.05))
    assert [group["lr"] for group in groups] == sorted(group["lr"] for group in groups)
    assert groups[0]["lr"] == pytest.approx(0.1) and groups[-1]["lr"] == 1.0
    assert sum(len(group["params"]) for group in groups) == 8
    assert all((group["weight_decay"] == 0.05) == (one.ndim > 1) for group in groups for one in group["params"])


def test_batch_normalisation_keeps_what_it_was_trained_with() -> None:
    layer = torch.nn.BatchNorm1d(4)
    network = Classifier(torch.nn.Sequential(layer), 4, 2).train()
    network(torch.randn(8, 4, generator=torch.Generator().manual_seed(0)) + 5)
    assert network.training and not layer.training and not layer.running_mean.any()


def test_scores_are_the_mean_of_the_classes() -> None:
    data = making.labelled(12)  # 4, 4 and 4
    logits = np.zeros((12, 3), np.float32)
    logits[:, 0] = 1
    assert metrics.score(data, np.arange(12), logits) == pytest.approx(1 / 3)
    several = making.labelled(12, exclusive=False)
    assert metrics.score(several, np.arange(12), several.value.astype(np.float32)) == 1.0
    assert np.isnan(metrics.score(several, np.arange(0), logits[:0]))


def test_tensorboard_gets_each_epochs_numbers_once(
    train: Any, weights: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[str, float, int]] = []

    class Writer:
        def __init__(self, folder: str) -> None:
            assert folder == str(tmp_path / "out" / "tensorboard")

        def __enter__(self) -> Writer:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def add_scalar(self, name: str, value: float, epoch: int) -> None:
            written.append((name, value, epoch))

    monkeypatch.setattr(metrics, "find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", SimpleNamespace(SummaryWriter=Writer))
    rows = history(train(tensorboard=True))
    assert [epoch for name, _, epoch in written if name == "held_score"] == [0, 1, 2, 3]
    assert {name: value for name, value, epoch in written if epoch == 3 and name != "seconds"} == {
        name: value for name, value in rows[3].items() if name != "epoch"
    }
