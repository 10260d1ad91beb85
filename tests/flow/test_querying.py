"""Searches by words, parts of pictures, items and counter-examples: what comes first, what is kept, what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import media_making as making
import numpy as np
import pytest
from flow_making import collect
from PIL import Image

from raravis import flow, plugins
from raravis.embed import unit
from raravis.embed.toy import Toy
from raravis.errors import InputError, MediaError
from raravis.flow import words
from raravis.flow.campaign import Campaign
from raravis.flow.collection import load, pool_of
from raravis.flow.examples import add_examples, embed_examples
from raravis.flow.searching.queries import Weights
from raravis.store import Project, concepts, examples, items, shards, sources
from raravis.types import Floats, Pixels

RED, BARE = making.picture(red=True, shade=100), making.picture(shade=100)


class Seeing(Toy):
    """The toy with all pictures in a corner of their own: no two are unlike."""

    id, dim = "seeing-1", 30

    def __call__(self, pictures: Sequence[Pixels]) -> Floats:
        """(N, 30) unit length, the last number 0."""
        return unit(np.pad(super().__call__(pictures), ((0, 0), (0, 2))) + CORNER, "")


class Speaking(Seeing):
    """It knows one word, and puts texts where no picture is: the cosine of any text with any picture is small."""

    id = "speaking-1"

    def texts(self, texts: Sequence[str]) -> Floats:
        """(N, 30): towards red, or away from it, for texts that have the word."""
        red = self([RED])[0] - self([BARE])[0]
        said = [0.2 * red / np.linalg.norm(red) * ("red" in text) for text in texts]
        return unit(np.reshape(said, (-1, 30)) + np.eye(30, dtype=np.float32)[-1], "")


class Naming(Seeing):
    """It has names for two classes."""

    id = "naming-1"
    names = ("red block, red brick", "street")

    @property
    def directions(self) -> Floats:
        """(2, 30): towards red, and away from it."""
        red = self([RED])[0] - self([BARE])[0]
        return unit(np.stack([red, -red]), "")


CORNER = np.eye(30, dtype=np.float32)[-2]
MADE = {"seeing": Seeing, "speaking": Speaking, "naming": Naming}


@pytest.fixture(autouse=True)
def _encoders(monkeypatch: pytest.MonkeyPatch) -> None:
    load = plugins.load
    monkeypatch.setattr(plugins, "load", lambda kind, name: MADE.get(name) or load(kind, name))


@pytest.fixture(scope="session")
def yards(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of the yard without vectors; never written to."""
    folder = tmp_path_factory.mktemp("yards") / "project"
    with Project.open(folder, create=True) as project:
        flow.ingest(project, [made])
        flow.sample(project)
        flow.detect(project)
    return folder


@pytest.fixture
def embedded(yards: Path, tmp_path: Path) -> Iterator[Any]:
    """embedded("speaking"): the yard under that encoder, and the others given."""
    shutil.copytree(yards, tmp_path / "copy")
    with Project.open(tmp_path / "copy") as project:

        def call(*encoders: str) -> Project:
            for encoder in encoders:
                flow.embed(project, encoder=encoder)
            return project

        yield call


def name_of(project: Project, item: int) -> str:
    with project.read() as c:
        (one,) = items.get(c, [item])
        return sources.some(c, [one.source_id])[one.source_id].places[0].name


def shows_red(project: Project, ids: Sequence[int]) -> list[bool]:
    """Whether each of these items shows red: those of a.mp4 from 2 s to 5 s, and d.png."""
    with project.read() as c:
        several = items.get(c, ids)
        names = {source.id: source.places[0].name for source in sources.all(c)}
    return [
        names[one.source_id] == "d.png" or (names[one.source_id] == "cam/a.mp4" and 2000 <= one.pts < 5000)
        for one in several
    ]


def kept(project: Project, concept: str = "red") -> list[tuple[str, str, int]]:
    with project.read() as c:
        return [(one.kind, one.name, one.sign) for one in examples.all(c, concept)]


def still(tmp_path: Path, *, red: bool) -> Path:
    return making.still(tmp_path / "given" / f"{red}.png", red=red, shade=100)


def test_words_find_what_they_say_by_their_cosine(embedded: Any) -> None:
    project = embedded("speaking")
    found = flow.search(project, text=["something red"], k=18)
    assert shows_red(project, found.ids) == [True] * 4 + [False] * 14
    vectors = load(project).vectors
    row = vectors.ids.tolist().index(found.ids[0])
    assert found.scores[0] == pytest.approx(float(vectors.data[row] @ Speaking().texts(["red"])[0]), abs=1e-3)
    assert 0 < found.scores[0] < 0.2  # of pictures any two have more than 0.5


