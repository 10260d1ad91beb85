"""Which moments of a source are worth a look."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from raravis import plugins
from raravis.errors import InputError
from raravis.sample.change import Change, tiles
from raravis.sample.coverage import Gaps, gaps, looks_at
from raravis.sample.every import Every
from raravis.sample.keyframes import Keyframes
from raravis.types import Frame, Ints, Packets

STILL = Packets(np.zeros(1, np.int64), np.ones(1, bool), np.ones(1, bool), 0, Fraction(1, 1000))
EMPTY = Packets(np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, bool), 0, Fraction(1, 1000))


def film(pts: list[int], keys: list[int], *, end: int, skippable: tuple[int, ...] = ()) -> Packets:
    """Times in milliseconds."""
    at = np.array(pts, np.int64)
    return Packets(at, np.isin(at, keys), ~np.isin(at, skippable), end, Fraction(1, 1000))


def steady(seconds: int, *, key_every: int, rate: int = 10, start: int = 0) -> Packets:
    """A frame each 1/rate s, every second one skippable, a keyframe every `key_every` seconds."""
    n = np.arange(seconds * rate)
    key = n % (key_every * rate) == 0
    return Packets(start + n * 1000 // rate, key, key | (n % 2 == 0), start + seconds * 1000, Fraction(1, 1000))


def flat(level: int) -> np.ndarray:
    return np.full((16, 16, 3), level, np.uint8)


def showing(pictures: dict[int, np.ndarray]):  # type: ignore[no-untyped-def]
    def frames(pts: Ints) -> Iterator[Frame]:
        return (Frame(int(at), pictures[int(at)]) for at in pts if int(at) in pictures)

    return frames


@pytest.mark.parametrize("name", plugins.names("sample"))
def test_every_sampler_looks_at_a_still_once_and_at_nothing_never(name: str) -> None:
    sampler = plugins.make("sample", name)
    assert sampler(STILL, showing({0: flat(9)})).tolist() == [0]
    assert sampler(EMPTY, showing({})).tolist() == []


@pytest.mark.parametrize("spec", [*plugins.names("sample"), "every:0.3", "keyframes:max_gap=1,exact=yes"])
def test_every_sampler_gives_rising_pts_of_frames_that_exist(spec: str) -> None:
    packets = steady(30, key_every=7, start=5000)
    chosen = plugins.make("sample", spec)(packets, showing({int(at): flat(int(at) // 200) for at in packets.pts}))
    assert np.all(np.diff(chosen) > 0)
    assert np.isin(chosen, packets.pts).all()
    assert chosen[0] == 5000


def test_keyframes_are_taken_as_they_are() -> None:
    assert Keyframes()(steady(20, key_every=5)).tolist() == [0, 5000, 10_000, 15_000]


def test_keyframes_closer_than_asked_are_thinned_from_the_first_on() -> None:
    packets = film([0, 100, 200, 300, 400, 550], [0, 100, 200, 300, 400, 550], end=600)
    assert Keyframes(thin=0.25)(packets).tolist() == [0, 300, 550]
    assert Keyframes(thin=0.3)(packets).tolist() == [0, 300]
    assert Keyframes(thin=0)(packets).tolist() == packets.pts.tolist()


def test_a_gap_of_exactly_the_largest_allowed_is_not_filled() -> None:
    assert Keyframes(max_gap=10)(steady(20, key_every=10)).tolist() == [0, 10_000]


def test_longer_gaps_are_filled_evenly_up_to_the_end_of_the_file() -> None:
    packets = steady(40, key_every=15)  # keyframes at 0, 15, 30; the end at 40
    assert Keyframes(max_gap=9)(packets).tolist() == [0, 7400, 15_000, 22_400, 30_000, 35_000]
    chosen = Keyframes(max_gap=9, exact=True)(packets)
    assert chosen.tolist() == [0, 7500, 15_000, 22_500, 30_000, 35_000]  # 7.5 s: a frame that others do not need


def test_no_keyframe_at_all_still_gives_looks() -> None:
    packets = film([0, 1000, 2000, 3000], [], end=4000)
    assert Keyframes(max_gap=2)(packets).tolist() == [0, 2000]
    assert Keyframes()(packets).tolist() == [0]


def test_a_stretch_before_the_first_keyframe_is_not_lost() -> None:
    packets = film([0, 6000, 12_000, 13_000], [12_000], end=14_000)
    assert Keyframes(max_gap=10)(packets).tolist() == [0, 6000, 12_000]
    assert Keyframes(max_gap=20)(packets).tolist() == [12_000]


def test_every_takes_the_frame_nearest_to_each_step_from_the_first_frame() -> None:
    packets = film([500, 900, 1400, 1700, 2600, 3500], [500], end=3600)
    assert Every(1.0)(packets).tolist() == [500, 1400, 2600, 3500]


def test_every_keeps_a_clip_shorter_than_its_step() -> None:
    assert Every(1.0)(film([7, 107, 207], [7], end=307)).tolist() == [7]


def test_every_looks_at_keyframes_where_they_are_dense_enough() -> None:
    dense = steady(6, key_every=2)
    assert dense.pts[dense.key].tolist() == Every(2.0)(dense).tolist() == [0, 2000, 4000]
    assert Every(3.0)(dense).tolist() == [0, 2000]  # 2 s and 4 s are equally near to 3 s
    assert Every(3.0, exact=True)(dense).tolist() == [0, 3000]


def test_every_avoids_frames_that_a_cheap_pass_skips_unless_exact() -> None:
    packets = film([0, 400, 500, 700, 1000, 1300], [0], end=1400, skippable=(500, 1000))
    assert Every(0.5)(packets).tolist() == [0, 400, 700]  # 700 and 1300 are equally near to 1000: the earlier
    assert Every(0.5, exact=True)(packets).tolist() == [0, 500, 1000]


def test_every_finer_than_the_frames_takes_each_once() -> None:
    packets = film([0, 1000, 2000], [0], end=3000)
    assert Every(0.01)(packets).tolist() == [0, 1000, 2000]


def test_change_keeps_what_differs_from_the_last_frame_kept() -> None:
    packets = steady(3, key_every=1)
    levels = dict(zip(range(0, 3000, 500), [100, 104, 107, 109, 109, 60], strict=True))
    pictures = {at: flat(grey) for at, grey in levels.items()}
    chosen = Change(threshold=8, seconds=0.5)(packets_at(packets, levels), showing(pictures))
    assert chosen.tolist() == [0, 1500, 2500]  # a slow change adds up: 109 - 100 > 8


def packets_at(packets: Packets, wanted: dict[int, int]) -> Packets:
    """All frames may be looked at: none is skippable."""
    every = np.ones(len(packets), bool)
    assert set(wanted) <= set(packets.pts.tolist())
    return Packets(packets.pts, packets.pts == 0, every, packets.end, packets.time_base)


def test_change_sees_a_small_thing_and_not_the_noise() -> None:
    rng = np.random.default_rng(0)
    noisy = [(128 + rng.normal(0, 12, (64, 96, 3))).clip(0, 255).astype(np.uint8) for _ in range(20)]
    noisy[12][20:28, 40:48] = 250  # 1 % of the picture
    pictures = dict(zip(range(0, 10_000, 500), noisy, strict=True))
    packets = film([*pictures], [0], end=10_000)
    assert Change()(packets, showing(pictures)).tolist() == [0, 6000, 6500]


def test_change_without_pixels_says_what_it_needs() -> None:
    with pytest.raises(InputError, match="sample change compares pictures"):
        Change()(steady(1, key_every=1))


def test_tiles_are_means_also_at_the_odd_edge() -> None:
    rgb = np.zeros((9, 16, 3), np.uint8)
    rgb[:8, :8] = 80
    rgb[8, 8:] = 40
    assert tiles(rgb).tolist() == [[80, 0], [0, 40]]
    assert tiles(np.full((1, 1, 3), 7, np.uint8)).tolist() == [[7]]


def test_gaps_count_the_time_to_the_end_of_the_file() -> None:
    packets = steady(10, key_every=5)
    assert gaps(packets, np.array([0, 2000, 3000])) == Gaps(largest=7.0, median=2.0)
    assert gaps(packets, np.array([4000])) == Gaps(largest=6.0, median=5.0)
    assert gaps(packets, np.zeros(0, np.int64)) == Gaps(largest=10.0, median=10.0)
    assert gaps(STILL, np.array([0])) == Gaps(0.0, 0.0)
    assert gaps(EMPTY, EMPTY.pts) == Gaps(0.0, 0.0)


def test_the_price_of_a_finer_step_is_its_number_of_looks() -> None:
    packets = steady(10, key_every=5)
    assert [looks_at(packets, step) for step in (5, 2.5, 1)] == [2, 4, 10]
