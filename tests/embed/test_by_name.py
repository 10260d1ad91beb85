"""Encoders by name: what they put out is what their libraries put out, and what cannot be had is said in a line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import by_name_making as making
import numpy as np
import pytest

from raravis import testing
from raravis.embed import ClipEncoder, TextEncoder, by_name, hub
from raravis.embed.without_torchvision import tell_transformers
from raravis.errors import ModelError
from raravis.onnx import Sidecar
from raravis.plugins import make

torch = pytest.importorskip("torch", reason="torch")
tell_transformers()  # it is imported here before the code that is tested does it
transformers = pytest.importorskip("transformers", reason="transformers")

from raravis.embed import on_torch  # noqa: E402  # needs PyTorch

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the libraries about themselves


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a small model of this family, saved once."""
    at = tmp_path_factory.mktemp("models")

    def saved(family: str) -> Path:
        folder = at / family
        return folder if folder.exists() else getattr(making, family)(folder)

    return saved


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RARAVIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "cache"


def by_torch(kind: str, folder: Path) -> Any:
    """The encoder without an export, which takes seconds."""
    return make("embed", f"{kind}:name={folder},backend=torch")


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one * other).sum(axis=1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)


def pictures() -> list[np.ndarray]:
    """Upright, wide and of the input's own size."""
    return testing.pictures(sizes=((90, 64), (64, 121), (56, 56), (200, 150)))


def said_by_transformers(folder: Path) -> np.ndarray:
    model = transformers.AutoModel.from_pretrained(folder).eval()
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    features = getattr(model, "get_image_features", model)
    with torch.inference_mode():
        rows = [features(**processor([rgb], return_tensors="pt")).pooler_output for rgb in pictures()]
    return np.concatenate([row.numpy() for row in rows])


@pytest.mark.parametrize("family", ["dinov2", "siglip", "clip"])
def test_a_picture_has_the_vector_that_transformers_gives_it_with_its_own_processor(models: Any, family: str) -> None:
    vectors = by_torch("hf", models(family))(pictures())
    assert cosines(vectors, said_by_transformers(models(family))).min() > 0.9999


@pytest.mark.parametrize("family", ["dinov2", "dinov3", "siglip", "clip", "vit"])
def test_each_family_keeps_the_contract_of_encoders(models: Any, family: str) -> None:
    encoder = by_torch("hf", models(family))
    testing.check_encoder(encoder)
    assert encoder.id.startswith(f"hf-{family.removesuffix('-vit')}")
    assert isinstance(encoder, TextEncoder) == (family in ("siglip", "clip")) and not isinstance(encoder, ClipEncoder)


def test_vit_gives_its_class_token_for_the_pooler_of_its_checkpoints_is_untrained(models: Any) -> None:
    model = transformers.ViTModel.from_pretrained(models("vit"), add_pooling_layer=False).eval()
    processor = transformers.AutoImageProcessor.from_pretrained(models("vit"))
    with torch.inference_mode():
        tokens = model(**processor(pictures(), return_tensors="pt")).last_hidden_state.numpy()
    assert cosines(by_torch("hf", models("vit"))(pictures()), tokens[:, 0]).min() > 0.9999


