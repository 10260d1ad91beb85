"""Video files: true times, exact frames whatever is skipped, and damage that costs no more than itself."""

import shutil
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from films import Render, decoded, level

from raravis.errors import MediaError
from raravis.media.demux import Demuxer
from raravis.media.video import VideoReader
from raravis.types import Ints, Packets

OPEN_GOP = {"x264-params": "open-gop=1:bframes=3:b-adapt=0:keyint=10:min-keyint=10"}
X265 = "log-level=none:b-adapt=0:keyint=10:"
FILMS = {
    "plain.mp4": {},
    "short_groups.mkv": {"gop": 5},
    "b_frames.mp4": {"gop": 10, "bframes": 3},
    "open_groups.mp4": {"bframes": 3, "options": OPEN_GOP},
    "open_groups.mkv": {"bframes": 3, "options": OPEN_GOP},
    "open_groups.ts": {"bframes": 3, "options": OPEN_GOP, "pts": [1000 + 40 * i for i in range(30)]},
    "hevc.mp4": {"codec": "libx265", "options": {"x265-params": X265}},
    "hevc_layers.mkv": {"codec": "libx265", "options": {"x265-params": X265 + "temporal-layers=3"}},
    "hevc_open_groups.mp4": {"codec": "libx265", "options": {"x265-params": X265 + "open-gop=1"}},
    "mpeg4_b.mp4": {"codec": "mpeg4", "bframes": 2, "gop": 8, "time_base": Fraction(1, 25), "pts": [*range(30)]},
    "refreshed_by_columns.mp4": {"gop": 10, "options": {"x264-params": "intra-refresh=1:keyint=10"}},
    "refreshed_by_columns.ts": {
        "gop": 10,
        "options": {"x264-params": "intra-refresh=1:keyint=10"},
        "pts": [1000 + 40 * i for i in range(30)],
    },
    "fragmented.mp4": {"gop": 10, "muxer": {"movflags": "frag_keyframe+empty_moov"}},
    "cut_by_edit_list.mp4": {"pts": [40 * i - 200 for i in range(30)], "gop": 10},
}


def grey_levels(path: Path, packets: Packets, pts: Ints | None = None) -> list[int]:
    return [level(frame.rgb) for frame in VideoReader(path).frames(packets, pts)]


def test_probe_tells_each_frames_time_and_the_end_of_a_film_of_changing_rate(render: Render) -> None:
    path = render("vfr.mkv", [10, 50, 90, 130], pts=[0, 40, 80, 1000])
    probed = VideoReader(path).probe()
    assert (probed.kind, probed.width, probed.height, probed.problem) == ("video", 64, 48, "")
    assert probed.packets.pts.tolist() == [0, 40, 80, 1000]
    assert probed.packets.end == 1040
    assert probed.packets.key.tolist() == [True, False, False, False]
    assert probed.packets.time_base == probed.time_base == Fraction(1, 1000)


def test_a_film_that_starts_late_keeps_its_pts_and_counts_seconds_from_its_first_frame(render: Render) -> None:
    packets = VideoReader(render("late.ts", pts=[3_600_000 + 40 * i for i in range(30)])).probe().packets
    assert packets.pts[0] == 3600 * 90_000
    assert packets.seconds()[[0, -1]].tolist() == pytest.approx([0, 29 * 0.04])


def test_pictures_that_no_other_needs_are_told_from_references(render: Render) -> None:
    packets = VideoReader(render("b.mp4", bframes=1, options={"b_strategy": "0"})).probe().packets
    flags = "".join("r" if r else "." for r in packets.reference)
    assert flags.startswith("r.r.r.r.") and flags[-1] == "r"


def test_a_predicted_picture_is_no_keyframe_whatever_the_container_says(render: Render) -> None:
    path = render("refreshed.mp4", **FILMS["refreshed_by_columns.mp4"])
    with av.open(str(path)) as container:
        assert sum(packet.is_keyframe for packet in container.demux(video=0) if packet.size) > 1
    assert VideoReader(path).probe().packets.key.sum() == 1


