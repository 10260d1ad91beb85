"""What runs a model, which of them is taken, and the cache that remembers it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx_making as making
import pytest
from onnx import TensorProto
from PIL import Image

from raravis import testing
from raravis.embed.onnx import OnnxEncoder
from raravis.errors import ModelError
from raravis.onnx import Model, Sidecar, backends, cache, choice
from raravis.onnx.choice import agreement, chosen
from raravis.onnx.prepare import prepare


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RARAVIS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def model(tmp_path: Path) -> str:
    made = making.mean_colour(tmp_path / "m.onnx")
    making.sidecar(made, mean=0.5, std=0.25)
    return str(made)


@pytest.fixture
def openvino() -> None:
    pytest.importorskip("openvino", reason="openvino")


@pytest.mark.usefixtures("openvino")
@pytest.mark.parametrize("batch", ["n", 1, 3])
@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.FLOAT16])
def test_openvino_gives_the_vectors_of_onnxruntime_to_a_cosine_of_0_999(
    tmp_path: Path, batch: int | str, kind: int
) -> None:
    made = making.mean_colour(tmp_path / "m.onnx", batch=batch, kind=kind)
    making.sidecar(made, mean=0.5, std=0.25)
    exact, quick = (OnnxEncoder(str(made), backend=backend) for backend in backends.BACKENDS)
    pictures = testing.pictures(sizes=((20, 30),) * 5)
    assert (exact(pictures) * quick(pictures)).sum(axis=1).min() > 0.999
    assert exact.id == quick.id and quick([]).shape == (0, 3)


@pytest.mark.usefixtures("openvino")
def test_every_back_end_keeps_the_contract(model: str) -> None:
    for backend in (*backends.BACKENDS, "auto"):
        testing.check_encoder(OnnxEncoder(model, backend=backend))


def test_the_faster_one_is_taken_if_it_agrees_and_is_worth_it() -> None:
    assert chosen([40, 80], 0.9999).backend == "openvino"
    assert chosen([40, 41], 0.9999).backend == "onnxruntime"  # 1.05 times is asked for
    assert chosen([40, 30], 1.0).backend == "onnxruntime"
    assert chosen([40, 80], 0.998).backend == chosen([40, 80], float("nan")).backend == "onnxruntime"
    told = "openvino: onnxruntime 40.2, openvino 812 pictures/s; cosine 0.99951 at worst"
    assert chosen([40.25, 812.5], 0.99951).why == told
    assert "differ" in chosen([40, 80], 0.998).why and "wanted 0.999" in chosen([40, 80], 0.998).why


def test_agreement_is_that_of_the_worst_row_and_none_where_a_row_is_no_vector() -> None:
    rows = np.float32([[1, 0], [3, 4]])
    assert agreement(rows, 2 * rows) == pytest.approx(1)
    assert agreement(rows, np.float32([[1, 0], [4, 3]])) == pytest.approx(24 / 25)
    for bad in (0, np.nan, np.inf):
        assert agreement(rows, np.full((2, 2), bad, np.float32)) == -1
    assert agreement(rows[:0], rows[:0]) == 1


@pytest.mark.usefixtures("openvino")
def test_the_choice_is_measured_once_and_kept(model: str, monkeypatch: pytest.MonkeyPatch, empty_cache: Path) -> None:
    first = Model(model, backend="auto")
    assert "pictures/s; cosine" in first.runs_by and len(list((empty_cache / "backends").iterdir())) == 1
    monkeypatch.setattr(choice, "_measured", lambda *_: pytest.fail("measured again"))
    assert Model(model, backend="auto").runs_by == first.runs_by


def test_the_choice_is_run_whichever_it_is(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openvino", reason="openvino")
    for backend in backends.BACKENDS:
        monkeypatch.setattr("raravis.onnx.model.fastest", lambda *_, name=backend: choice.Choice(name, "so"))
        made = Model(model, backend="auto")
        assert isinstance(made.session, backends.OpenVino) == (backend == "openvino") and made.runs_by == "so"


def test_without_openvino_onnxruntime_runs_it_and_openvino_asked_for_names_its_extra(
    model: str, monkeypatch: pytest.MonkeyPatch, empty_cache: Path
) -> None:
    for module in (choice, backends):
        monkeypatch.setattr(module, "find_spec", lambda _: None)
    assert Model(model, backend="auto").runs_by == "onnxruntime: openvino is not installed"
    assert not empty_cache.exists()
    with pytest.raises(ModelError, match=r"pip install 'raravis\[openvino\]'"):
        Model(model, backend="openvino")


def test_an_unknown_back_end_and_a_device_that_it_has_not_are_refused(model: str) -> None:
    with pytest.raises(ModelError, match="unknown back end 'quick'; known: auto, onnxruntime, openvino"):
        Model(model, backend="quick")
    with pytest.raises(ModelError, match="device 'cuda' with backend=openvino; wanted cpu"):
        Model(model, backend="openvino", device="cuda")


@pytest.mark.usefixtures("openvino")
def test_a_file_that_is_no_model_is_refused_by_both_in_a_line(tmp_path: Path) -> None:
    broken = tmp_path / "b.onnx"
    broken.write_bytes(b"not a model")
    for backend, told in (("onnxruntime", "not a readable ONNX model"), ("openvino", "OpenVINO cannot read it")):
        with pytest.raises(ModelError, match=told) as caught:
            backends.open_session(broken, backend=backend)
        assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("openvino")
def test_a_model_that_openvino_cannot_run_is_run_by_onnxruntime_under_auto(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise ModelError("no such operator")

    monkeypatch.setattr(backends.OpenVino, "__init__", refuse)
    assert Model(model, backend="auto").runs_by == "onnxruntime: no such operator"


def test_a_folder_of_the_cache_is_made_once_and_whole_or_not_at_all(empty_cache: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise ModelError("no")

    with pytest.raises(ModelError):
        cache.kept("kind/a", fail)
    assert list((empty_cache / "kind").iterdir()) == []
    made = cache.kept("kind/a", lambda folder: (folder / "whole").touch())
    assert cache.kept("kind/a", fail) == made and [file.name for file in made.iterdir()] == ["whole"]
    assert [folder.name for folder in (empty_cache / "kind").iterdir()] == ["a"]


def test_of_two_processes_that_make_the_same_folder_the_first_ones_stays() -> None:
    def overtaken(folder: Path) -> None:
        (folder / "late").touch()
        cache.kept("a", lambda other: (other / "early").touch())

    assert [file.name for file in cache.kept("a", overtaken).iterdir()] == ["early"]


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("RARAVIS_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match=r"cannot be written: .*; set RARAVIS_CACHE to a folder with room"):
        cache.kept("a", lambda folder: None)


def test_without_raravis_cache_it_lies_where_the_system_keeps_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RARAVIS_CACHE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "there")
    assert cache.folder() == Path("there/raravis")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.folder() == Path.home() / ".cache" / "raravis"


@pytest.mark.parametrize("size", [(100, 81), (81, 100), (64, 64), (56, 201), (130, 64)])
@pytest.mark.parametrize("resample", ["bilinear", "bicubic"])
def test_crop_resized_shows_what_resizing_and_then_cropping_leaves(size: tuple[int, int], resample: str) -> None:
    """As the evaluation transforms of torchvision and transformers; a level of rounding apart."""
    side = Sidecar("a", "1", 56, 56, divide=1, resize="crop-resized", crop=56 / 64, resample=resample)
    rgb = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    height, width = (int(64 * extent / min(size)) for extent in size)
    whole = np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling[resample.upper()]))
    y, x = (height - 56) // 2, (width - 56) // 2
    wanted = whole[y : y + 56, x : x + 56].transpose(2, 0, 1).astype(np.float32)
    assert side.short_side == 64 and np.abs(prepare(side, [rgb])[0] - wanted).max() <= 1