def test_dinov3_is_prepared_as_its_configuration_says_where_its_processor_needs_torchvision(models: Any) -> None:
    encoder = by_torch("hf", models("dinov3"))
    model = transformers.AutoModel.from_pretrained(models("dinov3")).eval()
    grey = (np.float32([124, 116, 104]) / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    flat = torch.tensor(grey, dtype=torch.float32)[None, :, None, None].expand(1, 3, 32, 32)
    with torch.inference_mode():
        wanted = model(pixel_values=flat).pooler_output.numpy()
    assert cosines(encoder([np.full((50, 70, 3), (124, 116, 104), np.uint8)]), wanted).min() > 0.99999


@pytest.mark.parametrize("family", ["siglip", "clip"])
def test_a_text_has_the_same_vector_alone_and_in_company(models: Any, family: str) -> None:
    encoder = by_torch("hf", models(family))
    texts = ["a red bird", "a car", "a blue bird over trees"]
    rows = encoder.texts(texts)
    assert rows.shape == (3, encoder.dim) and rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(np.concatenate([encoder.texts([text]) for text in texts]), rows, atol=1e-5)
    assert len(np.unique(rows.round(3), axis=0)) == 3 and encoder.texts([]).shape == (0, encoder.dim)


def test_siglip_reads_lower_case_and_every_place_of_a_text_as_it_was_trained(models: Any) -> None:
    encoder = by_torch("hf", models("siglip"))
    model = transformers.AutoModel.from_pretrained(models("siglip")).eval()
    filled = torch.tensor([[2, 3, 5, making.END] + [0] * 8])  # a red bird, the end, and padding that is not masked
    with torch.inference_mode():
        wanted = model.get_text_features(input_ids=filled).pooler_output.numpy()
    assert cosines(encoder.texts(["A red BIRD"]), wanted).min() > 0.99999


def test_without_a_vocabulary_pictures_have_vectors_and_texts_are_refused(models: Any, tmp_path: Path) -> None:
    bare = Path(shutil.copytree(models("clip"), tmp_path / "bare"))
    (bare / "tokenizer.json").unlink()
    encoder = by_torch("hf", bare)
    assert encoder(pictures()).shape == (4, 24)
    with pytest.raises(ModelError, match=r"no tokenizer's vocabulary \(tokenizer\.json, .*bring those files too"):
        encoder.texts(["a bird"])


def test_a_text_longer_than_the_network_reads_is_cut_off(models: Any) -> None:
    encoder = by_torch("hf", models("clip"))
    long = encoder.texts(["bird " * 11 + "car " * 50])
    np.testing.assert_allclose(long, encoder.texts(["bird " * 11]), atol=1e-5)


def test_clips_have_the_mean_token_of_their_frames_and_each_its_own(models: Any) -> None:
    folder = models("videomae")
    encoder = by_torch("hf", folder)
    rng = np.random.default_rng(0)
    clips = [rng.integers(0, 256, (4, *size, 3), np.uint8) for size in ((32, 40), (50, 40), (32, 32))]
    model = transformers.AutoModel.from_pretrained(folder).eval()
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    with torch.inference_mode():
        tokens = [model(**processor(list(clip), return_tensors="pt")).last_hidden_state for clip in clips]
    wanted = np.concatenate([one.mean(dim=1).numpy() for one in tokens])
    assert isinstance(encoder, ClipEncoder) and encoder.frames == 4 and not hasattr(encoder, "texts")
    assert cosines(encoder(clips), wanted).min() > 0.9999
    assert encoder([]).shape == (0, 32)
    with pytest.raises(ModelError, match=r"got clips of \[3\] frames, wanted 4"):
        encoder([clips[0], clips[1][:3]])


@pytest.fixture(scope="module")
def exported(models: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A folder of a model, and the cache to which it was exported once."""
    with pytest.MonkeyPatch.context() as patch:
        cache = tmp_path_factory.mktemp("exported")
        patch.setenv("RARAVIS_CACHE", str(cache))
        make("embed", f"hf:name={models('dinov2')},backend=onnxruntime")
        yield models("dinov2"), cache


@pytest.mark.slow
def test_what_is_exported_answers_as_pytorch_does_under_the_same_id(
    exported: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, cache = exported
    monkeypatch.setenv("RARAVIS_CACHE", str(cache))
    quick, exact = make("embed", f"hf:{folder}"), by_torch("hf", folder)
    testing.check_encoder(quick)
    assert quick.id == exact.id and "onnxruntime" in quick.runs_by and "torch" in exact.runs_by
    assert cosines(quick(pictures()), exact(pictures())).min() > 0.9999


@pytest.mark.slow
def test_the_second_time_it_comes_from_the_cache_and_without_pytorch(exported: tuple[Path, Path]) -> None:
    folder, cache = exported
    code = "import sys; from raravis.embed.hf import hf; hf(sys.argv[1], backend='onnxruntime'); print(*sys.modules)"
    env = os.environ | {"RARAVIS_CACHE": str(cache)}
    done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=True, env=env)
    loaded = done.stdout.split()
    assert "raravis.embed.by_name" in loaded and not {"torch", "transformers", "huggingface_hub"} & set(loaded)


@pytest.mark.slow
def test_clips_are_exported_in_whole_clips(models: Any) -> None:
    encoder = make("embed", f"hf:name={models('videomae')},backend=onnxruntime")
    clips = [np.random.default_rng(i).integers(0, 256, (4, 32, 40, 3), np.uint8) for i in range(3)]
    assert cosines(encoder(clips), by_torch("hf", models("videomae"))(clips)).min() > 0.9999


def test_the_id_follows_weights_and_preparation_and_not_the_place(models: Any, tmp_path: Path) -> None:
    first = by_torch("hf", models("dinov2")).id
    moved = shutil.copytree(models("dinov2"), tmp_path / "moved")
    told = json.loads((moved / "config.json").read_text(encoding="utf-8"))
    (moved / "config.json").write_text(json.dumps(told | {"transformers_version": "9"}), encoding="utf-8")
    assert by_torch("hf", moved).id == first
    said = json.loads((moved / "preprocessor_config.json").read_text(encoding="utf-8"))
    (moved / "preprocessor_config.json").write_text(json.dumps(said | {"resample": 2}), encoding="utf-8")
    other = making.dinov2(tmp_path / "other", seed=1)
    assert len({first, by_torch("hf", moved).id, by_torch("hf", other).id}) == 3


def test_offline_the_line_names_model_cache_and_the_way_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError) as caught:
        make("embed", "hf:facebook/dinov2-small")
    line = str(caught.value)
    assert "\n" not in line and str(tmp_path / "hub") in line
    assert "hf download facebook/dinov2-small --local-dir FOLDER" in line and "use hf:FOLDER" in line
    assert line.count("(") == line.count(")")


def test_a_model_in_the_hubs_cache_is_found_without_the_hub(
    models: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    kept = tmp_path / "hub" / "models--me--small"
    shutil.copytree(models("dinov2"), kept / "snapshots" / "abc")
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("abc", encoding="utf-8")
    assert make("embed", "hf:name=me/small,backend=torch").id == by_torch("hf", models("dinov2")).id
    (kept / "snapshots" / "abc" / "model.safetensors").unlink()  # as after a broken download
    with pytest.raises(ModelError, match=r"holds no weights named model.*hf download me/small"):
        make("embed", "hf:me/small")


def test_what_is_fetched_are_the_weights_in_one_format_and_small_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fetched(repo: str, allow_patterns: list[str]) -> str:
        asked.append([pattern for pattern in allow_patterns if pattern not in hub.SMALL])
        if "model*.bin" in allow_patterns:
            (tmp_path / "model.bin").touch()
        return str(tmp_path)

    monkeypatch.setattr("huggingface_hub.snapshot_download", fetched)
    assert hub.folder("me/old", "hf:me/old", ["model"]) == tmp_path
    assert asked == [["model*.safetensors"], ["model*.bin"]]


@pytest.mark.parametrize(
    ("error", "told"),
    [("GatedRepoError", "is gated: accept its licence"), ("RepositoryNotFoundError", "the hub has no model 'me/it'")],
)
def test_a_gated_and_an_unknown_name_are_told_apart(monkeypatch: pytest.MonkeyPatch, error: str, told: str) -> None:
    from huggingface_hub import errors

    kind = getattr(errors, error)
    raised = kind.__new__(kind, "no")

    def refuse(*_: Any, **__: Any) -> None:
        raise raised

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(ModelError, match=told):
        make("embed", "hf:me/it")


@pytest.mark.parametrize("kind", ["hf", "timm", "openclip"])
def test_a_missing_library_names_its_extra(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(library: str) -> str:
        raise hub.PackageNotFoundError(library)

    monkeypatch.setattr(hub, "version", missing)
    with pytest.raises(
        ModelError, match=rf"not installed: pip install 'raravis\[{kind}\]'; add torch==.* torchvision=="
    ):
        make("embed", f"{kind}:some/model")


def test_the_versions_without_cuda_are_those_of_the_constraints() -> None:
    lines = (Path(__file__).parents[2] / "constraints" / "cpu.txt").read_text(encoding="utf-8").splitlines()
    assert " ".join(line for line in lines if line and not line.startswith("#")) == hub.WITHOUT_CUDA


@pytest.mark.parametrize(
    ("said", "quoted"),
    [
        ("no route\nsecond line", "no route"),
        ("An error happened. Please check your connection", "An error happened"),
        (
            "Cannot reach https://hub.co/api: offline mode is enabled. Unset it",
            "Cannot reach https://hub.co/api: offline mode is enabled",
        ),
        ("word " * 40, "word " * 31 + "…"),
        ("Max retries exceeded (Caused by NewError(" + "long " * 40 + "))", "Max retries exceeded"),
        ("(Max(" + "long " * 40 + "))", "OSError"),
        ("", "OSError"),
    ],
)
def test_a_librarys_words_are_quoted_to_the_end_of_a_sentence_or_bracket(said: str, quoted: str) -> None:
    assert hub._short(OSError(said)) == quoted


def test_a_folder_that_is_not_there_is_not_looked_for_on_the_hub(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        make("embed", f"hf:{tmp_path / 'gone'}")


def changed(folder: Path, file: str, **fields: Any) -> Path:
    told = json.loads((folder / file).read_text(encoding="utf-8"))
    (folder / file).write_text(json.dumps(told | fields), encoding="utf-8")
    return folder


def test_what_cannot_be_an_encoder_is_refused_with_the_reason(models: Any, tmp_path: Path) -> None:
    copies = iter(range(9))

    def copy(family: str) -> Path:
        return Path(shutil.copytree(models(family), tmp_path / str(next(copies))))

    def without(family: str, file: str) -> Path:
        folder = copy(family)
        (folder / file).unlink()
        return folder

    refused = {
        without("dinov2", "config.json"): r"config\.json: cannot be read",
        without("dinov2", "model.safetensors"): "holds no weights; wanted model.safetensors",
        without("dinov2", "preprocessor_config.json"): "no image processor can be loaded",
        changed(copy("dinov2"), "config.json", model_type=""): "names no model_type",
        changed(copy("dinov2"), "config.json", num_hidden_layers=3): "the weights lack .* such as",
        changed(copy("dinov2"), "preprocessor_config.json", resample=5): "resample=5; wanted",
        changed(copy("dinov2"), "preprocessor_config.json", do_center_crop=False): "wanted height and width, or",
        changed(copy("siglip"), "preprocessor_config.json", size={"height": 64, "width": 64}): "does not take",
        making.vit(tmp_path / "mae", masked=True): "ViTMAEModelOutput has no pooler_output",
        making.siglip_of_patches(tmp_path / "naflex"): r"\(NaFlex\); wanted a checkpoint of fixed size",
    }
    for folder, complaint in refused.items():
        with pytest.raises(ModelError, match=complaint):
            by_torch("hf", folder)


def test_a_processor_that_does_more_than_its_settings_say_is_found_out(
    models: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = transformers.SiglipImageProcessorPil
    plain = kind.rescale
    monkeypatch.setattr(kind, "rescale", lambda self, image, *args, **more: plain(self, image[::-1], *args, **more))
    with pytest.raises(ModelError, match=r"SiglipImageProcessorPil differs by \d+ of 255 levels"):
        by_torch("hf", models("siglip"))


def test_weights_of_many_files_count_only_when_all_are_there(tmp_path: Path) -> None:
    for part in (1, 2):
        (tmp_path / f"model-0000{part}-of-00003.safetensors").touch()
    assert hub.weights(tmp_path, ["model"]) == []
    (tmp_path / "model-00003-of-00003.safetensors").touch()
    assert len(hub.weights(tmp_path, ["model"])) == 3
    (tmp_path / "model.bin").touch()
    assert len(hub.weights(tmp_path, ["model"])) == 3
    (tmp_path / "model.safetensors").touch()
    assert [file.name for file in hub.weights(tmp_path, ["model"])] == ["model.safetensors"]


PLAIN = Sidecar("a", "1", 8, 8)


class Module(torch.nn.Module):  # type: ignore[misc]
    """A network of one function."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Any) -> Any:
        return self.function(x)


def network(function: Callable[[Any], Any]) -> by_name.Network:
    return on_torch.network(Module(function), PLAIN, "hf:it")


def test_bfloat16_is_taken_where_the_vectors_stay_and_left_where_they_do_not() -> None:
    """What is small beside what cancels out is lost in 8 bits."""
    mixing = torch.randn(192, 3, generator=torch.Generator().manual_seed(0))
    plain = on_torch.OnTorch(network(lambda x: x.flatten(1) @ mixing), "hf:it")
    fine = on_torch.OnTorch(
        network(lambda x: x.flatten(1) @ (mixing + 1000) - x.flatten(1) @ mixing.new_full((192, 1), 1000)), "hf:it"
    )
    for run, dtype in ((plain, torch.bfloat16), (fine, torch.float32)):
        before = next(run(pictures()))
        run.take(torch.bfloat16, 1)
        after = next(run(pictures()))
        assert run.dtype == dtype and after.dtype == np.float32 and cosines(before, after).min() > 0.999
        assert np.array_equal(before, after) == (dtype == torch.float32)


def test_networks_that_answer_differently_each_time_or_in_other_shapes_are_refused() -> None:
    with pytest.raises(ModelError, match="differently each time"):
        network(lambda x: x.mean(dim=(2, 3)) + torch.rand(3))
    with pytest.raises(ModelError, match=r"got an output of shape \(2, 3, 8, 8\) for 2, wanted \(2, D\)"):
        network(lambda x: x)


def test_a_device_that_is_not_there_is_refused_rather_than_replaced(models: Any) -> None:
    with pytest.raises(ModelError, match="cannot use device 'abacus'"):
        make("embed", f"hf:name={models('dinov2')},device=abacus")
    with pytest.raises(ModelError, match="backend=openvino runs on device=cpu, got 'cuda'"):
        make("embed", f"hf:name={models('dinov2')},device=cuda,backend=openvino")
    with pytest.raises(ModelError, match="unknown back end 'quickest'"):
        make("embed", f"hf:name={models('dinov2')},backend=quickest")


@pytest.mark.slow
def test_what_cannot_be_exported_runs_by_pytorch_says_so_and_is_not_tried_again() -> None:
    def branching(x: Any) -> Any:
        return x.mean(dim=(2, 3)) if float(x.sum()) > 0 else x.amax(dim=(2, 3))

    loads = []

    def load() -> by_name.Network:
        loads.append(1)
        return network(branching)

    recipe = by_name.Recipe("hf:it", "hf-it", "0" * 12, ("torch 0",), load)
    encoder = by_name.encoder(recipe, device="cpu", backend="auto")
    assert encoder.runs_by.startswith("torch") and "not exportable to ONNX" in encoder.runs_by
    assert len(loads) == 2 and encoder([np.full((8, 8, 3), 9, np.uint8)]).shape == (1, 3)
    by_name.encoder(recipe, device="cpu", backend="auto")
    assert len(loads) == 3  # to run, not to export
    with pytest.raises(ModelError, match=r"not exportable.*use backend=torch"):
        by_name.encoder(recipe, device="cpu", backend="onnxruntime")
