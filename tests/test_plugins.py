"""Plugins by name, and the settings behind the colon."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pool_making import make_pool

from raravis import plugins
from raravis.errors import InputError, ModelError


class Kite:
    def __init__(
        self, tail: str = "", length: int = 3, wind: float = 1.0, loops: bool = False, cap: float | None = None
    ):
        self.settings = (tail, length, wind, loops, cap)


class Needy:
    def __init__(self, path: str, *, device: str = "cpu"):
        self.settings = (path, device)


class Perch:
    def __init__(self, place: str | None = None):
        self.settings = (place,)


class Plain:
    settings = ()


def drift(pool: Any, k: int, rng: np.random.Generator, *, far: float = 0.5) -> Any:
    return far


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some plugins more than are installed."""
    known = {"kite": Kite, "needy": Needy, "perch": Perch, "plain": Plain, "drift": drift}
    load = plugins.load
    monkeypatch.setattr(plugins, "load", lambda kind, name: known.get(name) or load(kind, name))


@pytest.mark.parametrize(
    ("spec", "settings"),
    [
        ("kite", ("", 3, 1.0, False, None)),
        ("kite:", ("", 3, 1.0, False, None)),
        ("kite:red", ("red", 3, 1.0, False, None)),
        ("kite:a=b.onnx", ("a=b.onnx", 3, 1.0, False, None)),  # a path that holds an equals sign
        ("kite:C:/x,y.onnx", ("C:/x,y.onnx", 3, 1.0, False, None)),
        ("kite:length=5", ("", 5, 1.0, False, None)),
        ("kite:wind=2m, loops=yes ,cap=1/2", ("", 3, 120.0, True, 0.5)),
        ("kite:loops=no", ("", 3, 1.0, False, None)),
        ("needy:/m.onnx", ("/m.onnx", "cpu")),
        ("needy:/models/a=b.onnx", ("/models/a=b.onnx", "cpu")),
        ("perch:/models/a=b.npz", ("/models/a=b.npz",)),
        ("perch:place=/models/a=b.npz", ("/models/a=b.npz",)),
        ("needy:path=/m.onnx,device=gpu", ("/m.onnx", "gpu")),
        ("plain", ()),
    ],
)
def test_what_follows_the_colon_fills_the_settings_as_their_types(spec: str, settings: tuple[Any, ...]) -> None:
    assert plugins.make("embed", spec).settings == settings


ENCODERS = "builtin, descriptor, hf, onnx, openclip, pooled, timm, toy"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("kite:length=many", "encoder kite: length: got 'many', wanted int"),
        ("kite:length=1.5", "encoder kite: length: got '1.5', wanted int"),
        ("kite:wind=soon", "encoder kite: wind: got 'soon', wanted float"),
        ("kite:loops=perhaps", "encoder kite: loops: got 'perhaps', wanted bool"),
        ("kite:length=3,speed=9", "encoder kite has no setting 'speed'; it has: tail, length, wind, loops, cap"),
        ("kite:length=3,", "encoder kite has no setting ''; it has: tail, length, wind, loops, cap"),
        ("perch:foo=1", "encoder perch has no setting 'foo'; it has: place"),
        ("needy", "encoder needy needs a path: needy:PATH"),
        ("needy:device=gpu", "encoder needy needs a path: needy:PATH"),
        ("plain:1", "encoder plain takes no argument, got '1'"),
        ("hawk", f"unknown encoder 'hawk'; known: {ENCODERS}"),
        ("", f"unknown encoder ''; known: {ENCODERS}"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(spec: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        plugins.make("embed", spec)
    assert str(caught.value) == said


def test_a_strategy_is_a_function_with_its_settings_bound() -> None:
    assert plugins.strategy("drift")(None, 1, None) == 0.5
    assert plugins.strategy("drift:0.25")(None, 1, None) == plugins.strategy("drift:far=1/4")(None, 1, None) == 0.25
    with pytest.raises(InputError, match="strategy drift has no setting 'k'; it has: far"):
        plugins.strategy("drift:far=1,k=3")
    with pytest.raises(InputError, match="strategy drift has no setting 'nope'; it has: far"):
        plugins.strategy("drift:nope=1")
    with pytest.raises(InputError, match=r"strategy ezmode has no setting 'nope'; it has: \w+, "):
        plugins.strategy("ezmode:nope=1")


def test_a_strategy_may_be_a_class_with_settings() -> None:
    made = plugins.strategy("ezmode:prox_rad=7")
    assert made.prox_rad == 7  # type: ignore[attr-defined]
    rows, _ = made(make_pool(4), 2, np.random.default_rng(0))
    assert len(rows) == 2


@pytest.mark.parametrize("kind", plugins.KINDS)
def test_every_installed_plugin_can_be_loaded_by_its_name(kind: str) -> None:
    known = plugins.names(kind)
    assert known == sorted(set(known)) and known
    assert all(callable(plugins.load(kind, name)) for name in known)


@pytest.mark.parametrize(
    ("kind", "word"),
    [("media", "media reader"), ("sample", "sampler"), ("detect", "detector"), ("embed", "encoder"),
     ("index", "index"), ("pick", "strategy"), ("formats", "format")],
)  # fmt: skip
def test_a_kind_is_called_by_the_word_of_its_users(kind: str, word: str) -> None:
    with pytest.raises(InputError, match=f"^unknown {word} 'hawk'; known: "):
        plugins.load(kind, "hawk")


def test_a_model_that_does_not_exist_is_named_whole_though_its_path_holds_an_equals_sign() -> None:
    with pytest.raises(ModelError, match=r"models/a=b\.onnx"):
        plugins.make("embed", "onnx:/models/a=b.onnx")


def test_a_kind_that_nobody_makes_has_no_names() -> None:
    assert plugins.names("telepathy") == []
