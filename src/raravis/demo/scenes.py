"""Landscapes that a camera looks over: a sky and layers that slide over one another as it pans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 320, 240
PAN = 120  # pixels that the nearest layer slides at most
_SPAN = WIDTH + PAN
_FINE = 2  # drawn this much larger, for smooth edges

Colour = tuple[int, int, int]
Draw = Callable[[ImageDraw.ImageDraw, NDArray[np.float64], Colour, np.random.Generator], None]


class Layer(NamedTuple):
    """A ridge of land across the picture; heights in parts of the picture, from the top."""

    base: float
    amplitude: float
    top: Colour
    bottom: Colour
    grows: Draw | None = None
    colour: Colour = (0, 0, 0)  # of what grows on it


@dataclass(frozen=True, slots=True)
class Scene:
    """What a landscape looks like; its hills and trees come from the generator."""

    name: str
    sky_top: Colour
    sky_bottom: Colour
    sun: tuple[float, float, Colour]
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """A rendered landscape: the sky, and layers: picture, first row in use, share of the pan it follows."""

    sky: Image.Image
    layers: tuple[tuple[Image.Image, int, float], ...]

    def at(self, pan: int) -> Image.Image:
        """The picture (WIDTH, HEIGHT) with the camera panned by 0..PAN pixels."""
        picture = self.sky.copy()
        for layer, top, share in self.layers:
            x = round(pan * share)
            view = layer.crop((x, 0, x + WIDTH, layer.height))
            picture.paste(view, (0, top), view)
        return picture


def backdrop(scene: Scene, rng: np.random.Generator) -> Backdrop:
    """The scene's landscape, another for every state of the generator."""
    shares = np.linspace(0.25, 1.0, len(scene.layers))
    layers = tuple((*_layer(layer, rng), float(share)) for layer, share in zip(scene.layers, shares, strict=True))
    return Backdrop(_sky(scene, rng), layers)


