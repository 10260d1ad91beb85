"""The contract suites, over every installed plugin, and that each of them can fail."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import by_name_making
import numpy as np
import onnx_making as making
import pytest

from raravis import plugins, testing
from raravis.detect import Detections
from raravis.embed.toy import Toy
from raravis.index.exact import Exact
from raravis.types import Pool, Vectors


@pytest.fixture
def argument(tmp_path: Path) -> dict[tuple[str, str], str]:
    """What plugins that need a file are given."""
    encoder = making.mean_colour(tmp_path / "e.onnx")
    making.sidecar(encoder, mean=0.5, std=0.25)
    detector = making.says(tmp_path / "d.onnx", np.float32([[[20], [20], [10], [10], [0.9]]]), size=(64, 64))
    making.sidecar(detector, width=64, height=64, dim=None, names=["thing"], decode="yolov8")
    return {("embed", "onnx"): f":{encoder}", ("embed", "pooled"): ":of=toy", ("detect", "onnx"): f":{detector}"}


LIBRARIES = {
    "hf": ("transformers", by_name_making.dinov2),
    "timm": ("timm", by_name_making.timm_vit),
    "openclip": ("open_clip", by_name_making.openclip),
}


@pytest.mark.parametrize("name", plugins.names("embed"))
def test_every_encoder_keeps_the_contract(name: str, argument: dict[Any, str], tmp_path: Path) -> None:
    if name in LIBRARIES:
        library, save = LIBRARIES[name]
        if not find_spec(library):
            pytest.skip(library)
        argument["embed", name] = f":name={save(tmp_path / name)},backend=torch"
    encoder = plugins.make("embed", name + argument.get(("embed", name), ""))
    if getattr(encoder, "needs_fit", False):
        encoder = encoder.fit(testing.pictures(), tmp_path / "fitted")
    testing.check_encoder(encoder)


@pytest.mark.parametrize("name", plugins.names("detect"))
def test_every_detector_keeps_the_contract(name: str, argument: dict[Any, str]) -> None:
    testing.check_detector(plugins.make("detect", name + argument.get(("detect", name), "")))


@pytest.mark.parametrize("name", plugins.names("index"))
def test_every_index_keeps_the_contract(name: str, tmp_path: Path) -> None:
    testing.check_index(plugins.load("index", name), tmp_path)


@pytest.mark.parametrize("name", plugins.names("pick"))
def test_every_strategy_keeps_the_contract(name: str) -> None:
    testing.check_pick(plugins.strategy(name))


def peeking(pool: Pool, k: int, rng: np.random.Generator) -> Any:
    rows = rng.permutation(np.flatnonzero(~pool.asked))
    rows = rows[np.argsort(-pool.label[rows], kind="stable")][:k]
    return rows, np.zeros(len(rows), np.float32)


def forgetful(pool: Pool, k: int, rng: np.random.Generator) -> Any:
    rows = np.arange(min(k, len(pool)))
    return rows, np.zeros(len(rows), np.float32)


def fickle(pool: Pool, k: int, rng: np.random.Generator) -> Any:
    rows = np.random.default_rng().permutation(np.flatnonzero(~pool.asked))[:k]
    return rows, np.zeros(len(rows), np.float32)


def by_place(pool: Pool, k: int, rng: np.random.Generator) -> Any:
    rows = np.flatnonzero(~pool.asked)[:k]
    return rows, np.float32(rows)


@pytest.mark.parametrize("strategy", [peeking, forgetful, fickle, by_place])
def test_a_strategy_that_peeks_repeats_wavers_or_goes_by_place_is_caught(strategy: Any) -> None:
    with pytest.raises(AssertionError):
        testing.check_pick(strategy)


class Long(Toy):
    def __call__(self, pictures: Any) -> Any:
        return 2 * super().__call__(pictures)


class Crowded(Toy):
    def __call__(self, pictures: Any) -> Any:
        return np.roll(super().__call__(pictures), 1, axis=0)


@pytest.mark.parametrize("encoder", [Long(), Crowded()])
def test_an_encoder_that_forgets_the_length_or_mixes_its_rows_is_caught(encoder: Any) -> None:
    with pytest.raises(AssertionError):
        testing.check_encoder(encoder)


class Beyond:
    name, needs_pixels, short_side = "beyond", False, None

    def __call__(self, frames: Any) -> list[Detections]:
        return [Detections(np.array([[0.5, 0.5, 1.5, 1.5]]), np.ones(1), [""]) for _ in frames]


def test_a_detector_that_leaves_the_frame_is_caught() -> None:
    with pytest.raises(AssertionError):
        testing.check_detector(Beyond())


class Rough(Exact):
    """Trusts the int8 scores."""

    def search(self, queries: Any, k: int, *, allowed: Any = None) -> Any:
        rows = np.argsort(-self.scan(queries), axis=1, kind="stable")[:, :k]
        return self.vectors.ids[rows], np.take_along_axis(self.scan(queries), rows, axis=1)


class Open(Exact):
    """Lets everything out."""

    def search(self, queries: Any, k: int, *, allowed: Any = None) -> Any:
        return super().search(queries, k)


class Padded(Exact):
    """Gives k, though fewer be allowed."""

    def search(self, queries: Any, k: int, *, allowed: Any = None) -> Any:
        found = super().search(queries, k, allowed=allowed)
        return tuple(np.pad(one, ((0, 0), (0, k - one.shape[1])), mode="edge") for one in found)


class Stale(Exact):
    """Never looks whether the folder fits."""

    kept: dict[Any, Vectors] = {}  # noqa: RUF012

    def __init__(self, vectors: Vectors, folder: Path | None = None) -> None:
        super().__init__(self.kept.setdefault(folder, vectors) if folder else vectors)


@pytest.mark.parametrize("factory", [Rough, Stale, Open, Padded])
def test_an_index_that_is_rough_stale_open_or_padded_is_caught(factory: Any, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        testing.check_index(factory, tmp_path)