def test_words_for_what_is_not_meant_put_it_last(embedded: Any) -> None:
    project = embedded("speaking")
    found = flow.search(project, text=["something"], text_not=["red"], k=18)
    assert shows_red(project, found.ids) == [False] * 14 + [True] * 4
    assert found.params["counted"] == {"like": 0, "text": 1, "unlike": 0, "text_not": 1}


def test_a_text_is_read_in_every_template_once_and_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    encoder = Speaking()
    monkeypatch.setattr(encoder, "texts", lambda texts: heard.extend(texts) or Speaking().texts(texts), raising=False)
    assert words.read(encoder, ["a  red car.", "fox"]).vectors.shape == (2, 30)
    assert heard == [
        "a red car.",
        "a photo of a red car",
        "a frame of a video with a red car",
        "a red car in the distance",
        "fox",
        "a photo of fox",
        "a frame of a video with fox",
        "fox in the distance",
    ]


def test_the_vector_of_a_text_is_the_mean_over_its_templates() -> None:
    class Two(Speaking):
        def texts(self, texts: Sequence[str]) -> Floats:
            return np.stack([np.eye(30, dtype=np.float32)[int("photo" in text)] for text in texts])

    vector = words.read(Two(), ["fox"]).vectors[0]  # one template of four has the word
    assert vector[:2] == pytest.approx(np.array([3, 1]) / 10**0.5) and not vector[2:].any()


@pytest.mark.parametrize("encoder", [Seeing(), Speaking(), Naming()])
def test_no_texts_are_no_vectors_and_a_text_without_words_is_refused(encoder: Any) -> None:
    assert words.read(encoder, []).vectors.shape == (0, 30)
    with pytest.raises(InputError, match=r"got ' \.' as a text; wanted words"):
        words.read(encoder, ["red", " ."])


def test_texts_and_pictures_spread_alike_whatever_their_cosines(embedded: Any, tmp_path: Path) -> None:
    project, dark = embedded("speaking"), making.still(tmp_path / "dark.png", shade=70)
    first = {
        given: name_of(project, flow.search(project, like=[dark], **settings, k=1).ids[0])
        for given, settings in {
            "dark": {},
            "dark and red": {"text": ["red"]},
            "dark, hardly red": {"text": ["red"], "weights": Weights(text=0.1)},
        }.items()
    }
    assert first == {"dark": "c.png", "dark and red": "d.png", "dark, hardly red": "c.png"}


def test_weights_say_what_each_kind_counts(embedded: Any, tmp_path: Path) -> None:
    project, plain = embedded("speaking"), still(tmp_path, red=False)
    by_text, by_picture = (
        flow.search(project, text=["red"], like=[plain], k=18, weights=weights)
        for weights in (Weights(like=0), Weights(text=0))
    )
    assert by_text.ids == flow.search(project, text=["red"], k=18).ids
    assert by_picture.ids == flow.search(project, like=[plain], k=18).ids
    assert by_text.params["weights"] == {"like": 0, "text": 1, "unlike": 0.5, "text_not": 0.5}


@pytest.mark.parametrize(
    ("given", "weights", "told"),
    [
        ({"text": ["red"]}, Weights(text=0), "the weight of text is 0, wanted one above 0: --weight text=1"),
        (
            {"like": ["item:1"], "text": ["red"]},
            Weights(like=0, text=0),
            "the weight of like and of text is 0, wanted ",
        ),
        ({"text_not": ["red"]}, Weights(), "give a picture with --like, words with --text, or --for a concept "),
    ],
)
def test_where_nothing_counts_it_is_said_why(embedded: Any, given: Any, weights: Weights, told: str) -> None:
    with pytest.raises(InputError) as caught:
        flow.search(embedded("speaking"), **given, weights=weights)
    assert str(caught.value).startswith(f"nothing to search by; {told}")


def test_a_weight_without_anything_to_weigh_is_said(embedded: Any) -> None:
    project, said = embedded("speaking"), list[str]()
    flow.search(project, like=["item:1"], weights=Weights(like=2, text=2, unlike=0, text_not=0.7), say=said.append)
    assert said == [
        "weight text=2 counts nothing: there is no --text",
        "weight not=0.7 counts nothing: there is no --not",
    ]


@pytest.mark.parametrize(
    ("bad", "got"), [(-1, "-1"), (float("nan"), "nan"), (float("inf"), "inf"), (1000001, "1e+06"), (1e7, "1e+07")]
)
def test_weights_that_are_none_are_refused_by_the_name_of_their_kind(bad: float, got: str) -> None:
    for kind, told in (("unlike", "unlike"), ("text_not", "not")):
        with pytest.raises(InputError) as caught:
            Weights(**{kind: bad})
        assert str(caught.value) == f"weight of {told}: got {got}, wanted 0 to 1,000,000"
    assert Weights(like=1_000_000, text=0).like == 1_000_000


