"""Clips: the frames of a stretch, at their own times, in a file that plays."""

from pathlib import Path

import numpy as np
import pytest
from films import Render, level
from PIL import Image

from raravis.errors import MediaError
from raravis.media.clip import write_clip
from raravis.media.image import FramesReader
from raravis.media.video import VideoReader


def seconds_and_levels(path: Path) -> list[tuple[float, int]]:
    packets = VideoReader(path).probe().packets
    levels = [level(frame.rgb) for frame in VideoReader(path).frames(packets)]
    return list(zip(packets.seconds().round(3).tolist(), levels, strict=True))


def test_a_clip_holds_the_frames_shown_in_its_stretch_at_their_own_times(render: Render, tmp_path: Path) -> None:
    path = render("vfr.mkv", [10, 50, 90, 130, 170], pts=[500, 540, 1500, 1600, 3500], size=(64, 48))
    write_clip(path, VideoReader(path).probe().packets, 0.5, 1.1, tmp_path / "clip.mp4")
    got = seconds_and_levels(tmp_path / "clip.mp4")
    assert [at for at, _ in got] == [0, 0.96]  # the frame of 0.04 s is still on at 0.5 s
    assert [grey for _, grey in got] == pytest.approx([50, 90], abs=3)


def test_an_odd_size_is_cut_to_an_even_one(render: Render, tmp_path: Path) -> None:
    path = render("odd.mkv", [100], size=(33, 17), pix_fmt="yuv444p")
    write_clip(path, VideoReader(path).probe().packets, 0, 1, tmp_path / "clip.mp4")
    probed = VideoReader(tmp_path / "clip.mp4").probe()
    assert (probed.width, probed.height) == (32, 16)


def test_one_pixel_and_a_folder_of_frames_make_clips_too(render: Render, tmp_path: Path) -> None:
    dot = render("dot.mp4", [100], size=(1, 1), pix_fmt="yuv444p")
    write_clip(dot, VideoReader(dot).probe().packets, 0, 1, tmp_path / "dot_clip.mp4")
    assert VideoReader(tmp_path / "dot_clip.mp4").probe().width == 2
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(4):
        Image.fromarray(np.full((8, 8, 3), 60 * number, np.uint8)).save(folder / f"{number}.png")
    write_clip(folder, FramesReader(folder).probe().packets, 1, 3, tmp_path / "clip.mp4")
    assert [at for at, _ in seconds_and_levels(tmp_path / "clip.mp4")] == [0, 1]


def test_a_stretch_without_frames_and_a_place_that_cannot_be_written_are_refused(
    render: Render, tmp_path: Path
) -> None:
    path = render("a.mp4", [10, 20])
    packets = VideoReader(path).probe().packets
    with pytest.raises(MediaError, match="no frame can be decoded in"):
        write_clip(path, packets, 50, 60, tmp_path / "clip.mp4")
    with pytest.raises(MediaError, match="clip cannot be written"):
        write_clip(path, packets, 0, 1, tmp_path / "no" / "folder" / "clip.mp4")
