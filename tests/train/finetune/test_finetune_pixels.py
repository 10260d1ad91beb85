"""Pictures decoded once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import finetune_making as making
import numpy as np
import pytest

from raravis.errors import InputError
from raravis.onnx import Sidecar
from raravis.onnx.prepare import prepare
from raravis.train.finetune.pixels import Kept, enlarged, kept, placed

SIDECAR = Sidecar("tiny", "1", 16, 16, mean=(0.5,) * 3, std=(0.25,) * 3, dim=12)


def keep(folder: Path, data: Any, *, room: float = 1.0, tell: Callable[[int, int], None] = lambda *_: None) -> Kept:
    return kept(folder / "some", data, np.arange(len(data)), SIDECAR, room=room, tell=tell)


def test_what_is_kept_is_what_lies_on_the_networks_input(tmp_path: Path) -> None:
    data = making.labelled(6)
    pixels = keep(tmp_path, data).pixels(np.array([4, 0]))
    shown = dict(data.pictures(np.arange(6)))
    assert pixels.shape == (2, 16, 16, 3)
    levels = (pixels / 255 - 0.5) / 0.25
    assert np.allclose(levels.transpose(0, 3, 1, 2), prepare(SIDECAR, [shown[4], shown[0]]), atol=1e-5)


def test_a_second_run_decodes_nothing(tmp_path: Path) -> None:
    before = keep(tmp_path, making.labelled(6))
    again = keep(tmp_path, making.labelled(6, unreadable=range(6)))
    assert np.array_equal(before.pixels(np.arange(6)), again.pixels(np.arange(6)))


def test_a_file_that_was_not_finished_is_made_again(tmp_path: Path) -> None:
    wanted = np.array(keep(tmp_path, making.labelled(6)).pixels(np.arange(6)))
    (tmp_path / "some.json").unlink()
    (tmp_path / "some.npy").write_bytes(b"half")
    assert np.array_equal(keep(tmp_path, making.labelled(6)).pixels(np.arange(6)), wanted)


def test_pictures_that_cannot_be_read_are_left_out_and_the_others_keep_their_rows(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    whole = keep(tmp_path / "whole", making.labelled(6))
    some = keep(tmp_path, making.labelled(6, unreadable=(0, 3)))
    assert (whole.rows.tolist(), some.rows.tolist()) == ([0, 1, 2, 3, 4, 5], [1, 2, 4, 5])
    assert np.array_equal(some.pixels(np.array([2])), whole.pixels(np.array([4])))


def test_with_room_a_picture_is_larger_and_a_crop_cuts_less(tmp_path: Path) -> None:
    assert keep(tmp_path, making.labelled(2), room=1.25).pixels(np.array([0])).shape == (1, 20, 20, 3)
    cut = Sidecar("cut", "1", 16, 16, resize="crop", crop=0.5)
    assert (enlarged(cut, 1.25).crop, enlarged(cut, 1.0).crop) == (1.0, 0.5)


def test_how_far_it_is_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    keep(tmp_path, making.labelled(3), tell=lambda *far: told.append(far))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_no_pictures_are_kept_as_none(tmp_path: Path) -> None:
    nothing = kept(tmp_path / "some", making.labelled(2), np.arange(0), SIDECAR, room=1.0, tell=lambda *_: None)
    assert len(nothing) == 0


def test_a_disk_without_room_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(500_001_000))
    with pytest.raises(InputError, match=r"48 pictures of 16 x 16 take 0.0 GB, 0.0 GB are free; name a folder"):
        keep(tmp_path, making.labelled())
    assert not list(tmp_path.iterdir())


def test_a_picture_is_placed_before_any_arithmetic() -> None:
    grey = np.full((30, 50, 3), 77, np.uint8)
    assert (placed(SIDECAR, grey) == 77).all()
