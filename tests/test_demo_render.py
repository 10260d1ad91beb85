from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import pairwise
from math import comb

import av
import numpy as np
import pytest
from PIL import Image

from raravis.demo import CONCEPT, Strip, found_by_chance, render, summary_plot
from raravis.demo.film import FPS, _events_per_file, _flights
from raravis.demo.fliers import KINDS, PHASES, RARE, scaled

FILES, SECONDS = 2, 16.0


@dataclass(frozen=True)
class Rendered:
    collection: object
    frames: dict[str, list[np.ndarray]]
    rows: list[dict[str, str]]
    told: list[str]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder, told = tmp_path_factory.mktemp("demo"), []
    made = render(folder, seed=3, files=FILES, seconds=SECONDS, done=lambda path: told.append(path.name))
    frames = {}
    for path in made.videos:
        with av.open(str(path)) as film:
            frames[path.name] = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    with made.oracle.open(encoding="utf-8", newline="") as lines:
        return Rendered(made, frames, list(csv.DictReader(lines)), told)


def boxes(rendered):
    for row in rendered.rows:
        frame = rendered.frames[row["source"]][round(float(row["start_seconds"]) * FPS)]
        x0, y0, x1, y1 = (float(row[side]) for side in ("x0", "y0", "x1", "y1"))
        yield frame[round(y0 * 240) : round(y1 * 240), round(x0 * 320) : round(x1 * 320)].astype(int)


def scarlet(pixels):
    """The share of pixels that are as red as the bird and nothing else but a balloon."""
    return np.mean((pixels[..., 0] > 110) & (pixels[..., 1] < 85) & (pixels[..., 2] < 95))


def test_the_videos_are_real_files_of_the_length_asked_for(small):
    assert small.told == [path.name for path in small.collection.videos] and len(small.told) == FILES
    for path in small.collection.videos:
        assert len(small.frames[path.name]) == SECONDS * FPS and small.frames[path.name][0].shape == (240, 320, 3)
        with av.open(str(path)) as film:
            stream = film.streams.video[0]
            keys = [float(packet.pts * packet.time_base) for packet in film.demux(stream) if packet.is_keyframe]
            assert stream.codec_context.name == "h264"
        assert keys == list(np.arange(0, SECONDS, 2)), "a keyframe every two seconds"


def test_the_rare_bird_is_where_the_oracle_says(small):
    shares = [scarlet(box) for box in boxes(small)]
    assert len(shares) > 8 and min(shares) > 0.15


def test_oracle_rows_are_yes_one_frame_long_and_inside_the_picture(small):
    for row in small.rows:
        assert row["concept"] == CONCEPT and row["value"] == "1"
        assert float(row["end_seconds"]) - float(row["start_seconds"]) == pytest.approx(1 / FPS)
        assert 0 <= float(row["x0"]) < float(row["x1"]) <= 1 and 0 <= float(row["y0"]) < float(row["y1"]) <= 1


def test_the_same_seed_gives_the_same_files_and_another_gives_others(tmp_path):
    def written(name, seed):
        render(tmp_path / name, seed=seed, files=1, seconds=4.0)
        return {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()}

    first, again, other = written("a", 5), written("b", 5), written("c", 6)
    assert first == again and len(first) == 4
    assert all(first[path] != other[path] for path in first)


@pytest.mark.parametrize(("files", "seconds", "events"), [(1, 4.0, 1), (2, 75.0, 2), (8, 75.0, 8), (3, 600.0, 24)])
def test_events_come_once_in_75_seconds_and_some_file_has_none(files, seconds, events):
    for seed in range(5):
        counts = _events_per_file(files, seconds, np.random.default_rng(seed))
        assert len(counts) == files and sum(counts) == events and (files <= 2 or 0 in counts)


def test_rare_birds_never_meet_and_every_one_is_in_the_film():
    for seed in range(20):
        rare = [f for f in _flights(75 * FPS, 3, np.random.default_rng(seed)) if f.name == RARE]
        spans = sorted((f.first, f.first + len(f.path)) for f in rare)
        assert len(spans) == 3 and spans[0][0] >= 0 and spans[-1][1] <= 75 * FPS
        assert all(later[0] - earlier[1] > 1 * FPS for earlier, later in pairwise(spans))


def test_the_examples_show_the_bird(small):
    for path in small.collection.examples:
        with Image.open(path) as picture:
            assert scarlet(np.asarray(picture).astype(int)) > 0.03
    assert len(small.collection.examples) == 2


@pytest.mark.parametrize("name", KINDS)
def test_every_flier_is_drawn_at_the_size_asked_for(name):
    pictures = scaled(name, 80)
    x0, y0, x1, y1 = pictures[0].getbbox()
    assert len(pictures) == PHASES and abs(max(x1 - x0, y1 - y0) - 80) <= 2


def test_the_bird_faces_the_way_it_flies():
    right, left = (np.asarray(scaled(RARE, 80, flipped=flipped)[0]).astype(int) for flipped in (False, True))
    beak = [
        int(np.mean(np.nonzero((p[..., 0] > 200) & (p[..., 1] > 140) & (p[..., 2] < 120))[1])) for p in (right, left)
    ]
    assert beak[0] > right.shape[1] * 0.7 and beak[1] < left.shape[1] * 0.3


def test_chance_finds_an_event_with_the_hypergeometric_probability():
    got = found_by_chance(np.array([0, 3, 10]), 10, [2])
    np.testing.assert_allclose(got, [0, 1 - comb(8, 3) / comb(10, 3), 1])


def test_chance_adds_up_over_events_and_matches_drawing():
    rng = np.random.default_rng(0)
    event = np.repeat([0, 1, 2, -1], [1, 3, 5, 31])
    drawn = [len(set(event[rng.permutation(40)[:12]]) - {-1}) for _ in range(4000)]
    assert found_by_chance(np.array([12]), 40, [1, 3, 5])[0] == pytest.approx(np.mean(drawn), abs=0.05)


def test_chance_without_events_or_answers_is_nothing():
    assert found_by_chance(np.array([1, 2]), 10, []).tolist() == [0, 0]
    assert found_by_chance(np.zeros(0, np.int64), 10, [2]).shape == (0,)


@pytest.mark.parametrize("answers", [[], [10], [10, 20, 30]])
def test_the_plot_is_drawn_for_any_number_of_rounds_and_videos(answers, tmp_path):
    found = np.arange(len(answers))
    strips = [Strip("a.mp4", 75.0, [1, 5, 9], [5], [(4, 6)], [(20, 22)])] * len(answers)
    plot = summary_plot(
        tmp_path / "plot.png", concept="fox", answers=np.array(answers, np.int64), found=found,
        by_chance=found_by_chance(np.array(answers), 100, [2]), events=3, strips=strips,
    )  # fmt: skip
    with Image.open(plot) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    assert pixels.shape[1] == 1200 and (pixels.min(axis=2) < 60).any()
