"""What passes before the landscape: the rare scarlet bird, and all that looks a little like it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

_SIZE = 240  # pixels that a flier is drawn in, before it is scaled down
PHASES = 8  # of a wing beat, or of a turn

Colour = tuple[int, int, int]
Points = list[tuple[float, float]]


class Plumage(NamedTuple):
    """A bird's colours, and whether it wears a crest."""

    back: Colour
    wing: Colour
    breast: Colour
    beak: Colour
    face: Colour
    crest: bool = False


class Kind(NamedTuple):
    """A flier: how it is drawn at a phase 0..1, how it moves, and its size in pixels."""

    draw: Callable[[ImageDraw.ImageDraw, float], None]
    motion: str  # cross, rise or fall
    sizes: tuple[int, int]


@cache
def sprites(name: str) -> tuple[Image.Image, ...]:
    """PHASES pictures (RGBA) of a kind, facing right, its body in the middle."""
    pictures = [Image.new("RGBA", (_SIZE, _SIZE), (0, 0, 0, 0)) for _ in range(PHASES)]
    for phase, picture in enumerate(pictures):
        KINDS[name].draw(ImageDraw.Draw(picture), phase / PHASES)
    return tuple(pictures)


def scaled(name: str, size: int, *, flipped: bool = False, tilt: float = 0.0) -> list[Image.Image]:
    """The kind's phases, `size` pixels long in the first of them; tilted by degrees, nose up."""
    x0, y0, x1, y1 = sprites(name)[0].getbbox() or (0, 0, _SIZE, _SIZE)
    edge = round(_SIZE * size / max(x1 - x0, y1 - y0))
    small = [sprite.resize((edge, edge), Image.Resampling.BOX) for sprite in sprites(name)]
    turned = [sprite.rotate(tilt, Image.Resampling.BICUBIC) for sprite in small]
    return [sprite.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for sprite in turned] if flipped else turned


def _place(points: Points) -> Points:
    """From -1..1 around the middle to pixels."""
    return [(_SIZE / 2 * (1 + x), _SIZE / 2 * (1 + y)) for x, y in points]


def _oval(draw: ImageDraw.ImageDraw, x: float, y: float, rx: float, ry: float, fill: Colour) -> None:
    (x0, y0), (x1, y1) = _place([(x - rx, y - ry), (x + rx, y + ry)])
    draw.ellipse((x0, y0, x1, y1), fill=fill)


