"""The hand-made descriptor and its whitening."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from raravis import testing
from raravis.embed.descriptor import Descriptor, whiten
from raravis.embed.features import ANGLES, DIM, LBP_CODES, colours, describe, edges, textures
from raravis.errors import ModelError


def stripes(step: int, *, across: bool, noise: int = 0, seed: int = 0) -> np.ndarray:
    """A square picture of light and dark stripes `step` pixels wide."""
    line = np.arange(96) // step % 2 * 160 + 40
    grey = np.tile(line, (96, 1)) if across else np.tile(line[:, None], (1, 96))
    grain = np.random.default_rng(seed).integers(-noise, noise + 1, (96, 96))
    return np.repeat((grey + grain)[..., None], 3, axis=2).astype(np.uint8)


def test_a_description_has_the_length_that_it_says() -> None:
    for picture in (*testing.pictures(), np.zeros((5, 900, 3), np.uint8)):
        assert describe(picture).shape == (DIM,) and np.isfinite(describe(picture)).all()


def test_colours_count_the_share_of_pixels_in_each_bin() -> None:
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0, 0] = 255
    assert colours(pixels, (2, 2, 2)).tolist() == [0.75, 0, 0, 0, 0, 0, 0, 0.25]


def test_a_flat_picture_has_one_texture_and_a_bright_dot_has_eight_more() -> None:
    flat = np.full((9, 9), 100, np.uint8)
    assert np.count_nonzero(textures(flat)) == 1 and textures(flat).sum() == 1
    flat[4, 4] = 200
    assert np.count_nonzero(textures(flat)) == 9 and len(textures(flat)) == LBP_CODES


def test_edges_are_strongest_along_their_own_direction_and_where_they_lie() -> None:
    grey = np.zeros((64, 64), np.uint8)
    grey[:, 8:] = 200  # one upright edge, in the left column of cells
    strength = edges(grey).reshape(ANGLES, 4, 4)
    assert strength[:, :, 0].argmax(axis=0).tolist() == [0] * 4  # brightness changes from left to right
    assert not strength[:, :, 1:].any()


def test_without_a_fit_it_refuses_and_says_so() -> None:
    assert Descriptor().needs_fit
    with pytest.raises(ModelError, match="not fitted yet"):
        Descriptor()([np.zeros((4, 4, 3), np.uint8)])


def test_pictures_of_one_kind_are_nearer_to_each_other(tmp_path: Path) -> None:
    kinds = [(4, True), (4, False), (16, True), (16, False)]
    pictures = [stripes(step, across=across, noise=30, seed=i) for step, across in kinds for i in range(5)]
    vectors = Descriptor.fit(pictures, tmp_path / "b.npz")(pictures)
    nearest = (vectors @ vectors.T - 9 * np.eye(20)).argmax(axis=1)
    assert (nearest // 5 == np.arange(20) // 5).all()


def test_the_file_makes_the_same_encoder_again_and_another_collection_another(tmp_path: Path) -> None:
    one = Descriptor.fit(testing.pictures(0), tmp_path / "one.npz")
    other = Descriptor.fit(testing.pictures(1), tmp_path / "other.npz")
    again = Descriptor(str(tmp_path / "one.npz"))
    assert one.id == again.id != other.id and not again.needs_fit
    np.testing.assert_array_equal(one(testing.pictures()), again(testing.pictures()))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.npz", "other.npz"]


@pytest.mark.parametrize("fitted_on", [testing.pictures()[:1], testing.pictures()[:1] * 20, testing.pictures()])
def test_it_keeps_the_contract_however_small_the_collection(tmp_path: Path, fitted_on: list[np.ndarray]) -> None:
    testing.check_encoder(Descriptor.fit(fitted_on, tmp_path / "b.npz"))


def test_fitting_on_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no pictures"):
        Descriptor.fit([], tmp_path / "b.npz")
    assert not list(tmp_path.iterdir())


def test_whitening_evens_out_large_and_small_variances() -> None:
    """Variances 100, 1, 1 have mean 34: 10 / 1 becomes 10 / 1 times (134 / 35) ** -0.25."""
    spread = np.random.default_rng(0).standard_normal((20_000, 3)) * [10, 1, 1]
    mean, basis = whiten(spread.astype(np.float32), 3)
    after = ((spread - mean) @ basis).std(axis=0)
    assert after[0] / after[1] == pytest.approx(7.15, rel=0.03)


@pytest.mark.parametrize("text", [b"", b"PK\x03\x04 torn", b"numbers"])
def test_a_file_that_holds_no_whitening_is_refused(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "b.npz"
    file.write_bytes(text)
    with pytest.raises(ModelError, match="fit it again"):
        Descriptor(str(file))
    np.savez(file, mean=np.zeros(3), basis=np.zeros((3, 3)))
    with pytest.raises(ModelError, match=r"want shapes .*got \(3,\)"):
        Descriptor(str(file))
