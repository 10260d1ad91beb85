"""Backbones by name, and what is told where one cannot be had."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import by_name_making
import finetune_making as making
import pytest

from raravis.errors import InputError, ModelError
from raravis.flow import finetune as flow
from raravis.onnx import Model
from raravis.train.labelled import Labelled


@pytest.fixture
def without_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """The export takes seconds."""
    pytest.importorskip("torch", reason="PyTorch is not installed")
    from raravis.train.finetune import export

    monkeypatch.setattr(export, "write", lambda finished, sidecar, file, frames: file)


def said_of(data: Labelled, folder: Path, backbone: str, **given: Any) -> list[str]:
    said: list[str] = []
    told = {"epochs": 1, "batch": 16} | given
    flow.finetune(data, out=folder / "out", backbone=backbone, say=said.append, **told)
    return said


def test_a_model_of_timm_is_trained_and_exported(tmp_path: Path) -> None:
    if find_spec("timm") is None:  # importing it takes care where torchvision does not work
        pytest.skip("timm is not installed")
    folder = by_name_making.timm_vit(tmp_path / "vit")
    said_of(making.labelled(), tmp_path, f"timm:{folder}")
    model = Model(str(tmp_path / "out" / "classifier.onnx"))
    assert (model.sidecar.width, model.sidecar.about["backbone"]) == (32, f"timm:{folder}")
    (probability,) = model(making.pictures_of([0, 1, 2]))
    assert probability.shape == (3, 3) and probability.sum(axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the library about itself
@pytest.mark.parametrize("family", ["dinov2", "clip"])
def test_the_picture_tower_of_a_model_of_transformers_is_trained(
    tmp_path: Path, family: str, without_export: None
) -> None:
    from raravis.embed.without_torchvision import tell_transformers

    tell_transformers()
    pytest.importorskip("transformers", reason="transformers is not installed")
    folder = getattr(by_name_making, family)(tmp_path / family)
    said = said_of(making.labelled(), tmp_path, f"hf:{folder}")
    assert any(line.startswith("epoch 1/1: loss ") for line in said)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_network_of_clips_is_refused(tmp_path: Path) -> None:
    from raravis.embed.without_torchvision import tell_transformers

    pytest.importorskip("torch", reason="PyTorch is not installed")
    tell_transformers()
    pytest.importorskip("transformers", reason="transformers is not installed")
    with pytest.raises(ModelError, match="takes clips of 4 frames; wanted a network of pictures"):
        said_of(making.labelled(), tmp_path, f"hf:{by_name_making.videomae(tmp_path / 'mae')}")


def test_a_network_in_a_file_is_trained(tiny: Path, tmp_path: Path, without_export: None) -> None:
    said = said_of(making.labelled(), tmp_path, f"onnx:{tiny}", threads=1)
    assert said[0] == "36 pictures of 18 groups to learn from, 12 of 6 held out"
    assert said[1].startswith("first head; held out: named right ")


@pytest.mark.parametrize("backbone", ["toy", "resnet50", "onnx:", "hf:"])
def test_another_kind_of_name_is_refused_with_those_that_are_known(tmp_path: Path, backbone: str) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    with pytest.raises(InputError, match=r"unknown backbone .*; wanted builtin, onnx:PATH, timm:NAME or hf:NAME"):
        said_of(making.labelled(), tmp_path, backbone)


def test_a_model_that_is_no_encoder_is_refused(tiny: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    file = tmp_path / "m.onnx"
    file.write_bytes(tiny.read_bytes())
    file.with_suffix(".json").write_text('{"name": "m", "version": "1", "width": 16, "height": 16}', encoding="utf-8")
    with pytest.raises(ModelError, match="says no 'dim'"):
        said_of(making.labelled(), tmp_path, f"onnx:{file}")


@pytest.mark.parametrize("library", ["torch", "onnxscript"])
def test_where_pytorch_is_not_installed_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setattr(flow, "find_spec", lambda name: None if name == library else object())
    with pytest.raises(ModelError, match=rf"finetune needs {library}, .*raravis\[train\]"):
        said_of(making.labelled(), tmp_path, "builtin")


def test_a_setting_is_checked_before_anything_is_imported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="epochs: got -1, wanted 0 or more"):
        said_of(making.labelled(), tmp_path, "builtin", epochs=-1)


def test_what_trains_is_imported_without_pytorch() -> None:
    code = "import sys, raravis.flow.finetune; assert not {'torch', 'timm', 'transformers'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