def test_words_for_a_concept_are_kept_as_its_examples(embedded: Any) -> None:
    project = embedded("speaking")
    first = flow.search(project, concept="red", text=["red  things"], text_not=["street"])
    again = flow.search(project, concept="red", text=["red things"])
    assert first.ids == again.ids == flow.search(project, concept="red").ids
    assert kept(project) == [("text", "red things", 1), ("text", "street", -1)]
    assert again.params["counted"] == {"like": 0, "text": 1, "unlike": 0, "text_not": 1}


def test_an_encoder_without_words_says_what_to_install_and_nothing_is_kept(embedded: Any, tmp_path: Path) -> None:
    project, wanted = embedded("seeing"), r"encoder seeing-1 reads no text; .*hf:.*pip install 'raravis\[hf\]'"
    with pytest.raises(InputError, match=wanted):
        flow.search(project, concept="red", like=[still(tmp_path, red=True)], text=["red"])
    with project.read() as c:
        assert concepts.all(c) == []


def test_words_for_another_encoder_are_left_out_and_that_is_said(embedded: Any, tmp_path: Path) -> None:
    project, said = embedded("speaking", "seeing"), list[str]()
    add_examples(project, "red", like=[still(tmp_path, red=True)], text=["red"])
    assert embed_examples(project, "red", "speaking-1") == [] and embed_examples(project, "red", "seeing-1") == ["red"]
    found = flow.search(project, concept="red", encoder="seeing", say=said.append)
    assert found.params["counted"]["text"] == 0 and found.params["counted"]["like"] == 1
    assert said == ["encoder seeing-1 cannot read the example 'red', which is left out"]


def test_class_names_stand_in_for_words_and_which_ones_is_said(embedded: Any) -> None:
    project, said = embedded("naming"), list[str]()
    found = flow.search(project, text=["a RED brick"], k=4, say=said.append)
    assert shows_red(project, found.ids) == [True] * 4
    assert found.params["classes"] == {"a RED brick": ["red block, red brick"]}
    assert said == [
        "'a RED brick' stands for red block; this encoder knows the names of its classes, and cannot read free text"
    ]
    with pytest.raises(InputError, match=r"'bricks' matches none of 2 class names.*; spelled like it: red brick; free"):
        flow.search(project, text=["bricks"])


NAMES = ["great white shark, white shark", "tiger shark", "tiger", "orange", "orange juice, juice", "lion"]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Tiger", [2]),  # a name of its own comes before names that hold it
        ("shark", [0, 1]),
        ("white shark", [0]),
        ("an orange", [3]),
        ("a white shark below a lion", [0, 5]),
        ("juice", [4]),
    ],
)
def test_texts_match_names_word_by_word(text: str, rows: list[int]) -> None:
    assert words.matches(NAMES, text) == rows


@pytest.mark.parametrize(
    ("text", "alike"),
    [("tigre", "spelled like it: tiger shark, tiger; "), ("lions", "spelled like it: lion; "), ("lioness", "")],
)
def test_a_text_that_matches_no_name_is_told_those_spelled_alike_and_what_reads_text(text: str, alike: str) -> None:
    with pytest.raises(InputError) as caught:
        words.matches(NAMES, text)
    assert str(caught.value) == (
        f"'{text}' matches none of 6 class names, which are all that this encoder knows; {alike}"
        "free text wants hf:google/siglip2-base-patch16-224 (pip install 'raravis[hf]')"
    )


def test_a_name_that_shares_but_some_letters_is_no_help() -> None:
    with pytest.raises(InputError) as caught:
        words.matches(["plunger, plumber's helper", "warplane"], "helicopter")
    assert "spelled like it" not in str(caught.value) and "plunger" not in str(caught.value)


def test_an_encoder_that_would_read_texts_otherwise_set_says_how(
    embedded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Seeing, "with_words", "pooled:of=speaking,frames=4,pool=mean", raising=False)
    with pytest.raises(
        InputError, match=r"reads no text; embed with one that does, pooled:of=speaking,frames=4,pool=m"
    ):
        flow.search(embedded("seeing"), text=["red"])


def test_of_many_names_the_first_few_are_shown() -> None:
    told = words.Words(np.zeros((1, 2), np.float32), {"dog": [f"dog {n}, hound {n}" for n in range(7)]})
    assert told.notes()[0].startswith("'dog' stands for dog 0, dog 1, dog 2, dog 3, dog 4 and 2 more; ")