def _curve(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> Points:
    """Twelve points of the quadratic curve from a to c, drawn towards b."""
    return [
        tuple((1 - t) ** 2 * np.array(a) + 2 * t * (1 - t) * np.array(b) + t**2 * np.array(c))
        for t in np.linspace(0, 1, 12)
    ]


def _wing(draw: ImageDraw.ImageDraw, lift: float, shift: float, fill: Colour, *, width: float = 1.0) -> None:
    """A wing from the shoulder to a tip that is `lift` above it."""
    tip = (-0.30 + shift, -0.04 - 0.78 * lift)
    lead = _curve((0.22 + shift, -0.06), (0.14 + shift, -0.06 - 0.62 * lift), tip)
    trail = _curve(tip, (-0.30 * width + shift, -0.04 - 0.28 * lift), (-0.22 * width + shift, -0.02))
    draw.polygon(_place(lead + trail), fill=fill)


def _darker(colour: Colour, by: float = 0.7) -> Colour:
    return int(colour[0] * by), int(colour[1] * by), int(colour[2] * by)


def bird(draw: ImageDraw.ImageDraw, phase: float, coat: Plumage) -> None:
    """A small bird in flight, seen from the side."""
    lift = 0.25 + 0.75 * np.cos(2 * np.pi * phase)
    _wing(draw, lift * 0.9, 0.10, _darker(coat.wing, 0.6))
    draw.polygon(_place([(-0.26, -0.07), (-0.86, -0.10), (-0.90, 0.02), (-0.80, 0.07), (-0.26, 0.10)]), fill=coat.wing)
    _oval(draw, 0.0, 0.02, 0.42, 0.19, coat.back)
    _oval(draw, 0.06, 0.08, 0.33, 0.12, coat.breast)
    if coat.crest:
        draw.polygon(_place([(0.26, -0.20), (0.20, -0.46), (0.50, -0.22)]), fill=coat.back)
    draw.polygon(_place([(0.54, -0.15), (0.78, -0.05), (0.54, 0.02)]), fill=coat.beak)
    _oval(draw, 0.42, -0.08, 0.19, 0.17, coat.back)
    _oval(draw, 0.53, -0.06, 0.08, 0.10, coat.face)
    _oval(draw, 0.45, -0.12, 0.045, 0.045, (250, 250, 250))
    _oval(draw, 0.455, -0.12, 0.03, 0.03, (16, 16, 16))
    _wing(draw, lift, 0.0, coat.wing)
    _wing(draw, lift * 0.62, 0.02, coat.back, width=0.6)


def balloon(draw: ImageDraw.ImageDraw, phase: float, colour: Colour) -> None:
    """A balloon on a swinging string."""
    sway = 0.08 * np.sin(2 * np.pi * phase)
    draw.line(_place(_curve((0, 0.30), (-sway * 3, 0.6), (sway * 2, 0.98))), fill=(120, 120, 120), width=4)
    _oval(draw, 0, -0.32, 0.48, 0.58, colour)
    draw.polygon(_place([(-0.09, 0.34), (0.09, 0.34), (0, 0.22)]), fill=_darker(colour))
    _oval(draw, -0.18, -0.55, 0.10, 0.16, tuple(min(255, c + 70) for c in colour))  # type: ignore[arg-type]


def leaf(draw: ImageDraw.ImageDraw, phase: float, colour: Colour) -> None:
    """A tumbling leaf: an almond with its midrib."""
    turn, thin = 2 * np.pi * phase, 0.22 + 0.10 * np.cos(4 * np.pi * phase)
    along = np.array([np.cos(turn), np.sin(turn)]) * 0.62
    across = np.array([-np.sin(turn), np.cos(turn)]) * thin * 2
    edge = _curve(tuple(-along), tuple(across), tuple(along)) + _curve(tuple(along), tuple(-across), tuple(-along))
    draw.polygon(_place(edge), fill=colour)
    draw.line(_place([tuple(-along * 1.3), tuple(along)]), fill=_darker(colour), width=6)


def kite(draw: ImageDraw.ImageDraw, phase: float, colours: tuple[Colour, Colour]) -> None:
    """A paper kite with a tail of bows."""
    sway = 0.10 * np.sin(2 * np.pi * phase)
    tail = _curve((0, 0.25), (-0.3 + sway, 0.5), (-0.1 - sway, 0.92))
    draw.line(_place(tail), fill=(90, 80, 80), width=4)
    for x, y in tail[3::3]:
        draw.polygon(_place([(x, y), (x - 0.1, y - 0.05), (x - 0.1, y + 0.05)]), fill=colours[1])
        draw.polygon(_place([(x, y), (x + 0.1, y - 0.05), (x + 0.1, y + 0.05)]), fill=colours[1])
    top, right, foot, left = (0, -0.95), (0.46, -0.4), (0, 0.28), (-0.46, -0.4)
    for corners, colour in (
        ((top, right, (0, -0.4)), 0),
        ((right, foot, (0, -0.4)), 1),
        ((foot, left, (0, -0.4)), 0),
        ((left, top, (0, -0.4)), 1),
    ):
        draw.polygon(_place(list(corners)), fill=colours[colour])


def _bird(*coat: Colour, crest: bool = False) -> Callable[[ImageDraw.ImageDraw, float], None]:
    back, wing, breast, beak, face = coat
    return lambda draw, phase: bird(draw, phase, Plumage(back, wing, breast, beak, face, crest))


YELLOW, GREY, BLACK = (246, 178, 52), (96, 96, 100), (24, 22, 24)

RARE = "scarlet bird"
KINDS: dict[str, Kind] = {
    RARE: Kind(_bird((216, 30, 34), (170, 18, 28), (236, 62, 50), YELLOW, BLACK, crest=True), "cross", (64, 116)),
    "brown bird": Kind(_bird((142, 102, 66), (104, 72, 48), (212, 190, 156), GREY, (112, 78, 52)), "cross", (44, 100)),
    "blue bird": Kind(
        _bird((66, 118, 196), (44, 82, 156), (226, 230, 236), GREY, BLACK, crest=True), "cross", (48, 104)
    ),
    "robin": Kind(_bird((120, 104, 86), (98, 84, 70), (226, 104, 44), GREY, (226, 104, 44)), "cross", (44, 90)),
    "crow": Kind(_bird((44, 44, 50), (30, 30, 36), (52, 52, 60), GREY, (30, 30, 36)), "cross", (60, 110)),
    "red balloon": Kind(lambda draw, phase: balloon(draw, phase, (214, 36, 40)), "rise", (60, 100)),
    "yellow balloon": Kind(lambda draw, phase: balloon(draw, phase, (244, 196, 48)), "rise", (60, 100)),
    "red leaf": Kind(lambda draw, phase: leaf(draw, phase, (198, 62, 32)), "fall", (22, 46)),
    "golden leaf": Kind(lambda draw, phase: leaf(draw, phase, (226, 164, 46)), "fall", (22, 46)),
    "kite": Kind(lambda draw, phase: kite(draw, phase, ((210, 44, 60), (248, 214, 92))), "cross", (70, 110)),
}
COMMON = tuple(name for name in KINDS if name != RARE)