def clouds(
    rng: np.random.Generator, height: int, width: int, *, octaves: int = 5, flat: int = 1
) -> NDArray[np.float64]:
    """(height, width) smooth noise of mean 0 and deviation 1; `flat` stretches it sideways."""
    total = np.zeros((height, width))
    for octave in range(1, octaves + 1):
        cells = rng.normal(size=(min(2**octave + 1, height), max(2 ** (octave + 1) // flat, 2)))
        total += np.asarray(Image.fromarray(cells).resize((width, height), Image.Resampling.BICUBIC)) / 2**octave
    return np.asarray((total - total.mean()) / total.std())


def _gradient(top: Colour, bottom: Colour, start: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """(h, w, 3) from one colour at `start` (a height for each column) to the other at the foot."""
    height, width = size
    rows = np.arange(height)[:, None]
    down = np.clip((rows - start) / np.maximum(height - start, 1), 0, 1)[..., None]
    return np.broadcast_to((1 - down) * np.array(top) + down * np.array(bottom), (height, width, 3))


def _sky(scene: Scene, rng: np.random.Generator) -> Image.Image:
    sky = _gradient(scene.sky_top, scene.sky_bottom, np.zeros(WIDTH), (HEIGHT, WIDTH)).copy()
    wisps = np.clip(clouds(rng, HEIGHT, WIDTH, flat=3) - 0.2, 0, 1.5)[..., None] * 0.3
    sky += wisps * (255 - sky)
    x, y, colour = scene.sun
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    away = np.hypot(columns - x * WIDTH, rows - y * HEIGHT)[..., None]
    for radius, strength in ((90, 0.45), (30, 0.4)):
        sky += strength * np.exp(-0.5 * (away / radius) ** 2) * (np.array(colour) - sky)
    sky += np.clip(15 - away, 0, 1) * (np.array(colour) - sky)
    return _picture(sky)


def _layer(layer: Layer, rng: np.random.Generator) -> tuple[Image.Image, int]:
    height, width = HEIGHT * _FINE, _SPAN * _FINE
    ridge = _ridge(layer, rng, width) * height
    land = _gradient(layer.top, layer.bottom, ridge, (height, width))
    land = land * (1 + 0.07 * clouds(rng, height, width, octaves=7, flat=1 if layer.amplitude else 8))[..., None]
    picture = Image.new("RGBA", (width, height), (*(layer.colour if layer.grows else layer.top), 0))
    if layer.grows:
        layer.grows(ImageDraw.Draw(picture), ridge, layer.colour, rng)
    mask = Image.fromarray((np.arange(height)[:, None] >= ridge).astype(np.uint8) * 255)
    picture.paste(_picture(land), (0, 0), mask)
    if layer.grows in IN_FRONT:
        layer.grows(ImageDraw.Draw(picture), ridge, layer.colour, rng)
    whole = picture.resize((_SPAN, HEIGHT), Image.Resampling.BOX)
    top = (whole.getbbox() or (0, 0, _SPAN, HEIGHT))[1]
    return whole.crop((0, top, _SPAN, HEIGHT)), top


def _ridge(layer: Layer, rng: np.random.Generator, width: int) -> NDArray[np.float64]:
    x = np.linspace(0, 2 * np.pi, width)
    waves = [np.sin(x * k + rng.uniform(0, 2 * np.pi)) / k**1.1 for k in (1, 2, 3, 5, 8, 13, 21, 34)]
    return np.asarray(layer.base + layer.amplitude * np.sum(waves, axis=0))


def _picture(values: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _shades(colour: Colour, rng: np.random.Generator, spread: float = 0.16) -> Colour:
    r, g, b = np.clip(np.array(colour) * rng.uniform(1 - spread, 1 + spread), 0, 255).astype(int)
    return int(r), int(g), int(b)


def pines(draw: ImageDraw.ImageDraw, ridge: NDArray[np.float64], colour: Colour, rng: np.random.Generator) -> None:
    """Firs along the ridge, each of four skirts."""
    for x in np.sort(rng.uniform(0, len(ridge), len(ridge) // 14)):
        tall, foot, shade = rng.uniform(30, 85), ridge[int(x)] + 6, _shades(colour, rng)
        for step in range(4):
            top, wide = foot - tall * (1 - 0.2 * step), tall * (0.08 + 0.045 * step)
            draw.polygon([(x, top), (x - wide, top + tall * 0.4), (x + wide, top + tall * 0.4)], fill=shade)


def trees(draw: ImageDraw.ImageDraw, ridge: NDArray[np.float64], colour: Colour, rng: np.random.Generator) -> None:
    """Round crowns of a few leaf clumps each."""
    for x in np.sort(rng.uniform(0, len(ridge), len(ridge) // 22)):
        size = rng.uniform(14, 32)
        for _ in range(7):
            cx, cy = x + rng.normal(0, size * 0.5), ridge[int(x)] - size * rng.uniform(0.1, 1.3)
            r = size * rng.uniform(0.3, 0.6)
            draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=_shades(colour, rng, 0.22))


def roofs(draw: ImageDraw.ImageDraw, ridge: NDArray[np.float64], colour: Colour, rng: np.random.Generator) -> None:
    """Houses side by side, with windows and gables."""
    x = 0.0
    while x < len(ridge):
        wide, tall = rng.uniform(36, 70), rng.uniform(30, 95)
        top, wall = ridge[int(x)] - tall, _shades(colour, rng)
        draw.rectangle((x, top, x + wide, ridge[int(x)] + 20), fill=wall)
        roof = _shades((132, 92, 78), rng)
        draw.polygon([(x - 3, top), (x + wide / 2, top - 20), (x + wide + 3, top)], fill=roof)
        for wx in np.arange(x + 7, x + wide - 10, 14):
            for wy in np.arange(top + 9, top + tall - 8, 20):
                draw.rectangle((wx, wy, wx + 7, wy + 10), fill=(250, 226, 160) if rng.random() < 0.3 else (84, 96, 112))
        x += wide + rng.uniform(0, 10)


def reeds(draw: ImageDraw.ImageDraw, ridge: NDArray[np.float64], colour: Colour, rng: np.random.Generator) -> None:
    """Blades that lean with the wind."""
    for x in rng.uniform(0, len(ridge), len(ridge) // 3):
        tall, lean = rng.uniform(25, 85), rng.normal(6, 9)
        foot = ridge[int(x)] + 12
        draw.line(
            [(x, foot), (x + lean * 0.3, foot - tall * 0.6), (x + lean, foot - tall)], _shades(colour, rng, 0.3), 3
        )


def flowers(draw: ImageDraw.ImageDraw, ridge: NDArray[np.float64], colour: Colour, rng: np.random.Generator) -> None:
    """Dots over the meadow, larger towards the viewer."""
    foot = HEIGHT * _FINE
    for x in rng.uniform(0, len(ridge), len(ridge) // 4):
        down = rng.uniform(0.08, 1) ** 1.5
        y, r = ridge[int(x)] + down * (foot - ridge[int(x)]), 1.2 + 3.5 * down
        draw.ellipse((x - r, y - r, x + r, y + r), fill=_shades(colour, rng, 0.25))


IN_FRONT: tuple[Draw, ...] = (flowers, reeds)

SCENES = (
    Scene("lake", (128, 164, 208), (250, 220, 192), (0.72, 0.36, (255, 244, 214)), (
        Layer(0.52, 0.05, (152, 160, 186), (176, 182, 200)),
        Layer(0.60, 0.02, (96, 116, 122), (110, 128, 128), pines, (72, 94, 100)),
        Layer(0.66, 0.0, (204, 206, 208), (112, 138, 160)),
        Layer(0.95, 0.02, (70, 84, 58), (50, 62, 44), reeds, (92, 104, 62)),
    )),
    Scene("alps", (66, 128, 204), (190, 218, 240), (0.2, 0.18, (255, 255, 240)), (
        Layer(0.42, 0.13, (232, 238, 246), (130, 150, 178)),
        Layer(0.62, 0.04, (86, 122, 92), (100, 140, 92), pines, (42, 86, 66)),
        Layer(0.78, 0.03, (134, 172, 84), (98, 142, 62), flowers, (246, 226, 120)),
    )),
    Scene("autumn", (190, 200, 206), (240, 228, 200), (0.5, 0.28, (255, 246, 220)), (
        Layer(0.50, 0.05, (178, 150, 126), (186, 160, 130), trees, (176, 128, 92)),
        Layer(0.64, 0.04, (170, 128, 70), (176, 138, 78), trees, (200, 108, 46)),
        Layer(0.80, 0.03, (196, 160, 92), (158, 120, 66), flowers, (206, 120, 54)),
    )),
    Scene("coast", (96, 182, 224), (222, 240, 244), (0.85, 0.2, (255, 255, 244)), (
        Layer(0.56, 0.0, (64, 138, 176), (120, 190, 204)),
        Layer(0.62, 0.09, (206, 194, 170), (164, 148, 122)),
        Layer(0.82, 0.04, (126, 160, 84), (92, 128, 60), flowers, (214, 62, 52)),
    )),
    Scene("town", (164, 190, 216), (236, 232, 226), (0.3, 0.3, (255, 250, 232)), (
        Layer(0.60, 0.02, (176, 170, 168), (160, 156, 152), roofs, (204, 190, 174)),
        Layer(0.72, 0.02, (104, 132, 84), (96, 126, 76), trees, (82, 122, 66)),
        Layer(0.86, 0.01, (128, 160, 92), (104, 140, 78), flowers, (240, 240, 232)),
    )),
    Scene("winter", (168, 182, 206), (240, 222, 220), (0.62, 0.42, (255, 236, 220)), (
        Layer(0.50, 0.06, (216, 222, 234), (200, 208, 224)),
        Layer(0.64, 0.04, (226, 232, 240), (236, 240, 246), pines, (92, 116, 130)),
        Layer(0.80, 0.04, (244, 246, 250), (210, 220, 234)),
    )),
    Scene("dusk", (74, 66, 118), (246, 150, 96), (0.4, 0.52, (255, 206, 140)), (
        Layer(0.56, 0.05, (124, 84, 118), (140, 96, 116)),
        Layer(0.68, 0.0, (214, 136, 104), (96, 76, 112)),
        Layer(0.90, 0.03, (50, 46, 62), (34, 32, 46), reeds, (58, 52, 62)),
    )),
    Scene("forest", (150, 196, 160), (214, 230, 188), (0.55, 0.15, (250, 255, 220)), (
        Layer(0.44, 0.05, (132, 172, 128), (120, 160, 112), trees, (122, 168, 118)),
        Layer(0.62, 0.05, (84, 130, 78), (76, 120, 66), trees, (70, 124, 66)),
        Layer(0.84, 0.04, (52, 92, 48), (40, 74, 40), reeds, (58, 112, 54)),
    )),
)  # fmt: skip
