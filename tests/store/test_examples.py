"""What a concept's examples are, and what each encoder makes of them."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection, text

from raravis.store import Project, concepts, examples
from raravis.store.migrations import MIGRATIONS, migrate


def test_the_same_picture_with_the_same_sign_is_one_example(c: Connection) -> None:
    id = examples.add(c, "fox", "fox.jpg", "d1", 1, b"jpeg")
    assert examples.add(c, "fox", "copy.jpg", "d1", 1, b"jpeg") == id
    other = examples.add(c, "fox", "dog.jpg", "d1", -1, b"jpeg")
    assert examples.all(c, "fox") == [
        examples.Example(id, "fox.jpg", "d1", 1, b"jpeg"),
        examples.Example(other, "dog.jpg", "d1", -1, b"jpeg"),
    ]


def test_a_text_and_an_items_crop_are_examples_like_pictures(c: Connection) -> None:
    examples.add(c, "fox", "a fox at night", "d1", 1, b"", kind="text")
    examples.add(c, "fox", "item:7", "d2", -1, b"jpeg", kind="item")
    assert [(e.name, e.kind, e.sign) for e in examples.all(c, "fox")] == [
        ("a fox at night", "text", 1),
        ("item:7", "item", -1),
    ]


def test_vectors_of_examples_are_by_encoder_in_the_order_given(c: Connection) -> None:
    fox = examples.add(c, "fox", "fox", "d1", 1, b"fox")
    words = examples.add(c, "fox", "no dog", "d2", -1, b"", kind="text")
    both = examples.all(c, "fox")
    assert examples.without_vector(c, "fox", "toy@1") == both
    examples.set_vector(c, words, "toy@1", np.array([0.0, 1.0], np.float32))
    assert examples.without_vector(c, "fox", "toy@1") == both[:1]
    assert examples.without_vector(c, "fox", "toy@2") == both
    for vector in ([9.0, 9.0], [1.0, 0.0]):
        examples.set_vector(c, fox, "toy@1", np.array(vector, np.float32))
    known = examples.vectors(c, "fox", "toy@1")
    assert known.data.tolist() == [[1, 0], [0, 1]] and known.data.dtype == np.float32
    assert known.sign.tolist() == [1, -1] and known.sign.dtype == np.int8
    assert known.text.tolist() == [False, True]


def test_no_examples_are_no_trouble(c: Connection) -> None:
    concepts.add(c, "fox")
    known = examples.vectors(c, "fox", "toy@1")
    assert known.data.shape == (0, 0) and known.sign.shape == known.text.shape == (0,)
    assert examples.without_vector(c, "fox", "toy@1") == [] == examples.all(c, "fox")


def test_the_examples_of_an_older_project_are_pictures(project: Project) -> None:
    with project.begin() as c:
        examples.add(c, "fox", "fox.jpg", "d1", 1, b"jpeg")
        c.execute(text("ALTER TABLE examples DROP COLUMN kind"))
        c.execute(text("DELETE FROM migrations WHERE name = 'm0003_kinds_of_examples'"))
    assert migrate(project.engine, MIGRATIONS) == ["m0003_kinds_of_examples"]
    with project.begin() as c:
        assert [e.kind for e in examples.all(c, "fox")] == ["picture"]
        examples.add(c, "fox", "a fox", "d2", 1, b"", kind="text")
