"""Words for what is sought → directions in an encoder's space: by its text tower, or by the names of its classes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np

from raravis.embed import NamedEncoder, TextEncoder, unit
from raravis.errors import InputError
from raravis.types import Floats

TEMPLATES = ("{}", "a photo of {}", "a frame of a video with {}", "{} in the distance")
READS_TEXT = "hf:google/siglip2-base-patch16-224 (pip install 'raravis[hf]')"
ALIKE = 0.8  # difflib's ratio: letters in common; at 0.7 "helper" is like "helicopter"
NAMES_ONLY = "this encoder knows the names of its classes, and cannot read free text"
SHOWN = 5  # names in a line for people

Name = list[str]  # a class name's words


@dataclass(frozen=True, eq=False)
class Words:
    """What an encoder makes of some texts."""

    vectors: Floats  # (N, D) unit length, in the order of the texts
    classes: dict[str, list[str]] = field(default_factory=dict)  # of each text, where names were all there is

    def notes(self) -> list[str]:
        """A line for each text that was matched to class names, saying to which."""
        return [f"{text!r} stands for {_some(names)}; {NAMES_ONLY}" for text, names in self.classes.items()]


def read(encoder: Any, texts: Sequence[str]) -> Words:
    """Each text as a vector: the mean over TEMPLATES, or that of the classes whose names it matches.

    Raises InputError for a text without words or without a match, and for an encoder that knows no words at all.
    """
    for text in texts:
        if not _words(text):
            raise InputError(f"got {text!r} as a text; wanted words for what it looks like")
    name: str = encoder.id
    if not texts:
        return Words(np.zeros((0, encoder.dim), np.float32))
    if isinstance(encoder, TextEncoder):
        vectors = encoder.texts([prompt for text in texts for prompt in prompts(text)])
        return Words(unit(vectors.reshape(len(texts), len(TEMPLATES), -1).mean(axis=1), name))
    if isinstance(encoder, NamedEncoder):
        return _by_names(encoder, texts, name)
    reads = getattr(encoder, "with_words", READS_TEXT)
    raise InputError(f"encoder {name} reads no text; embed with one that does, {reads}, or give pictures")


def prompts(text: str) -> list[str]:
    """The text as it is, then within each other template, without its full stop."""
    plain = " ".join(text.split())
    return [plain, *(template.format(plain.rstrip(".!")) for template in TEMPLATES[1:])]


def _by_names(encoder: NamedEncoder, texts: Sequence[str], name: str) -> Words:
    found = {text: matches(encoder.names, text) for text in texts}
    vectors = np.stack([encoder.directions[found[text]].mean(axis=0) for text in texts])
    return Words(unit(vectors, name), {text: [encoder.names[i] for i in rows] for text, rows in found.items()})


def matches(names: Sequence[str], text: str) -> list[int]:
    """Which class names mean the text, rising: those it is a name of, else those with it in a name, else named in it.

    A class may have several names, separated by commas. Whole words count, whatever their case. Raises InputError
    where none matches, with names that are spelled alike and with what reads free text.
    """
    wanted = [word for word in _words(text) if word not in ("a", "an", "the")]
    known = [[_words(name) for name in row.split(",")] for row in names]
    ways: tuple[Callable[[Name], bool], ...] = (
        lambda name: name == wanted,
        lambda name: _within(wanted, name),
        lambda name: _within(name, wanted),
    )
    for way in ways:
        if rows := [number for number, several in enumerate(known) if any(way(name) for name in several)]:
            return rows
    told = f"{text!r} matches none of {len(names)} class names, which are all that this encoder knows"
    raise InputError(f"{told}; {_alike(names, wanted)}free text wants {READS_TEXT}")


def _within(few: Name, many: Name) -> bool:
    """Whether the words of the one come one after the other in the other."""
    return bool(few) and any(many[at : at + len(few)] == few for at in range(len(many) - len(few) + 1))


def _alike(names: Sequence[str], wanted: Name) -> str:
    """A few names with words spelled much like those wanted, where there are any."""
    vocabulary = sorted({word for name in names for word in _words(name)})
    close = {near for word in wanted if len(word) > 2 for near in get_close_matches(word, vocabulary, 2, ALIKE)}
    several = (name.strip() for row in names for name in row.split(","))
    alike = [name for name in several if close.intersection(_words(name))]
    return f"spelled like it: {_some(alike)}; " if alike else ""


def _words(text: str) -> Name:
    return re.findall(r"\w+", text.casefold())


def _some(names: Sequence[str]) -> str:
    """The first names of the first few classes, and how many more there are."""
    shown = ", ".join(name.split(",")[0] for name in names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"
