"""Searches, rounds and answers: what is asked, what an answer implies, and what is kept of it."""

from __future__ import annotations

from pathlib import Path

import media_making as making
import numpy as np
import pytest
from flow_making import Scripted, by_oracle, collect, keys, said, shown
from PIL import Image

from raravis import flow
from raravis.errors import InputError, MediaError
from raravis.flow.campaign import Campaign
from raravis.flow.examples import add_examples
from raravis.flow.truth import read_oracle
from raravis.store import Project, concepts, examples, labels, rounds
from raravis.types import CANT_TELL, NO, YES


@pytest.fixture
def ready(project: Project, yard: Path) -> Project:
    """The yard embedded, and something to look for."""
    collect(project, yard)
    add_examples(project, "red")
    return project


def red(tmp_path: Path) -> Path:
    return making.still(tmp_path / "like" / "red.png", red=True, shade=100)


def seconds_of(project: Project, ids: tuple[int, ...]) -> list[int]:
    return [keys(project)[i][1] // 1000 for i in ids]


def test_a_search_by_a_picture_ranks_what_is_like_it_first_and_is_kept_as_a_round(
    ready: Project, tmp_path: Path
) -> None:
    found = flow.search(ready, like=[red(tmp_path)], k=6)
    assert len(found.ids) == 6 and list(found.scores) == sorted(found.scores, reverse=True)
    assert set(found.ids[:4]) == {i for i, key in keys(ready).items() if shows_red(ready, i, key)}
    assert (found.strategy, found.encoder, found.labels_up_to) == ("search", "toy-1", 0)
    with ready.read() as c:
        assert rounds.get(c, found.id) == found


def shows_red(project: Project, item: int, key: tuple[str, int, int, tuple[float, ...]]) -> bool:
    from raravis.store import sources

    with project.read() as c:
        name = next(s.places[0].name for s in sources.all(c) if s.digest == key[0])
    return name == "d.png" or (name == "cam/a.mp4" and 2000 <= key[1] < 5000)


def test_what_is_meant_less_what_is_not(ready: Project, tmp_path: Path) -> None:
    plain = making.still(tmp_path / "unlike" / "plain.png", shade=95)
    toward, away = (
        flow.search(ready, like=[red(tmp_path)], k=18),
        flow.search(ready, like=[plain], unlike=[red(tmp_path)], k=18),
    )
    assert toward.ids[0] in away.ids[-4:] and toward.ids[-1] in away.ids[:14]


def test_a_search_for_a_concept_keeps_the_pictures_as_its_examples(ready: Project, tmp_path: Path) -> None:
    first = flow.search(ready, concept="red", like=[red(tmp_path)], k=3)
    again = flow.search(ready, concept="red", k=3)
    assert first.ids == again.ids and first.id != again.id
    with ready.read() as c:
        assert [(e.name, e.sign) for e in examples.all(c, "red")] == [("red.png", 1)]


def test_the_same_example_given_twice_is_one(ready: Project, tmp_path: Path) -> None:
    assert add_examples(ready, "red", like=[red(tmp_path), red(tmp_path)]) == 1
    assert add_examples(ready, "red", like=[red(tmp_path)], unlike=[red(tmp_path)]) == 1


def test_a_search_by_nothing_says_what_it_takes(ready: Project) -> None:
    for concept in (None, "red"):
        with pytest.raises(InputError, match="nothing to search by; give a picture with --like"):
            flow.search(ready, concept=concept)


@pytest.mark.parametrize("content", [None, "words"])
def test_an_example_that_is_no_picture_adds_none_and_no_concept(
    project: Project, tmp_path: Path, content: str | None
) -> None:
    bad = tmp_path / "bad.jpg"
    if content:
        bad.write_text(content)
    with pytest.raises(MediaError, match=r"bad\.jpg: "):
        add_examples(project, "red", like=[red(tmp_path), bad])
    with project.read() as c:
        assert concepts.all(c) == []


def test_with_tiles_a_search_still_gives_as_many_frames_as_asked_for(project: Project, tmp_path: Path) -> None:
    for name, colour in {"all-red": (230, 20, 20), "grey": (90, 90, 90), "white": (250, 250, 250)}.items():
        (tmp_path / "in").mkdir(exist_ok=True)
        Image.new("RGB", (64, 48), colour).save(tmp_path / "in" / f"{name}.png")
    collect(project, tmp_path / "in", detect="tiles:5")  # 26 items of the red frame come before any other
    found = flow.search(project, like=[tmp_path / "in" / "all-red.png"], k=3)
    assert len({keys(project)[i][0] for i in found.ids}) == len(found.ids) == 3


def test_a_round_keeps_its_seed_and_is_made_the_same_from_the_same_answers(ready: Project, tmp_path: Path) -> None:
    first = flow.ask(ready, "red", strategy="random", k=5, seed=7)
    assert first is not None and (first.seed, first.strategy, len(first.ids)) == (7, "random", 5)
    with Project.open(tmp_path / "twin", create=True) as twin:
        collect(twin, tmp_path / "yard")
        add_examples(twin, "red")
        again = flow.ask(twin, "red", strategy="random", k=5, seed=7)
        other = flow.ask(twin, "red", strategy="random", k=5, seed=8)
        assert again is not None and other is not None
        assert shown(twin)[0] == shown(ready)[0] != shown(twin)[1]


def test_answers_are_kept_one_by_one_with_who_and_in_which_round(ready: Project) -> None:
    asked = flow.ask(ready, "red", strategy="random", k=4)
    assert asked is not None
    assert list(flow.label(ready, "red", Scripted(YES, NO, CANT_TELL)).values()) == [1, -1, 0]
    with ready.read() as c:
        log = labels.log(c, "red")
    assert [(label.item_id, label.value, label.by, label.source, label.round_id) for label in log] == [
        (item, value, "ann", "human", asked.id) for item, value in zip(asked.ids, (1, -1, 0), strict=False)
    ]


def test_a_round_answered_in_part_goes_on_where_it_was(ready: Project) -> None:
    asked = flow.ask(ready, "red", strategy="random", k=4)
    assert asked is not None
    flow.label(ready, "red", Scripted(YES))
    assert list(flow.label(ready, "red", Scripted(NO, NO, NO))) == list(asked.ids[1:])
    with pytest.raises(InputError, match="no round about 'red' waits for answers; make one with: raravis ask"):
        flow.label(ready, "red", Scripted(NO))


def test_a_withdrawn_answer_leaves_the_item_as_never_asked(ready: Project) -> None:
    class Undoing(Scripted):
        def __call__(self, chips):  # type: ignore[no-untyped-def]
            yield 0, YES
            yield 0, None
            yield 0, NO
            yield 1, YES
            yield 1, None

    asked = flow.ask(ready, "red", strategy="random", k=2)
    assert asked is not None
    assert flow.label(ready, "red", Undoing()) == {asked.ids[0]: NO}
    assert list(said(ready).values()) == [NO]
    with ready.read() as c:
        assert len(labels.withdrawals(c, "red")) == 2


def test_a_round_of_another_concept_is_refused(ready: Project) -> None:
    add_examples(ready, "blue")
    asked = flow.ask(ready, "blue", strategy="random", k=1)
    assert asked is not None
    with pytest.raises(InputError, match=f"round {asked.id} asks about 'blue', not 'red'"):
        flow.label(ready, "red", Scripted(NO), round_id=asked.id)
    with pytest.raises(InputError, match="no round 99"):
        flow.label(ready, "red", Scripted(NO), round_id=99)


def test_nothing_is_asked_twice_and_when_all_is_answered_nothing_is_left(ready: Project, oracle: Path) -> None:
    asked: list[int] = []
    while made := flow.ask(ready, "red", strategy="top", place_ends=False, k=5):
        asked += made.ids
        flow.label(ready, "red", by_oracle(ready, oracle))
    assert len(asked) == len(set(asked)) == 18
    assert sorted(said(ready).values()) == [NO] * 14 + [YES] * 4


def test_with_tiles_the_frame_is_asked_about_and_an_answer_settles_what_it_implies(
    project: Project, yard: Path, tmp_path: Path
) -> None:
    collect(project, yard / "d.png", yard / "c.png", detect="tiles:n=2,overlap=0")
    add_examples(project, "red")
    asked = flow.ask(project, "red", strategy="random", k=50)
    assert asked is not None and len(asked.ids) == 2
    frame = keys(project)
    whole = {i for i, key in frame.items() if key[3] == (0, 0, 1, 1)}
    assert set(asked.ids) == whole
    campaign = Campaign(project, "red", strategy="random")
    of_red = [i for i in frame if shows_red(project, i, frame[i])]
    (whole_of_red,) = whole.intersection(of_red)
    campaign.record({whole_of_red: NO})
    pool, rows = campaign.search.pool, campaign.collection.rows(np.array(of_red))
    assert pool.label[rows].tolist() == [NO] * 5 and np.sum(pool.weight[rows] == 1) == 1
    following = campaign.ask(50)
    assert following is not None and len(following.ids) == 1 and following.ids[0] not in of_red


def test_a_search_for_a_misspelt_concept_makes_none(ready: Project) -> None:
    with pytest.raises(InputError, match="unknown concept 'rde'; known: "):
        flow.search(ready, concept="rde")


def test_an_unknown_concept_strategy_or_encoder_names_the_known_ones(ready: Project) -> None:
    with pytest.raises(InputError, match="unknown concept 'blue'; known: red"):
        flow.ask(ready, "blue")
    with pytest.raises(InputError, match=r"unknown strategy 'best'; known: .*diverse, entropy"):
        flow.ask(ready, "red", strategy="best")
    with pytest.raises(InputError, match="unknown encoder 'clip'; known: toy-1"):
        flow.ask(ready, "red", encoder="clip")


def test_an_oracle_that_names_unknown_sources_is_refused_with_count_and_the_first_three(
    ready: Project, tmp_path: Path
) -> None:
    rows = [f"e{number}.mp4,red,1" for number in range(5)]
    path = making.oracle(tmp_path / "bad.csv", "d.png,red,1", *rows)
    with pytest.raises(InputError, match=r"5 unknown sources: 'e0\.mp4', 'e1\.mp4', 'e2\.mp4', \.\.\."):
        read_oracle(ready, path, "red")


def test_an_oracle_may_name_a_file_that_could_not_be_read(ready: Project, yard: Path, tmp_path: Path) -> None:
    (yard / "cam" / "broken.mp4").touch()
    flow.ingest(ready, [yard])
    path = making.oracle(tmp_path / "known.csv", "d.png,red,1", "cam/broken.mp4,red,1,0,2")
    assert len(read_oracle(ready, path, "red").rows) == 2


def test_an_oracle_whose_name_fits_two_sources_is_refused(ready: Project, tmp_path: Path) -> None:
    other = making.still(tmp_path / "other" / "d.png", shade=10).parent
    flow.ingest(ready, [other])
    path = making.oracle(tmp_path / "known.csv", "d.png,red,1")
    with pytest.raises(InputError, match=r"1 names fit several sources: 'd\.png'; ingest the folder above both"):
        read_oracle(ready, path, "red")


def test_a_head_knows_the_labels_it_saw_and_the_same_answers_give_the_same_head(ready: Project, oracle: Path) -> None:
    for _ in range(2):
        flow.ask(ready, "red", strategy="diverse", place_ends=False, k=9)
        flow.label(ready, "red", by_oracle(ready, oracle))
    first, again = flow.train(ready, "red"), flow.train(ready, "red")
    with ready.read() as c:
        assert first.trained_on == tuple(label.id for label in labels.current(c, "red")) and len(first.trained_on) == 18
    np.testing.assert_array_equal(first.weight, again.weight)
    rows = Campaign(ready, "red").collection
    prob = first.probability(rows.vectors.data)[:, 0]
    truth = np.array([shows_red(ready, int(i), keys(ready)[int(i)]) for i in rows.vectors.ids])
    assert prob[truth].min() > first.threshold[0] > prob[~truth].max()


def test_there_is_nothing_to_train_from_before_a_yes_or_an_example(ready: Project) -> None:
    flow.ask(ready, "red", strategy="random", k=2)
    flow.label(ready, "red", Scripted(NO, NO))
    with pytest.raises(InputError, match="nothing to train 'red' from"):
        flow.train(ready, "red")


def test_a_ranked_list_is_a_look_once_somebody_answered_in_it(ready: Project, tmp_path: Path, oracle: Path) -> None:
    found = flow.search(ready, concept="red", like=[red(tmp_path)], k=3)
    flow.ask(ready, "red", k=2)
    (concept,) = flow.status(ready)["concepts"]
    assert concept["looks"] == 0
    flow.label(ready, "red", by_oracle(ready, oracle), round_id=found.id)
    (concept,) = flow.status(ready)["concepts"]
    assert (concept["looks"], concept["answers"]) == (1, 3)
