"""Clips by an encoder of pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from raravis import plugins
from raravis.embed import ClipEncoder, NamedEncoder, TextEncoder, unit
from raravis.embed.pooled import Pooled
from raravis.errors import InputError, ModelError
from raravis.plugins import make
from raravis.types import Floats, Pixels


class Red:
    """(red, green) of the first pixel, of unit length; black has no vector."""

    id, dim, short_side = "red-1", 2, 16
    names, directions = ("poppy", "leaf"), np.eye(2, dtype=np.float32)

    def __call__(self, pictures: Sequence[Pixels]) -> Floats:
        return unit(np.array([rgb[0, 0, :2] for rgb in pictures], np.float32).reshape(-1, 2), self.id)

    def texts(self, texts: Sequence[str]) -> Floats:
        return np.array([[0.6, 0.8]] * len(texts), np.float32).reshape(-1, 2)


class Learner:
    needs_fit = True


@pytest.fixture(autouse=True)
def red(monkeypatch: pytest.MonkeyPatch) -> None:
    load, ours = plugins.load, {"red": Red, "learner": Learner}
    monkeypatch.setattr(plugins, "load", lambda kind, name: ours.get(name) or load(kind, name))


def clip(*colours: tuple[int, int]) -> Pixels:
    """Frames (T, 4, 6, 3) of these reds and greens."""
    return np.array([[[(r, g, 0)] * 6] * 4 for r, g in colours], np.uint8)


def test_the_mean_is_what_lasts_and_the_max_what_flashes_by() -> None:
    half = np.sqrt(0.5)
    flash = clip((9, 0), (9, 0), (9, 0), (0, 9))  # vectors (1, 0) three times, (0, 1) once
    np.testing.assert_allclose(Pooled("red", 4, "mean")([flash]), [np.array([3, 1]) / np.sqrt(10)], atol=1e-6)
    np.testing.assert_allclose(Pooled("red", 4, "max")([flash]), [[half, half]], atol=1e-6)


def test_both_are_side_by_side_and_weigh_the_same() -> None:
    still, flash = clip((9, 0), (9, 0)), clip((9, 0), (0, 9))
    both = Pooled("red", 2)([still, flash])
    assert both.shape == (2, 4) and both.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(both[:, :2], axis=1), np.sqrt(0.5), atol=1e-6)
    np.testing.assert_allclose(both[0], [np.sqrt(0.5), 0, np.sqrt(0.5), 0], atol=1e-6)
    np.testing.assert_allclose(both[1], [0.5] * 4, atol=1e-6)


def test_no_clips_are_no_trouble_and_clips_may_differ_in_size() -> None:
    assert Pooled("red", 2)([]).shape == (0, 4)
    large, small = np.full((2, 9, 9, 3), 200, np.uint8), clip((9, 0), (9, 0))
    assert Pooled("red", 2, "mean")([large, small]).shape == (2, 2)


def test_a_clip_with_a_frame_that_has_no_vector_is_refused() -> None:
    with pytest.raises(ModelError, match=r"red-1: no vector for rows \[1\] of 2"):
        Pooled("red", 2)([clip((9, 0), (0, 0))])


def test_it_takes_clips_and_whatever_changes_its_vectors_changes_its_id() -> None:
    made = make("embed", "pooled:of=red,frames=3,pool=max")
    assert isinstance(made, ClipEncoder) and (made.frames, made.dim, made.short_side) == (3, 2, 16)
    ids = {Pooled("red", frames, pool).id for frames in (2, 3) for pool in ("mean", "max", "both")}
    assert len(ids) == 6 and made.id == "pooled-1-max3-red-1"
    assert make("embed", "pooled:red").frames == 4


def test_texts_and_class_names_of_the_inner_encoder_serve_under_mean_alone() -> None:
    mean, both = Pooled("red", 2, "mean"), Pooled("red", 2, "both")
    assert isinstance(mean, TextEncoder) and mean.texts(["a poppy"]).tolist() == Red().texts([""]).tolist()
    assert isinstance(mean, NamedEncoder) and mean.names == ("poppy", "leaf") and len(mean.directions) == 2
    assert not isinstance(both, TextEncoder) and not isinstance(both, NamedEncoder)
    assert not isinstance(Pooled("toy", 2, "mean"), TextEncoder)


@pytest.mark.parametrize(("frames", "pool"), [(1, "mean"), (65, "mean"), (4, "sum")])
def test_a_setting_that_makes_no_sense_is_refused(frames: int, pool: str) -> None:
    wanted = f"got frames={frames}, pool={pool}; wanted frames from 2 to 64 and pool one of mean, max, both"
    with pytest.raises(InputError, match=wanted):
        Pooled("red", frames, pool)


def test_an_encoder_that_takes_clips_or_learns_first_cannot_be_pooled() -> None:
    with pytest.raises(InputError, match="pooled:red takes clips itself; use it as it is"):
        Pooled("pooled:red")
    with pytest.raises(ModelError, match="learner first learns from a collection, so it cannot be pooled"):
        Pooled("learner")


def test_without_an_encoder_to_pool_it_says_what_is_wanted() -> None:
    for spec in ("pooled", "pooled:frames=8"):
        with pytest.raises(InputError, match=r"^encoder pooled needs of=ENCODER, such as pooled:of=builtin,frames=4$"):
            make("embed", spec)


def test_where_words_do_not_fit_it_names_the_pool_under_which_they_do() -> None:
    assert Pooled("red", 3, "both").with_words == "pooled:of=red,frames=3,pool=mean"
    assert not hasattr(Pooled("red", 3, "mean"), "with_words") and not hasattr(Pooled("toy", 3, "both"), "with_words")
