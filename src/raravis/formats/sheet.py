"""A contact sheet: a numbered grid of pictures that a person reads at a glance, and answers by number."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from math import ceil
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from raravis.errors import InputError
from raravis.formats.export import new_file
from raravis.types import CANT_TELL, NO, YES, Pixels

CHIPS = 24  # of what has to be judged one by one; more would be too small
MOST = 36  # of what needs only a glance: is there one among them?
CHIP = (300, 225)  # width and height of a picture on the sheet
PAPER, INK, SOFT = (250, 250, 248), (38, 42, 48), (110, 116, 124)
FRAMES = {YES: (34, 150, 84), NO: (205, 52, 52), CANT_TELL: (140, 146, 154)}
WORDS = {None: "", YES: "  yes", NO: "  no", CANT_TELL: "  ?"}  # red and green look alike to one man in twelve
_GAP, _LINE, _EDGE = 18, 22, 6

Colour = tuple[int, int, int]


def sheet(
    pictures: Sequence[Pixels], captions: Sequence[str], out: Path, *,
    columns: int | None = None, answers: Sequence[int | None] = (), title: str = "", first: int = 1,
) -> Path:  # fmt: skip
    """A JPEG of at most 36 pictures, whole and unstretched, numbered from `first`, row by row.

    A caption's lines stand below its picture; a letter that the font lacks is drawn without its accent, or as "?".
    An answered picture has a frame: green yes, red no, grey can't tell.
    """
    if not 0 < len(pictures) <= MOST or len(captions) != len(pictures):
        raise InputError(
            f"a sheet takes 1 to {MOST} pictures, each with a caption; got {len(pictures)}, {len(captions)}"
        )
    columns = columns or best_columns(len(pictures))
    lines = max(caption.count("\n") + 1 for caption in captions)
    page = _page(columns, ceil(len(pictures) / columns), lines, title)
    told = [*answers, *[None] * len(pictures)]
    for place, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        corner = _corner(place, columns, lines, title)
        _chip(page, corner, picture, told[place])
        _badge(page, corner, f"{first + place}{WORDS[told[place]]}")
        _text(page, (corner[0], corner[1] + CHIP[1] + _EDGE), caption)
    save_jpeg(np.asarray(page), out, quality=90)
    return out


def best_columns(n: int) -> int:
    """Columns of a sheet that is wider than high, with few empty places: 4 for 12, 6 for 24."""
    return min(n, 6 if n > 15 else 5 if n > 12 else 4 if n > 6 else 3)


def save_jpeg(rgb: Pixels, path: Path, *, quality: int = 95) -> None:
    """Writes the picture, colours at full resolution; an earlier file stays whole until the new one is."""
    with new_file(path) as partial:
        Image.fromarray(rgb).save(partial, "JPEG", quality=quality, subsampling=0)


def clock(seconds: float) -> str:
    """`0:00:09.5`: hours, minutes, seconds, as players show them."""
    tenths = round(seconds * 10)
    return f"{tenths // 36000}:{tenths // 600 % 60:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"


def shrink(rgb: Pixels) -> Pixels:
    """The picture no larger than a chip: what a sheet needs of it."""
    picture = Image.fromarray(rgb)
    scale = min(CHIP[0] / picture.width, CHIP[1] / picture.height)
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3))


def drawable(text: str) -> str:
    """The text in letters that the font has: "Zoë" as "Zoe", "鳥" as "?"; without it they would be empty boxes."""
    return "".join(_drawn(letter) for letter in unicodedata.normalize("NFC", text))


def _drawn(letter: str) -> str:
    if _in_font(letter):
        return letter
    plain = [part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)]
    return "".join(plain) if all(map(_in_font, plain)) else "?"


@functools.cache
def _in_font(letter: str) -> bool:
    """Whether it looks unlike U+FFFF, which no font has."""
    font = _font(17)
    return bytes(font.getmask(letter)) != bytes(font.getmask("\uffff"))


def _step(lines: int) -> tuple[int, int]:
    return CHIP[0] + _GAP, CHIP[1] + _EDGE + lines * _LINE + _GAP


def _top(title: str) -> int:
    return _GAP + (44 if title else 0)


def _corner(place: int, columns: int, lines: int, title: str) -> tuple[int, int]:
    across, down = _step(lines)
    return _GAP + place % columns * across, _top(title) + place // columns * down


def _page(columns: int, rows: int, lines: int, title: str) -> Image.Image:
    across, down = _step(lines)
    page = Image.new("RGB", (_GAP + columns * across, _top(title) + rows * down), PAPER)
    if title:
        ImageDraw.Draw(page).text((_GAP, _GAP - 4), drawable(title), INK, _font(28))
    return page


def _chip(page: Image.Image, corner: tuple[int, int], rgb: Pixels, answer: int | None) -> None:
    """The picture in the middle of its place, the rest of the place dark; framed when answered."""
    (x, y), (w, h), small = corner, CHIP, Image.fromarray(shrink(rgb))
    draw = ImageDraw.Draw(page)
    draw.rectangle((x, y, x + w - 1, y + h - 1), fill=(32, 34, 38))
    page.paste(small, (x + (w - small.width) // 2, y + (h - small.height) // 2))
    if answer is not None:
        draw.rectangle(
            (x - _EDGE, y - _EDGE, x + w + _EDGE - 1, y + h + _EDGE - 1), outline=FRAMES[answer], width=_EDGE
        )


def _badge(page: Image.Image, corner: tuple[int, int], text: str) -> None:
    x, y = corner
    font, draw = _font(24), ImageDraw.Draw(page)
    wide = draw.textlength(text, font=font) + 18
    draw.rounded_rectangle(
        (x, y, x + wide, y + 33), radius=7, fill=(255, 255, 255), corners=(False, False, True, False)
    )
    draw.text((x + wide / 2, y + 16), text, INK, font, anchor="mm")


def _text(page: Image.Image, corner: tuple[int, int], caption: str) -> None:
    """The caption's lines, the first dark; each cut with an ellipsis where it would run into its neighbour."""
    draw, font = ImageDraw.Draw(page), _font(17)
    for number, line in enumerate(caption.split("\n")):
        fitted = _fitted(draw, drawable(line), font)
        draw.text((corner[0], corner[1] + number * _LINE), fitted, SOFT if number else INK, font)


def _fitted(draw: ImageDraw.ImageDraw, line: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """The end of a long line is what tells files apart: it is the beginning that goes."""
    if draw.textlength(line, font=font) <= CHIP[0]:
        return line
    while line and draw.textlength("…" + line, font=font) > CHIP[0]:
        line = line[1:]
    return "…" + line


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
