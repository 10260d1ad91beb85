"""Items that are spans of time: which frames an encoder is shown of them, and what becomes of their answers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import media_making as making
import numpy as np
import pytest
from flow_making import Scripted, by_oracle, keys, vectors
from PIL import Image

from raravis import flow, plugins
from raravis.embed import unit
from raravis.errors import InputError
from raravis.flow import media
from raravis.flow.answers import answer_round
from raravis.flow.campaign import Campaign
from raravis.flow.clips import clip_ids, moments
from raravis.flow.collection import load
from raravis.flow.embedding import thumb_path
from raravis.media.pictures import read_picture
from raravis.store import Project, concepts, items, labels
from raravis.types import Floats, Label, Packets, Pixels

POOLED = "pooled:of=toy,frames=4"


class Moving:
    """An encoder of clips that remembers what it was shown: the grey of each frame is its vector."""

    id, dim, short_side, frames = "moving-1", 2, 32, 2
    seen: tuple[list[Pixels], ...] = ([],)

    def __call__(self, clips: Sequence[Pixels]) -> Floats:
        self.seen[0].extend(clips)
        return unit(np.array([clip.mean(axis=(1, 2, 3)) for clip in clips], np.float32).reshape(-1, 2), self.id)


@pytest.fixture
def moving(monkeypatch: pytest.MonkeyPatch) -> list[Pixels]:
    """The clips that `moving` was shown."""
    load, shown = plugins.load, list[Pixels]()
    monkeypatch.setattr(plugins, "load", lambda kind, name: Moving if name == "moving" else load(kind, name))
    monkeypatch.setattr(Moving, "seen", (shown,))
    return shown


def to_clips(project: Project, *inputs: Path, sample: str = "windows:2", detect: str = "whole") -> None:
    flow.ingest(project, inputs)
    flow.sample(project, sample=sample)
    flow.detect(project, detect=detect, sample=sample)


def clips_of_walk(project: Project, shown: list[Pixels], count: int) -> list[list[int]]:
    """The green of each frame of the last clips shown: they tell the frames apart."""
    return [[int(frame[0, 0, 1]) for frame in clip] for clip in shown[-count:]]


def packets(count: int, *, reference: Sequence[bool] = ()) -> Packets:
    """A frame a tick."""
    flags = np.ones(count, bool)
    return Packets(np.arange(count), flags, np.array(reference or flags), count, Fraction(1, 1))


def chosen(found: Packets, start: int, end: int, frames: int) -> list[int]:
    (row,) = moments(found, np.array([start]), np.array([end]), frames).tolist()
    return [int(pts) for pts in row]


def test_the_frames_of_a_clip_are_those_in_the_middle_of_equal_parts() -> None:
    assert chosen(packets(8), 0, 8, 2) == [2, 6] and chosen(packets(8), 4, 8, 2) == [5, 7]
    assert chosen(packets(8), 0, 4, 4) == [0, 1, 2, 3] and chosen(packets(8), 0, 8, 1) == [4]


def test_where_a_clip_has_fewer_frames_than_wanted_they_repeat() -> None:
    assert chosen(packets(8), 0, 2, 4) == [0, 0, 1, 1] and chosen(packets(8), 3, 4, 4) == [3] * 4
    assert chosen(packets(1), 0, 0, 3) == [0, 0, 0]  # a still lasts no time
    assert moments(packets(8), np.zeros(0, np.int64), np.zeros(0, np.int64), 4).shape == (0, 4)


def test_a_frame_that_others_need_serves_in_place_of_a_dearer_one_in_the_same_part() -> None:
    even = packets(8, reference=[True, False] * 4)
    assert chosen(even, 0, 4, 2) == [0, 2] and chosen(even, 0, 4, 4) == [0, 1, 2, 3] and chosen(even, 1, 2, 1) == [1]


def test_an_encoder_of_clips_is_shown_the_frames_of_each_span_by_time(
    project: Project, tmp_path: Path, moving: list[Pixels]
) -> None:
    to_clips(project, making.frames(tmp_path / "in" / "walk", [False] * 8).parent, sample="windows:4")
    assert flow.embed(project, encoder="moving") == "moving-1"
    assert [clip.shape for clip in moving[-2:]] == [(2, 32, 43, 3)] * 2 and moving[-1].dtype == np.uint8
    assert clips_of_walk(project, moving, 2) == [[82, 84], [86, 88]]  # the second, fourth, sixth and eighth


@pytest.mark.parametrize(("first", "then", "red"), [("toy", "moving", False), ("moving", "toy", True)])
def test_the_small_picture_of_a_clip_is_from_its_middle_and_a_second_encoder_leaves_it(
    project: Project, tmp_path: Path, moving: list[Pixels], first: str, then: str, red: bool
) -> None:
    walk = making.frames(tmp_path / "in" / "walk", [False, False, False, True])
    to_clips(project, walk.parent, sample="windows:4")
    for encoder in (first, then):  # one looks at the third frame of four, the other at the second and the fourth
        flow.embed(project, encoder=encoder)
        (item,) = keys(project)
        assert (read_picture(thumb_path(project.thumbs, item))[16, 16, 0] > 200) == red


def test_stills_and_frames_stand_still_for_an_encoder_of_clips(
    project: Project, yard: Path, moving: list[Pixels]
) -> None:
    to_clips(project, yard / "d.png", yard / "cam" / "a.mp4", sample="keyframes")
    flow.embed(project, encoder="moving")
    assert len(vectors(project, "moving-1")) == 9
    assert all(np.array_equal(*clip) for clip in moving[-9:])


def test_clips_are_cropped_to_the_items_box(project: Project, tmp_path: Path, moving: list[Pixels]) -> None:
    walk = making.frames(tmp_path / "in" / "walk", [True] * 4)
    to_clips(project, walk.parent, sample="windows:4", detect="tiles:n=2,overlap=0")
    flow.embed(project, encoder="moving")
    assert sorted(clip.shape for clip in moving[-5:]) == [(2, 24, 32, 3)] * 4 + [(2, 48, 64, 3)]


def test_overlapping_clips_take_one_pass_over_the_file(
    project: Project, tmp_path: Path, moving: list[Pixels], monkeypatch: pytest.MonkeyPatch
) -> None:
    to_clips(project, making.frames(tmp_path / "in" / "walk", [False] * 8).parent, sample="windows:seconds=4,overlap=2")
    opened, asked = media.open_source, list[str]()
    monkeypatch.setattr(media, "open_source", lambda *of: asked.append(of[1]) or opened(*of))
    flow.embed(project, encoder="moving")
    assert asked == ["walk"] and clips_of_walk(project, moving, 3) == [[82, 84], [84, 86], [86, 88]]


def test_in_place_of_a_frame_that_does_not_decode_stands_its_neighbour_in_the_clip(
    project: Project, tmp_path: Path, moving: list[Pixels]
) -> None:
    walk = making.frames(tmp_path / "in" / "walk", [False] * 8)
    to_clips(project, walk.parent, sample="windows:4")
    for number in (4, 6, 8):
        (walk / f"{number:04d}.png").write_text("no picture")
    flow.embed(project, encoder="moving")
    assert clips_of_walk(project, moving, 1) == [[82, 82]] and len(vectors(project, "moving-1")) == 1
    (failure,) = [row for row in flow.status(project)["failures"] if row["stage"] == "embed"]
    assert failure["reason"] == "walk: this frame does not decode"


def test_frames_of_other_sizes_are_brought_to_the_size_of_the_clips_first(
    project: Project, tmp_path: Path, moving: list[Pixels]
) -> None:
    walk = making.frames(tmp_path / "in" / "walk", [False] * 4)
    Image.new("RGB", (200, 100), (9, 9, 9)).save(walk / "0004.png")
    to_clips(project, walk.parent, sample="windows:4")
    flow.embed(project, encoder="moving")
    assert moving[-1].shape == (2, 32, 43, 3) and clips_of_walk(project, moving, 1) == [[82, 9]]


def test_a_clip_without_a_vector_costs_none_of_its_neighbours(
    project: Project, tmp_path: Path, moving: list[Pixels]
) -> None:
    walk = making.frames(tmp_path / "in" / "walk", [False] * 8)
    for number in range(1, 5):
        Image.new("RGB", making.SIZE).save(walk / f"{number:04d}.png")  # black: a vector of zeros
    to_clips(project, walk.parent, sample="windows:4")
    flow.embed(project, encoder="moving")
    assert [pts for _, pts, _, _ in vectors(project, "moving-1")] == [4]
    (failure,) = [row for row in flow.status(project)["failures"] if row["stage"] == "embed"]
    assert failure["reason"].startswith("moving-1: no vector for rows [0] of 1")


def test_a_search_over_clips_finds_the_spans_that_show_it(project: Project, yard: Path, oracle: Path) -> None:
    like = making.still(yard.parent / "like.png", red=True, shade=100)
    settings: dict[str, Any] = {"sample": "windows:2", "encoder": POOLED, "formats": ["csv", "coco"]}
    found = flow.find(project, [yard], "red", like=[like], oracle=oracle, budget=10, **settings)
    assert (found.answers, found.positives) == (10, 3)
    where = [(event.source, event.start_seconds, event.end_seconds) for event in found.events]
    assert where == [("cam/a.mp4", 2.0, 6.0), ("d.png", 0.0, 0.0)]  # red in [2, 5): as well as windows tell
    assert load(project).vectors.data.shape == (10, 56)


def test_ends_are_followed_along_clips_and_what_lies_between_two_is_propagated(project: Project, street: Path) -> None:
    to_clips(project, street / "film", sample="windows:1")
    flow.embed(project, encoder="pooled:of=toy,frames=2,pool=mean")
    with project.begin() as c:
        concepts.add(c, "red")
    given = flow.refine(project, "red", by_oracle(project, street / "oracle.csv"), budget=0)
    assert given == 0
    asked = Campaign(project, "red", strategy="random", seed=1)
    while (round := asked.ask(10)) is not None:
        asked.record(answer_round(project, round, by_oracle(project, street / "oracle.csv")))
    with project.read() as c:
        counts = labels.counts(c, "red")
    yes = sum(n for (_, value), n in counts.items() if value == 1)
    assert yes == 18 and sum(counts.values()) == 60  # three events of six seconds


def test_a_clip_and_a_frame_that_begin_together_are_answered_each_for_itself(project: Project, yard: Path) -> None:
    film = yard / "cam" / "b.mp4"
    to_clips(project, film, sample="windows:8")
    to_clips(project, film, sample="keyframes")
    flow.embed(project, encoder="toy")
    assert len(np.unique(load(project).frame)) == len(load(project)) == 9
    with project.begin() as c:
        concepts.add(c, "red")
        first = {key[2]: item for item, key in keys(project).items() if key[1] == 0}
        labels.add(c, [Label(first[8000], "red", 1, "ann")])
    pool = Campaign(project, "red", ends=None).search.pool
    assert int(pool.asked.sum()) == 1


def test_an_answer_about_a_clip_certifies_no_frame(project: Project, yard: Path) -> None:
    to_clips(project, yard / "cam" / "a.mp4", sample="windows:2")
    flow.embed(project, encoder=POOLED)
    with project.begin() as c:
        concepts.add(c, "red")
        assert len(clip_ids(c)) == 4
        labels.add(c, [Label(item, "red", -1, "ann") for item in items.all_ids(c).tolist()])
    made = flow.certify(project, "red", Scripted(), budget=0, min_seconds=2)
    assert "red" in made.statement[0] and made.to_json()["claim"]["unseen"] > 0
    with pytest.raises(InputError, match=r"clips are certified as events: --unit event"):
        flow.certify(project, "red", Scripted(), budget=0, unit="item", anew=True)


def test_which_items_are_clips_is_told_again_without_looking_for_plugins_again(
    project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_clips(project, yard / "cam" / "a.mp4", sample="windows:2")
    with project.read() as c:
        before = clip_ids(c).tolist()
        monkeypatch.setattr(plugins, "names", lambda kind: pytest.fail("looked through what is installed"))
        assert clip_ids(c).tolist() == before != []