@pytest.mark.parametrize("name", FILMS)
def test_frames_asked_for_are_the_frames_of_a_full_decode_pixel_for_pixel(name: str, render: Render) -> None:
    path = render(name, **FILMS[name])
    packets, truth = VideoReader(path).probe().packets, decoded(path)
    assert packets.pts.tolist() == sorted(truth)
    n, rng = len(packets), np.random.default_rng(0)
    choices = [packets.pts, packets.pts[packets.key], packets.pts[packets.reference], packets.pts[-1:], packets.pts[:0]]
    choices += [np.sort(rng.choice(packets.pts, k, replace=False)) for k in (1, 1, 1, 2, 2, 3, 5, n // 2)]
    for pts in choices:
        frames = list(VideoReader(path).frames(packets, pts))
        assert [frame.pts for frame in frames] == pts.tolist()
        assert all(np.array_equal(frame.rgb, truth[frame.pts]) for frame in frames)


@pytest.mark.parametrize("name", ["long.mp4", "long.mkv", "long.ts"])
def test_far_frames_are_reached_by_a_seek_and_are_the_right_ones(name: str, render: Render, spy: list[int]) -> None:
    levels = [10 + i % 230 for i in range(1200)]
    path = render(name, levels, gop=40, bframes=2, size=(16, 16), pts=[40 * i for i in range(1200)])
    packets = VideoReader(path).probe().packets
    spy.clear()
    wanted = packets.pts[[3, 555, 560, 1199]]
    assert grey_levels(path, packets, wanted) == pytest.approx([levels[i] for i in (3, 555, 560, 1199)], abs=2)
    assert len(spy) < 150 if name != "long.ts" else len(spy) <= 1200  # of a transport stream all is read on


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Pts of the packets read from the file."""
    seen: list[int] = []
    read = Demuxer.packets

    def packets(self: Demuxer):  # type: ignore[no-untyped-def]
        for packet in read(self):
            seen.append(packet.pts)
            yield packet

    monkeypatch.setattr(Demuxer, "packets", packets)
    return seen


def test_reading_stops_at_the_last_frame_wanted(render: Render, spy: list[int]) -> None:
    path = render("groups.mp4", gop=5)
    packets = VideoReader(path).probe().packets
    spy.clear()
    assert len(grey_levels(path, packets, packets.pts[[0, 5]])) == 2
    assert len(spy) == 6


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("divx.avi", {"codec": "mpeg4", "bframes": 2, "time_base": Fraction(1, 25), "pts": [*range(30)]}),
        ("h264.avi", {"bframes": 2, "time_base": Fraction(1, 25), "pts": [*range(30)]}),
        ("raw.h264", {"bframes": 2}),
        ("raw.m2v", {"codec": "mpeg2video", "bframes": 2, "time_base": Fraction(1, 25), "pts": [*range(30)]}),
    ],
)
def test_files_without_presentation_times_show_their_frames_in_order(name: str, how: dict, render: Render) -> None:  # type: ignore[type-arg]
    path = render(name, range(10, 250, 8), **how)
    packets = VideoReader(path).probe().packets
    assert np.ptp(np.diff(packets.pts)) == 0
    assert packets.seconds()[-1] == pytest.approx(29 / 25)
    assert grey_levels(path, packets) == pytest.approx(list(range(10, 250, 8)), abs=3)
    assert grey_levels(path, packets, packets.pts[[2, 3, 17]]) == pytest.approx([26, 34, 146], abs=3)


@pytest.mark.parametrize(("turn", "k"), [(90, 1), (-90, -1), (180, 2)])
def test_rotation_is_applied_to_the_size_and_to_the_pixels(turn: int, k: int, render: Render) -> None:
    path = render("turned.mp4", [200], rotation=turn)
    (stored,) = decoded(path).values()
    probed = VideoReader(path).probe()
    (frame,) = VideoReader(path).frames(probed.packets)
    assert np.array_equal(frame.rgb, np.rot90(stored, k))
    assert (probed.height, probed.width) == frame.rgb.shape[:2] == ((64, 48) if k % 2 else (48, 64))


@pytest.mark.parametrize(("short_side", "shape"), [(24, (24, 32, 3)), (48, (48, 64, 3)), (1000, (48, 64, 3))])
def test_the_short_side_shrinks_but_never_enlarges(short_side: int, shape: tuple[int, ...], render: Render) -> None:
    path = render("small.mp4", [100])
    (frame,) = VideoReader(path).frames(VideoReader(path).probe().packets, short_side=short_side)
    assert frame.rgb.shape == shape
    assert level(frame.rgb) == pytest.approx(100, abs=2)


def test_one_pixel_is_a_film_too(render: Render) -> None:
    path = render("dot.mp4", [10, 200], size=(1, 1), pix_fmt="yuv444p")
    packets = VideoReader(path).probe().packets
    assert [f.rgb.shape for f in VideoReader(path).frames(packets, short_side=224)] == [(1, 1, 3)] * 2


@pytest.mark.parametrize("name", ["-starts with dash.mp4", "größe №5 鳥.mkv", "a%03d.mp4", "http:x.mp4"])
def test_names_are_only_names(name: str, render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.move(render("film" + Path(name).suffix, [10, 20]), tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(VideoReader(Path(name)).probe().packets) == 2


def test_the_capture_time_comes_from_the_container(render: Render) -> None:
    path = render("dated.mp4", [10], metadata={"creation_time": "2021-12-13T19:27:54Z"})
    assert VideoReader(path).probe().captured_at == 1639423674
    assert VideoReader(render("undated.mp4", [10])).probe().captured_at is None


def test_what_lies_before_a_cut_is_kept_and_the_cut_is_told(render: Render, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    whole = render("whole.mp4", rng.integers(10, 250, 60), muxer={"movflags": "faststart"}, gop=10)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 7 // 10])
    reader, truth = VideoReader(cut), decoded(whole)
    probed = reader.probe()
    frames = list(reader.frames(probed.packets))
    assert 20 < len(frames) < 60
    assert all(np.array_equal(frame.rgb, truth[frame.pts]) for frame in frames[:-1])
    assert "of 60 declared frames" in probed.problem


def test_a_damaged_stream_costs_its_own_frames_and_says_so(render: Render) -> None:
    path = render("hurt.mp4", np.random.default_rng(0).integers(10, 250, 40), gop=10)
    with av.open(str(path)) as container:
        victim = [packet for packet in container.demux(video=0) if packet.size][15]
        at, size = victim.pos, victim.size
    content = bytearray(path.read_bytes())
    content[at + 4 : at + size] = b"\xff" * (size - 4)
    path.write_bytes(content)
    reader = VideoReader(path)
    packets = reader.probe().packets
    frames = list(reader.frames(packets))
    assert len(packets) == 40 and 34 <= len(frames) < 40
    assert all(a.pts < b.pts for a, b in pairwise(frames))
    assert f"{40 - len(frames)} of 40 frames could not be decoded, the first at 0.6" in reader.problems[-1]


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("not a film\n" * 40)


def no_index(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"moov")])


def sound(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        for _ in range(8):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate = 8000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def rubbish_packets(path: Path) -> None:
    content = path.read_bytes()
    start, end = content.index(b"mdat") + 4, content.index(b"moov") - 4
    path.write_bytes(content[:start] + b"\xff" * (end - start) + content[end:])


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (nothing, "cannot be read as video: Invalid data"),
        (text, "cannot be read as video: Invalid data"),
        (no_index, "cannot be read as video: Invalid data"),
        (sound, "no video stream"),
        (rubbish_packets, "no frame can be decoded"),
        (Path.unlink, "cannot be read as video: No such file"),
    ],
)
def test_files_that_hold_no_film_are_refused_in_one_line(spoil, says: str, render: Render) -> None:  # type: ignore[no-untyped-def]
    path = render("spoilt.mp4", [10, 20, 30])
    spoil(path)
    with pytest.raises(MediaError) as error:
        VideoReader(path).probe()
    assert says in str(error.value) and str(path) in str(error.value) and "\n" not in str(error.value)


def test_a_pts_that_no_frame_has_is_refused(render: Render) -> None:
    path = render("film.mp4", [10, 20], time_base=Fraction(1, 25), pts=[0, 1])
    packets = VideoReader(path).probe().packets
    with pytest.raises(MediaError, match="no frame at pts 7"):
        list(VideoReader(path).frames(packets, np.array([0, 7])))
