"""Every file of the awkward collection ends as its README says."""

import os
from pathlib import Path

import numpy as np
import pytest

from raravis.errors import MediaError
from raravis.media.video import VideoReader
from raravis.media.walk import walk
from raravis.sample.every import Every
from raravis.sample.keyframes import Keyframes

CLIPS = Path(os.environ.get("RARAVIS_DATA", "unset")) / "clips"
pytestmark = [pytest.mark.data, pytest.mark.skipif(not CLIPS.is_dir(), reason="RARAVIS_DATA is unset")]

EXPECTED = {  # name: width, height, frames that decode
    "-starts-with-dash.mp4": (1, 1, 5),
    "animation.gif": (96, 76, 24),
    "av1.mkv": (320, 256, 90),
    "bframes_open_gop.mp4": (320, 256, 90),
    "bit_errors.mp4": (320, 256, 171),
    "bonfire.mp4": (1280, 720, 25),
    "bottles.mp4": (640, 360, 1189),
    "cartoon_vp8.webm": (1280, 720, 720),
    "corridor_people.mp4": (768, 432, 1394),
    "corrupted.mp4": (1280, 720, 49),
    "failing_audio.mp4": (640, 360, 280),
    "flies_grey.mp4": (384, 384, 1100),
    "hevc.mp4": (320, 256, 90),
    "interlaced.mp4": (320, 256, 45),
    "late_start.ts": (320, 256, 90),
    "mjpeg.avi": (160, 128, 90),
    "mpeg2.ts": (320, 256, 90),
    "mpeg4.avi": (320, 240, 164),
    "mpeg4_1080p.mp4": (1920, 1080, 8),
    "mpeg4_small.mp4": (240, 180, 30),
    "no_duration.webm": (1280, 720, 74),
    "odd_size.mkv": (321, 243, 90),
    "pancake.mkv": (426, 240, 310),
    "park_720p.mp4": (1280, 720, 289),
    "pixel_aspect.mp4": (320, 256, 90),
    "portrait.mp4": (406, 720, 450),
    "road_cars.mp4": (768, 432, 377),
    "rotate0.mov": (568, 320, 3),
    "rotate180.mov": (568, 320, 3),
    "rotate270.mov": (320, 568, 3),
    "rotate90.mov": (320, 568, 3),
    "scene_cuts.mp4": (1280, 272, 250),
    "sign1.mkv": (640, 480, 109),
    "sign2.mkv": (640, 480, 89),
    "sign3.mkv": (640, 480, 49),
    "space_multistream.mp4": (320, 180, 325),
    "street_walk.mp4": (1280, 720, 195),
    "ten_bit.mp4": (320, 256, 90),
    "test_card.mp4": (1920, 1080, 251),
    "three_frames.mp4": (560, 320, 3),
    "trail_1fps.asf": (80, 60, 61),
    "trail_1fps.avi": (106, 60, 61),
    "trail_1fps.mp4": (106, 60, 61),
    "transparent.webm": (200, 200, 150),
    "truncated_faststart.mp4": (320, 256, 55),
    "unordered.mov": (50, 50, 4),
    "vfr.mp4": (320, 256, 38),
    "vp9.webm": (320, 256, 90),
}
REFUSED = {
    "audio_only.mp4": "no video stream",
    "empty.webm": "cannot be read as video",
    "text.mp4": "cannot be read as video",
    "truncated_no_index.mp4": "cannot be read as video",
}
DAMAGED = {
    "bit_errors.mp4": "9 of 180 frames could not be decoded",
    "corrupted.mp4": "1 of 50 frames could not be decoded",
    "truncated_faststart.mp4": "1 of 56 frames could not be decoded",
}


def test_the_tables_name_every_video_of_the_collection() -> None:
    found = {found.name for found in walk([CLIPS]) if found.kind == "video"}
    assert found == EXPECTED.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_all_that_decodes_is_shown_once_in_order_and_a_sample_shows_the_same_pixels(name: str) -> None:
    reader = VideoReader(CLIPS / name)
    probed = reader.probe()
    packets = probed.packets
    truth = {frame.pts: frame.rgb for frame in reader.frames(packets, short_side=32)}
    assert (probed.width, probed.height, len(truth)) == EXPECTED[name]
    assert np.all(np.diff([*truth]) > 0)
    assert {rgb.shape[0] < rgb.shape[1] for rgb in truth.values()} == {probed.height < probed.width}
    assert DAMAGED.get(name, "") in "; ".join(reader.problems)
    assert bool(reader.problems) == (name in DAMAGED)
    if name not in DAMAGED:  # a decoder that skips conceals damage differently
        wanted = np.union1d(Keyframes()(packets), Every(1.7)(packets))
        frames = list(reader.frames(packets, wanted, short_side=32))
        assert [frame.pts for frame in frames] == wanted.tolist()
        assert all(np.array_equal(frame.rgb, truth[frame.pts]) for frame in frames)


@pytest.mark.parametrize("name", REFUSED)
def test_what_holds_no_video_is_refused(name: str) -> None:
    with pytest.raises(MediaError, match=REFUSED[name]):
        VideoReader(CLIPS / name).probe()


@pytest.mark.parametrize(("name", "last"), [("vfr.mp4", 2.8), ("late_start.ts", 89 / 30), ("trail_1fps.avi", 60.0)])
def test_times_come_from_the_stream(name: str, last: float) -> None:
    assert VideoReader(CLIPS / name).probe().packets.seconds()[-1] == pytest.approx(last, abs=1e-4)


def test_damage_seen_without_decoding_is_named() -> None:
    assert VideoReader(CLIPS / "truncated_faststart.mp4").probe().problem == "56 of 180 declared frames are there"
