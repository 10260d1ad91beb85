"""`timm:` and `openclip:`: what they put out is what their libraries put out, with or without a working torchvision."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import by_name_making as making
import numpy as np
import pytest
from PIL import Image

from raravis import testing
from raravis.embed import TextEncoder, openclip, timm
from raravis.embed.without_torchvision import load
from raravis.errors import ModelError
from raravis.onnx.prepare import prepare
from raravis.plugins import make

torch = pytest.importorskip("torch", reason="torch")


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub", reason="huggingface_hub")
    monkeypatch.setenv("RARAVIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.fixture(scope="module")
def timm_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not find_spec("timm"):  # importing it, as importorskip does, asks for torchvision
        pytest.skip("timm")
    return making.timm_vit(tmp_path_factory.mktemp("timm"))


@pytest.fixture(scope="module")
def openclip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not find_spec("open_clip"):
        pytest.skip("open_clip")
    return making.openclip(tmp_path_factory.mktemp("openclip"))


def by_torch(kind: str, folder: Path) -> Any:
    return make("embed", f"{kind}:name={folder},backend=torch")


def as_torchvision(rgb: np.ndarray, *, edge: int, side: int, mean: float, std: float) -> Any:
    """Resized along the shorter side, the middle cut out: the usual torchvision transform of evaluation."""
    height, width = rgb.shape[:2]
    size = (edge, int(edge * height / width)) if width <= height else (int(edge * width / height), edge)
    whole = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BICUBIC), np.float32)
    x, y = (size[0] - side) // 2, (size[1] - side) // 2
    return torch.from_numpy((whole[y : y + side, x : x + side] / 255 - mean) / std).permute(2, 0, 1)[None]


def test_timm_gives_the_vectors_of_timm_without_its_classifier(timm_folder: Path) -> None:
    encoder = by_torch("timm", timm_folder)
    testing.check_encoder(encoder)
    model = load("timm").create_model(f"local-dir:{timm_folder}", pretrained=True).eval()
    rgb = testing.pictures(sizes=((60, 90),))[0]
    with torch.inference_mode():
        shown = as_torchvision(rgb, edge=35, side=32, mean=0.5, std=0.5)  # crop_pct 0.9: floor(32 / 0.9) = 35
        wanted = model.forward_head(model.forward_features(shown), pre_logits=True).numpy()
    assert encoder([rgb])[0] @ wanted[0] / np.linalg.norm(wanted) > 0.9999
    assert encoder.id.startswith("timm-vit-tiny-patch16-224-32-1-") and not isinstance(encoder, TextEncoder)


def test_openclip_gives_the_vectors_of_pictures_and_texts_of_open_clip(openclip_folder: Path) -> None:
    encoder = by_torch("openclip", openclip_folder)
    testing.check_encoder(encoder)
    library = load("open_clip")
    model = library.create_model(f"local-dir:{openclip_folder}").eval()
    rgb, texts = testing.pictures(sizes=((60, 90),))[0], ["a red helicopter over trees", "a bird"]
    with torch.inference_mode():
        seen = model.encode_image(as_torchvision(rgb, edge=32, side=32, mean=0.5, std=0.25)).numpy()
        read = model.encode_text(library.get_tokenizer("ViT-B-32")(texts), normalize=True).numpy()
    assert encoder([rgb])[0] @ seen[0] / np.linalg.norm(seen) > 0.9999
    np.testing.assert_allclose(encoder.texts(texts), read, atol=1e-5)
    assert isinstance(encoder, TextEncoder) and encoder.texts([]).shape == (0, 24)


def test_openclips_names_lead_to_the_repository_that_open_clip_names(openclip_folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "hub" / "models--laion--CLIP-ViT-B-32-laion2B-s34B-b79K"
    shutil.copytree(openclip_folder, kept / "snapshots" / "abc")
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("abc", encoding="utf-8")
    found = make("embed", "openclip:name=ViT-B-32/laion2b_s34b_b79k,backend=torch")
    assert found.id == by_torch("openclip", openclip_folder).id


def test_weights_that_lie_elsewhere_are_fetched_by_open_clip(
    openclip_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, file = load("open_clip"), openclip_folder / "open_clip_model.safetensors"
    monkeypatch.setattr(library, "get_pretrained_cfg", lambda model, tag: {"url": "somewhere"})
    monkeypatch.setattr(library, "download_pretrained", lambda known: str(file))
    origin = openclip._origin("ViT-B-32/yfcc", "openclip:ViT-B-32/yfcc")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert origin[:2] == ("ViT-B-32", "yfcc")
    assert origin.digest == hashlib.sha256(f"ViT-B-32/yfcc\n{digest}".encode()).hexdigest()[:12]

    def unreachable(known: object) -> str:
        raise OSError("no route")

    monkeypatch.setattr(library, "download_pretrained", unreachable)
    with pytest.raises(ModelError, match=r"somewhere is in no cache and cannot be fetched: no route; use"):
        make("embed", "openclip:ViT-B-32/yfcc")


def test_offline_each_names_the_model_and_the_way_by_hand(
    openclip_folder: Path, timm_folder: Path, tmp_path: Path
) -> None:
    wanted = {
        "openclip:ViT-B-32/laion2b_s34b_b79k": "hf download laion/CLIP-ViT-B-32-laion2B-s34B-b79K --local-dir FOLDER",
        "timm:vit_tiny_patch16_224.augreg_in21k": "hf download timm/vit_tiny_patch16_224.augreg_in21k --local-dir",
        "timm:vit_tiny_patch16_224": "hf download timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k --local-dir",
    }
    for spec, told in wanted.items():
        with pytest.raises(ModelError) as caught:
            make("embed", spec)
        assert told in str(caught.value) and str(tmp_path / "hub") in str(caught.value)
        assert f"use {spec.partition(':')[0]}:FOLDER" in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(ModelError, match="knows no weights of that name"):
        make("embed", "timm:abacus")


def test_a_folder_of_another_library_is_refused(timm_folder: Path, openclip_folder: Path, tmp_path: Path) -> None:
    for kind, folder, told in (
        ("timm", openclip_folder, "config.json: cannot be read"),
        ("openclip", timm_folder, "holds no weights; wanted open_clip_model.safetensors"),
    ):
        with pytest.raises(ModelError, match=told):
            by_torch(kind, folder)
    torn = Path(shutil.copytree(timm_folder, tmp_path / "torn"))
    told = json.loads((torn / "config.json").read_text(encoding="utf-8"))
    told["model_args"]["embed_dim"] = 64
    (torn / "config.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(ModelError, match=r"timm cannot load .* size mismatch"):
        by_torch("timm", torn)


TIMM: dict[str, Any] = {"input_size": (3, 224, 224), "interpolation": "bicubic", "mean": (0.5,) * 3, "std": (0.5,) * 3}


@pytest.mark.parametrize(
    ("mode", "share", "resize", "short_side"),
    [("center", 0.875, "crop-resized", 256), ("center", 1.0, "crop-resized", 224), ("squash", 1.0, "squash", 224)],
)
def test_timms_settings_become_a_sidecar(mode: str, share: float, resize: str, short_side: int) -> None:
    made = timm.sidecar(TIMM | {"crop_mode": mode, "crop_pct": share}, "timm:x")
    assert (made.resize, made.short_side, made.resample, made.mean) == (resize, short_side, "bicubic", (0.5, 0.5, 0.5))


@pytest.mark.parametrize("told", [{"crop_mode": "border", "crop_pct": 1.0}, {"crop_mode": "squash", "crop_pct": 0.9}])
def test_what_a_sidecar_cannot_say_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="wanted a square with crop_mode center"):
        timm.sidecar(TIMM | told, "timm:x")
    with pytest.raises(ModelError, match="resize_mode longest; wanted a square"):
        openclip.sidecar({"size": 224, "resize_mode": "longest", "mean": (0.5,) * 3, "std": (0.5,) * 3}, "openclip:x")


def test_openclips_squash_takes_the_whole_picture() -> None:
    made = openclip.sidecar({"size": (8, 8), "resize_mode": "squash", "mean": (0,) * 3, "std": (1,) * 3}, "openclip:x")
    left, right = np.zeros((8, 80, 3), np.uint8), np.zeros((8, 80, 3), np.uint8)
    left[:, :4] = right[:, -4:] = 255
    assert prepare(made, [left, right]).max(axis=(1, 2, 3)).min() > 0.1


LIBRARY = """
import torchvision.transforms as transforms
from torchvision.ops.misc import FrozenBatchNorm2d
from torchvision.transforms.functional import InterpolationMode
class Mine(transforms.ToTensor): pass
MODES = {InterpolationMode.BILINEAR: "bilinear", InterpolationMode.BICUBIC: "bicubic"}
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A library that wants torchvision when it is imported, and is forgotten afterwards."""
    (tmp_path / "wants_torchvision.py").write_text(LIBRARY, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield "wants_torchvision"
    for name in set(sys.modules) - before:
        if name.split(".")[0] in ("wants_torchvision", "torchvision"):
            del sys.modules[name]


def test_placeholders_stand_in_for_a_torchvision_that_is_broken_and_leave_no_trace(
    library: str, tmp_path: Path
) -> None:
    (tmp_path / "torchvision").mkdir()
    broken = "raise RuntimeError('operator torchvision::nms does not exist')"
    (tmp_path / "torchvision" / "__init__.py").write_text(broken, encoding="utf-8")
    made = load(library)
    assert len(made.MODES) == 2 and not isinstance(made, made.FrozenBatchNorm2d)
    assert not [name for name in sys.modules if name.split(".")[0] == "torchvision"]
    for placeholder in (made.Mine, made.FrozenBatchNorm2d):
        with pytest.raises(ImportError, match="needs a torchvision that works"):
            placeholder()


def test_a_torchvision_that_works_is_used(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real: dict[str, ModuleType] = {}
    for name in ("", ".ops", ".ops.misc", ".transforms", ".transforms.functional"):
        real[name] = ModuleType(f"torchvision{name}")
        monkeypatch.setitem(sys.modules, f"torchvision{name}", real[name])
    real[""].transforms = real[".transforms"]  # type: ignore[attr-defined]
    real[".transforms"].ToTensor = dict  # type: ignore[attr-defined]
    real[".ops.misc"].FrozenBatchNorm2d = list  # type: ignore[attr-defined]
    real[".transforms.functional"].InterpolationMode = type("Modes", (), {"BILINEAR": 2, "BICUBIC": 3})  # type: ignore[attr-defined]
    made = load(library)
    assert made.Mine() == {} and made.FrozenBatchNorm2d is list and sys.modules["torchvision"] is real[""]
