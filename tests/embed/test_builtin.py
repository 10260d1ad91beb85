"""The encoder that lies in the package."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from raravis import testing
from raravis.embed import NamedEncoder
from raravis.embed.builtin import Builtin
from raravis.flow import words
from raravis.media.pictures import read_picture
from raravis.onnx.sidecar import sha256
from raravis.types import Floats, Pixels

MOST_BYTES, MOST_NUMBERS = 6_000_000, 384


@pytest.fixture(scope="module")
def builtin() -> Builtin:
    return Builtin()


def drawn(shape: str, *, colour: str, at: int, back: str = "lightblue") -> Pixels:
    image = Image.new("RGB", (240, 180), back)
    getattr(ImageDraw.Draw(image), shape)((at, 40, at + 90, 130), fill=colour)
    return np.asarray(image)


def test_it_is_small_and_what_its_sidecar_says(builtin: Builtin) -> None:
    file = Path(str(resources.files("raravis") / "models/builtin.onnx"))
    assert file.stat().st_size + file.with_suffix(".json").stat().st_size < MOST_BYTES
    assert builtin.dim <= MOST_NUMBERS and builtin.model.sidecar.sha256 == sha256(file)
    assert builtin.id.startswith("builtin-2-")


def test_it_keeps_the_contract(builtin: Builtin) -> None:
    testing.check_encoder(builtin)


def test_the_same_thing_elsewhere_in_the_picture_is_nearer_than_another_thing(builtin: Builtin) -> None:
    red, moved, other = builtin(
        [
            drawn("ellipse", colour="red", at=20),
            drawn("ellipse", colour="red", at=120),
            drawn("rectangle", colour="green", at=120),
        ]
    )
    assert red @ moved > red @ other + 0.1


def test_it_knows_the_names_of_a_thousand_classes(builtin: Builtin) -> None:
    assert isinstance(builtin, NamedEncoder) and len(builtin.names) == 1001
    found = words.read(builtin, ["Granny Smith"])
    assert found.classes == {"Granny Smith": ["Granny Smith"]}
    assert np.linalg.norm(found.vectors) == pytest.approx(1, abs=1e-5)


@pytest.mark.data
def test_a_name_finds_pictures_of_its_class(builtin: Builtin) -> None:
    """Among 60 photographs, 12 of each of five products that ImageNet names."""
    vectors, fine = photographs(builtin, ["Granny-Smith", "Lemon", "Banana", "Pineapple", "Pomegranate"], each=12)
    for text, name in (("banana", "Banana"), ("pineapple", "Pineapple"), ("lemon", "Lemon")):
        best = np.argsort(-(vectors @ words.read(builtin, [text]).vectors[0]))[:10]
        assert np.mean(fine[best] == name) >= 0.6  # one in five by chance


@pytest.mark.data
def test_pictures_of_one_product_lie_nearer_than_the_descriptor_puts_them(builtin: Builtin, tmp_path: Path) -> None:
    from raravis.embed.descriptor import Descriptor

    names = ["Granny-Smith", "Lemon", "Avocado", "Ginger", "Kiwi", "Banana", "Pomegranate", "Aubergine", "Leek", "Lime"]
    pixels, fine = pictures(names, each=12)
    by_hand = Descriptor.fit(iter(pixels), tmp_path / "learnt.npz")
    assert precision(builtin(pixels), fine) > precision(by_hand(pixels), fine) + 0.05


def precision(vectors: Floats, fine: np.ndarray) -> float:
    """Share of the eleven most like each picture that show the same, where twelve do."""
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -1)
    nearest = np.argsort(-likeness, axis=1)[:, :11]
    return float(np.mean(fine[nearest] == fine[:, None]))


def photographs(builtin: Builtin, names: list[str], *, each: int) -> tuple[Floats, np.ndarray]:
    pixels, fine = pictures(names, each=each)
    return builtin(pixels), fine


def pictures(names: list[str], *, each: int) -> tuple[list[Pixels], np.ndarray]:
    """Photographs of the test split, which no training saw."""
    folder = Path(os.environ["RARAVIS_DATA"]) / "grocery"
    rows = [line.split(",") for line in (folder / "labels.csv").read_text().splitlines()[1:]]
    of_test = [(file, fine) for file, fine, _, split in rows if split == "test"]
    chosen = [pair for name in names for pair in [pair for pair in of_test if pair[1] == name][:each]]
    pixels = [read_picture(folder / "images" / Path(file).name) for file, _ in chosen]
    return pixels, np.array([fine for _, fine in chosen])