def test_a_part_of_a_picture_finds_what_that_part_shows(embedded: Any, tmp_path: Path) -> None:
    both = np.concatenate([RED, making.picture(shade=60)])  # red above, bare below
    Image.fromarray(both).save(tmp_path / "both.png")
    project = embedded("seeing")
    above = flow.search(project, concept="red", like=[f"{tmp_path / 'both.png'}#0,0,64,48"], k=4)
    below = flow.search(project, like=[f"{tmp_path / 'both.png'}#0,0.5,1,1"], k=4)
    assert shows_red(project, above.ids) == [True] * 4 and not any(shows_red(project, below.ids))
    assert kept(project) == [("picture", "both.png#0,0,64,48", 1)]


def test_an_item_finds_itself_first_and_is_kept_as_its_crop(embedded: Any) -> None:
    project = embedded("seeing")
    first = flow.search(project, like=["item:3"], k=18)
    assert first.ids[0] == 3 and first.scores[0] == pytest.approx(1, abs=1e-3)
    assert flow.search(project, concept="red", like=["item:3"], unlike=["item:1"]).params["like"] == ["item:3"]
    assert kept(project) == [("item", "item:3", 1), ("item", "item:1", -1)]
    with project.read() as c:
        own, crop = load(project).vectors, examples.all(c, "red")[0].picture
        vector = examples.vectors(c, "red", "seeing-1").data[0]
    assert vector.tolist() == own.data[own.ids == 3][0].astype(np.float32).tolist() and crop[:2] == b"\xff\xd8"


def test_an_item_without_a_vector_is_looked_at(embedded: Any) -> None:
    project = embedded("seeing")
    flow.search(project, concept="red", like=["item:3"])
    flow.embed(project, encoder="speaking")
    with project.begin() as c:
        shards.drop_items(c, project.vectors, "speaking-1", np.array([3]))
    embed_examples(project, "red", "speaking-1")
    with project.read() as c:
        before, after = (examples.vectors(c, "red", name).data[0] for name in ("seeing-1", "speaking-1"))
    np.testing.assert_allclose(after, before, atol=0.02)  # one from the frame, one from its JPEG


@pytest.mark.parametrize("item", ["item:99", "item:0"])
def test_an_item_that_is_none_is_refused(embedded: Any, item: str) -> None:
    project = embedded("seeing")
    for concept in (None, "red"):
        with pytest.raises(InputError, match="item"):
            flow.search(project, concept=concept, like=[item])


def test_an_item_whose_file_was_overwritten_has_its_vector_and_no_picture(project: Project, tmp_path: Path) -> None:
    made = still(tmp_path, red=True)
    collect(project, made)
    making.still(made, shade=30)
    collect(project, made)
    assert flow.search(project, like=["item:1"]).ids == (2,)
    with pytest.raises(MediaError, match="item 1: its frame does not decode, or its file was overwritten by another"):
        flow.search(project, concept="red", like=["item:1"])


def test_a_file_that_is_called_like_an_item_is_a_file(
    embedded: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = embedded("seeing")
    monkeypatch.chdir(tmp_path)
    Path("item:99").write_bytes(still(tmp_path, red=True).read_bytes())
    flow.search(project, concept="red", like=["item:99"])
    assert kept(project) == [("picture", "item:99", 1)]


def test_a_picture_that_cannot_be_read_keeps_nothing(embedded: Any, tmp_path: Path) -> None:
    project = embedded("speaking")
    with pytest.raises(MediaError, match=r"none\.png"):
        flow.search(project, concept="red", text=["red"], like=[tmp_path / "none.png"])
    with project.read() as c:
        assert concepts.all(c) == []


def test_to_strategies_a_text_is_a_picture_that_ranks_as_it_does(embedded: Any) -> None:
    project = embedded("speaking")
    collection = load(project)
    add_examples(project, "red", text=["red"], text_not=["street"])
    embed_examples(project, "red", "speaking-1")
    pool, said = pool_of(project, collection, "red"), Speaking().texts(["red"])[0]
    vectors = collection.vectors.data.astype(np.float32)
    assert pool.example_sign.tolist() == [1, -1]
    np.testing.assert_allclose(np.linalg.norm(pool.examples, axis=1), 1, atol=1e-5)
    assert (vectors @ said).max() < 0.2 < 0.5 < (vectors @ pool.examples[0]).min()
    by_text, by_picture = (
        shows_red(project, collection.vectors.ids[np.argsort(-(vectors @ v))]) for v in (said, pool.examples[0])
    )
    assert by_text == by_picture == [True] * 4 + [False] * 14


def test_a_campaign_begins_with_what_a_text_says(embedded: Any) -> None:
    project = embedded("speaking")
    add_examples(project, "red", text=["red"])
    asked = Campaign(project, "red", strategy="similar", ends=None).ask(4)
    assert asked is not None and shows_red(project, asked.ids) == [True] * 4
    hunted = Campaign(project, "red").ask(3)
    assert hunted is not None and any(shows_red(project, hunted.ids))
    assert [one.outcome for one in flow.replay(project, "red")] == ["same", "same"]
