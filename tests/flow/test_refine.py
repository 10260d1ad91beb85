"""refine: the ends of events to within so many seconds, from a sample that is coarser."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import media_making as making
import pytest
from flow_making import Scripted, by_oracle, collect, keys

from raravis import flow
from raravis.errors import InputError
from raravis.flow.answers import OracleAnswerer, thumb_path
from raravis.flow.campaign import Campaign
from raravis.flow.collection import load
from raravis.flow.embed import embed_these
from raravis.flow.examples import add_examples
from raravis.flow.results import found_events
from raravis.store import Project, items, labels, rounds, shards, sources
from raravis.types import CANT_TELL, NO, YES, Label, Round

EVERY_FOUR = "keyframes:thin=3.5"  # of a film with a keyframe a second: looks at 0, 4, 8, … s


def film_of_two(folder: Path) -> Path:
    """24 s, four frames a second: red at [7.25, 13.5) and [18.25, 24)."""
    making.film(folder / "a.mp4", 24, red=[(7.25, 13.5), (18.25, 24)])
    return folder


TWO = ("a.mp4,red,1,7.25,13.5", "a.mp4,red,1,18.25,24")


def prepared(project: Project, folder: Path, *, sample: str = EVERY_FOUR, **settings: Any) -> Project:
    """Sampled, embedded, and every look answered that shows red at a known second: see `say`."""
    collect(project, folder, sample=sample, **settings)
    add_examples(project, "red")
    return project


def say(project: Project, name: str, *answers: tuple[float, int]) -> None:
    """Answers about the looks of a source at these seconds."""
    with project.begin() as c:
        (source_id,) = sources.by_name(c, name)
        source = sources.get(c, source_id)
        table = items.arrays(c, source_id=source_id)
        ids = dict(zip(table.pts.tolist(), table.ids.tolist(), strict=True))
        labels.add(c, [Label(ids[source.pts(at)], "red", value, "ann") for at, value in answers])


def spans(project: Project) -> list[tuple[str, float, float]]:
    return [(event.source, event.start_seconds, event.end_seconds) for event in found_events(project, "red")]


def asked(project: Project) -> list[Round]:
    with project.read() as c:
        return [made for made in rounds.all(c, "red") if "precision" in made.params]


@pytest.fixture
def two(project: Project, tmp_path: Path) -> Project:
    """One look into each of the two events, and no to every other look but that at 20 s."""
    prepared(project, film_of_two(tmp_path / "media"))
    say(project, "a.mp4", (0, NO), (4, NO), (8, YES), (12, YES), (16, NO), (20, YES))
    return project


@pytest.fixture
def known(tmp_path: Path) -> Path:
    return making.oracle(tmp_path / "known.csv", *TWO)


def test_from_a_look_every_four_seconds_both_ends_are_right_to_the_frame(two: Project, known: Path) -> None:
    assert spans(two) == [("a.mp4", 8.0, 12.25), ("a.mp4", 20.0, 20.25)]
    given = flow.refine(two, "red", by_oracle(two, known))
    assert spans(two) == [("a.mp4", 7.25, 13.5), ("a.mp4", 18.25, 24.0)]
    ends = 4 * 4  # 15 frames lie between looks: four halvings each
    assert given <= ends + 1  # and one look between the two yes's of the first event


def test_a_precision_is_kept_with_fewer_answers(two: Project, known: Path) -> None:
    given = flow.refine(two, "red", by_oracle(two, known), precision=1.0)
    for (_, start, end), (low, high) in zip(spans(two), [(7.25, 13.5), (18.25, 24.0)], strict=True):
        assert low <= start <= low + 1.0 and high - 1.0 <= end <= high
    more = flow.refine(two, "red", by_oracle(two, known), precision=0.0)
    assert given < given + more <= 17 and spans(two)[0] == ("a.mp4", 7.25, 13.5)


def test_all_ends_are_asked_side_by_side(two: Project, known: Path) -> None:
    flow.refine(two, "red", by_oracle(two, known))
    looks = asked(two)
    assert {(made.strategy, made.encoder) for made in looks} == {("ends", "toy-1")}
    assert sorted(looks[0].reason) == ["between", "end", "end", "start", "start"]
    assert len(looks) <= 5  # not four for each of four ends


def test_the_widest_gaps_come_first_where_a_look_does_not_hold_all(two: Project, known: Path) -> None:
    flow.refine(two, "red", by_oracle(two, known), look=2)
    looks = asked(two)
    assert {len(made.ids) for made in looks} <= {1, 2}
    assert [list(made.scores) for made in looks] == [sorted(made.scores, reverse=True) for made in looks]
    assert looks[0].scores[0] == max(score for made in looks for score in made.scores)


def test_what_is_asked_is_an_item_with_a_vector_and_a_small_picture(two: Project, known: Path) -> None:
    before = set(keys(two))
    flow.refine(two, "red", by_oracle(two, known))
    with two.read() as c:
        new = items.get(c, sorted(set(keys(two)) - before))
        assert {item.id for item in new} <= set(shards.embedded_ids(c, two.vectors, "toy-1").tolist())
    assert {item.id for item in new} == {item for made in asked(two) for item in made.ids}
    assert all(thumb_path(two.thumbs, item.id).exists() and item.end - item.pts == 250 for item in new)


def test_the_collection_that_is_searched_stays_the_sample(two: Project, known: Path) -> None:
    before, answers = load(two).vectors.ids.tolist(), len(Campaign(two, "red").search.pool.asked.nonzero()[0])
    given = flow.refine(two, "red", by_oracle(two, known))
    after = Campaign(two, "red", budget=100)
    assert after.collection.vectors.ids.tolist() == before and len(keys(two)) == len(before) + given
    assert after.search.pool.budget_left == 100 - 6 - given and int(after.search.pool.asked.sum()) == answers
    assert len(flow.train(two, "red").trained_on) == 6


def test_a_frame_that_is_sampled_later_belongs_to_the_collection(two: Project, known: Path) -> None:
    flow.refine(two, "red", by_oracle(two, known))
    flow.sample(two, sample="every:0.25")
    flow.detect(two, sample="every:0.25")
    flow.embed(two, encoder="toy")
    assert len(load(two)) == len(keys(two)) == 24 * 4


def test_what_follows_between_samples_is_not_shaken_by_many_frames_of_one_moment(
    project: Project, tmp_path: Path
) -> None:
    making.film(tmp_path / "media" / "a.mp4", 260, red=[(70, 250)])
    prepared(project, tmp_path / "media", sample="every:20")
    say(project, "a.mp4", (140, YES))
    known = by_oracle(project, making.oracle(tmp_path / "known.csv", "a.mp4,red,1,70,250"))
    flow.refine(project, "red", known, precision=20.0)
    (coarse,) = found_events(project, "red")
    flow.refine(project, "red", known)
    (fine,) = found_events(project, "red")
    assert (fine.start_seconds, fine.end_seconds) == (70.0, 250.0)
    assert fine.propagated == coarse.propagated > 0


def test_a_second_run_asks_nothing_and_makes_nothing(two: Project, known: Path) -> None:
    flow.refine(two, "red", by_oracle(two, known))
    before = keys(two)
    assert flow.refine(two, "red", by_oracle(two, known)) == 0 and keys(two) == before


def test_stopped_anywhere_it_goes_on_and_asks_no_more_in_all(two: Project, known: Path) -> None:
    given, truth = 0, by_oracle(two, known)
    for _ in range(40):
        new = flow.refine(two, "red", Stops(truth, after=1))
        given += new
        if not new:
            break
    assert spans(two) == [("a.mp4", 7.25, 13.5), ("a.mp4", 18.25, 24.0)] and given <= 17


def test_cut_off_while_a_frame_is_made_it_goes_on(two: Project, known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(sys.modules["raravis.flow.refine"], "embed_these", cut_off)
        flow.refine(two, "red", by_oracle(two, known))
    assert spans(two) == [("a.mp4", 8.0, 12.25), ("a.mp4", 20.0, 20.25)]
    flow.refine(two, "red", by_oracle(two, known))
    assert spans(two) == [("a.mp4", 7.25, 13.5), ("a.mp4", 18.25, 24.0)]


class Stops:
    """Answers like another, and then not any more."""

    by, source = "ann", "human"

    def __init__(self, who: OracleAnswerer, *, after: int) -> None:
        self.who, self.left, self.stopped = who, after, False

    def __call__(self, chips: Sequence[Any]) -> Any:
        for answer in self.who(chips):
            if self.left == 0:
                self.stopped = True
                return
            self.left -= 1
            yield answer


@pytest.mark.parametrize("budget", [0, 1, 7])
def test_a_budget_is_kept(two: Project, known: Path, budget: int) -> None:
    assert flow.refine(two, "red", by_oracle(two, known), budget=budget) == budget


def test_what_nobody_can_tell_ends_an_event_and_is_asked_once(two: Project) -> None:
    flow.refine(two, "red", Scripted(*[CANT_TELL] * 60))
    assert spans(two) == [("a.mp4", 8.0, 12.25), ("a.mp4", 20.0, 20.25)]
    ids = [item for made in asked(two) for item in made.ids]
    assert len(ids) == len(set(ids)) <= 17


def test_two_looks_that_show_it_are_one_event_until_a_look_between_says_no(project: Project, tmp_path: Path) -> None:
    making.film(tmp_path / "media" / "a.mp4", 16, red=[(4, 5), (7.75, 9)])
    prepared(project, tmp_path / "media")
    say(project, "a.mp4", (0, NO), (4, YES), (8, YES), (12, NO))
    assert spans(project) == [("a.mp4", 4.0, 8.25)]
    known = making.oracle(tmp_path / "known.csv", "a.mp4,red,1,4,5", "a.mp4,red,1,7.75,9")
    flow.refine(project, "red", by_oracle(project, known))
    assert spans(project) == [("a.mp4", 4.0, 5.0), ("a.mp4", 7.75, 9.0)]


def test_a_yes_between_two_looks_joins_them_and_is_asked_once(project: Project, tmp_path: Path) -> None:
    making.film(tmp_path / "media" / "a.mp4", 16, red=[(4, 12)])
    prepared(project, tmp_path / "media")
    say(project, "a.mp4", (0, NO), (4, YES), (8, YES), (12, NO))
    flow.refine(project, "red", by_oracle(project, making.oracle(tmp_path / "k.csv", "a.mp4,red,1,4,12")))
    assert spans(project) == [("a.mp4", 4.0, 12.0)]
    assert [reason for made in asked(project) for reason in made.reason].count("between") == 1


def test_looks_within_the_gap_need_none_between(project: Project, tmp_path: Path) -> None:
    making.film(tmp_path / "media" / "a.mp4", 8, red=[(2, 5)])
    prepared(project, tmp_path / "media", sample="keyframes")
    say(project, "a.mp4", (1, NO), (2, YES), (3, YES), (4, YES), (5, NO))
    flow.refine(project, "red", by_oracle(project, making.oracle(tmp_path / "k.csv", "a.mp4,red,1,2,5")))
    assert "between" not in {reason for made in asked(project) for reason in made.reason}


def test_an_event_is_followed_across_the_files_of_one_camera(project: Project, tmp_path: Path) -> None:
    making.film(tmp_path / "media" / "cam" / "1.mp4", 6, red=[(4.5, 6)])
    making.film(tmp_path / "media" / "cam" / "2.mp4", 6, red=[(0, 2.25)])
    prepared(project, tmp_path / "media", timeline_from="folder")
    say(project, "cam/1.mp4", (0, NO), (4, NO))
    say(project, "cam/2.mp4", (0, YES), (4, NO))
    known = making.oracle(tmp_path / "known.csv", "cam/1.mp4,red,1,4.5,6", "cam/2.mp4,red,1,0,2.25")
    flow.refine(project, "red", by_oracle(project, known))
    (event,) = found_events(project, "red")
    assert (event.source, event.start_seconds, event.end_seconds) == ("cam/1.mp4", 4.5, 8.25)


def test_a_copy_has_the_same_ends_and_is_asked_about_once(two: Project, known: Path, tmp_path: Path) -> None:
    making.copy(tmp_path / "media" / "a.mp4", tmp_path / "media" / "copy" / "b.mp4")
    flow.ingest(two, [tmp_path / "media"])
    assert flow.refine(two, "red", by_oracle(two, known)) <= 17
    assert spans(two) == [(name, *span) for name in ("a.mp4", "copy/b.mp4") for span in ((7.25, 13.5), (18.25, 24.0))]


def test_looks_that_are_not_answered_yet_are_answered_first(project: Project, tmp_path: Path, known: Path) -> None:
    prepared(project, film_of_two(tmp_path / "media"))
    say(project, "a.mp4", (12, YES))
    flow.refine(project, "red", by_oracle(project, known))
    assert spans(project) == [("a.mp4", 7.25, 13.5)]  # nobody looked for the other


def test_stills_and_collections_without_a_yes_have_no_ends_to_place(project: Project, yard: Path, oracle: Path) -> None:
    prepared(project, yard, sample="keyframes")
    before = keys(project)
    assert flow.refine(project, "red", by_oracle(project, oracle)) == 0
    say(project, "d.png", (0, YES))
    assert flow.refine(project, "red", by_oracle(project, oracle)) == 0 and keys(project) == before


def test_a_file_that_is_gone_keeps_the_ends_it_has(two: Project, known: Path, tmp_path: Path) -> None:
    (tmp_path / "media" / "a.mp4").unlink()
    assert flow.refine(two, "red", by_oracle(two, known)) == 0
    assert spans(two) == [("a.mp4", 8.0, 12.25), ("a.mp4", 20.0, 20.25)]
    assert "no file at" in flow.status(two)["failures"][0]["reason"]


def test_what_has_a_vector_is_not_embedded_again(two: Project) -> None:
    with two.read() as c:
        before = len(shards.open_all(c, two.vectors, "toy-1"))
    embed_these(two, "toy-1", list(keys(two)))
    with two.read() as c:
        assert len(shards.open_all(c, two.vectors, "toy-1")) == before


def test_a_precision_below_nothing_and_an_unknown_concept_are_refused(two: Project, known: Path) -> None:
    with pytest.raises(InputError, match=r"got a precision of -1 s; wanted 0 s"):
        flow.refine(two, "red", by_oracle(two, known), precision=-1)
    with pytest.raises(InputError, match="unknown concept 'blue'; known: red"):
        flow.refine(two, "blue", by_oracle(two, known))


def test_find_keeps_answers_back_for_the_precision_it_is_asked_for(
    project: Project, tmp_path: Path, known: Path
) -> None:
    like = making.still(tmp_path / "red.png", red=True, shade=100)
    folder = film_of_two(tmp_path / "media")
    making.film(folder / "dull.mp4", 80, shade=110)
    settings: dict[str, Any] = {"like": [like], "oracle": known, "encoder": "toy", "sample": EVERY_FOUR}
    found = flow.find(project, [folder], "red", **settings, budget=26, look=3, precision=0.0)
    assert [(e.start_seconds, e.end_seconds) for e in found.events] == [(7.25, 13.5), (18.25, 24.0)]
    assert found.answers <= 26
    assert flow.find(project, [folder], "red", **settings, budget=26, look=3, precision=0.0).events == found.events


def test_answers_kept_back_and_not_needed_are_spent_at_once(project: Project, tmp_path: Path, known: Path) -> None:
    like = making.still(tmp_path / "red.png", red=True, shade=100)
    folder = film_of_two(tmp_path / "media")
    making.film(folder / "dull.mp4", 80, shade=110)
    settings: dict[str, Any] = {"like": [like], "oracle": known, "encoder": "toy", "sample": EVERY_FOUR}
    once, again = (flow.find(project, [folder], "red", **settings, budget=24, look=3, precision=0.3) for _ in range(2))
    assert once.answers == 24 and (again.answers, again.rounds) == (24, once.rounds), "the second call asks nothing"
