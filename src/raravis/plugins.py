"""Plugins by name: `NAME[:ARGUMENT]`, found through entry points, one group a kind.

ARGUMENT is one value (`every:0.5`) or settings (`ezmode:prox_rad=5,cluster=no`); each is converted to
the type of the parameter it fills.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from importlib import metadata
from typing import Any, get_type_hints

from raravis.errors import InputError
from raravis.time import parse_seconds

WORDS = {  # what people call a kind
    "media": "media reader",
    "sample": "sampler",
    "detect": "detector",
    "embed": "encoder",
    "index": "index",
    "pick": "strategy",
    "formats": "format",
}
KINDS = tuple(WORDS)


def names(kind: str) -> list[str]:
    """Names of the installed plugins of a kind, sorted."""
    return sorted({point.name for point in metadata.entry_points(group=f"raravis.{kind}")})


@functools.lru_cache
def load(kind: str, name: str) -> Any:  # looking through the installed packages takes 3 ms
    """The object behind a plugin's name. Raises InputError with the known names."""
    for point in metadata.entry_points(group=f"raravis.{kind}", name=name):
        return point.load()
    raise InputError(f"unknown {WORDS[kind]} {name!r}; known: {', '.join(names(kind))}")


def make(kind: str, spec: str) -> Any:
    """The plugin that `NAME[:ARGUMENT]` asks for, made with the argument's settings."""
    name, _, argument = spec.partition(":")
    factory = load(kind, name)
    return factory(**_settings(factory, argument, f"{WORDS[kind]} {name}", skip=0))


def strategy(spec: str) -> Callable[..., Any]:
    """A pick plugin with its settings bound: a plain function, or an instance of a class."""
    name, _, argument = spec.partition(":")
    plugin = load("pick", name)
    if inspect.isclass(plugin):
        return make("pick", spec)  # type: ignore[no-any-return]
    return functools.partial(plugin, **_settings(plugin, argument, f"{WORDS['pick']} {name}", skip=3))


def _settings(function: Callable[..., Any], argument: str, where: str, *, skip: int) -> dict[str, Any]:
    parameters = list(inspect.signature(function).parameters.values())[skip:]
    hints = get_type_hints(function.__init__ if inspect.isclass(function) else function)
    known = {p.name: hints.get(p.name, str) for p in parameters}
    pairs = _pairs(argument, known, where) if argument else []
    settings = {name: _convert(text, known[name], f"{where}: {name}") for name, text in pairs}
    for needed in (p.name for p in parameters if p.default is p.empty and p.name not in settings):
        raise InputError(f"{where} needs a {needed}: {where.split()[-1]}:{needed.upper()}")
    return settings


def _pairs(argument: str, known: dict[str, Any], where: str) -> list[tuple[str, str]]:
    if not known:
        raise InputError(f"{where} takes no argument, got {argument!r}")
    if not _are_settings(argument, known):
        return [(next(iter(known)), argument)]
    pairs = [(name.strip(), text.strip()) for name, _, text in (part.partition("=") for part in argument.split(","))]
    for name, _ in pairs:
        if name not in known:
            raise InputError(f"{where} has no setting {name!r}; it has: {', '.join(known)}")
    return pairs


def _are_settings(argument: str, known: dict[str, Any]) -> bool:
    """Whether it is `setting=value,…`, though the setting be unknown; else one value: a path may well hold an "="."""
    name, equals, _ = argument.partition("=")
    a_path = next(iter(known.values())) is str or "/" in name or "\\" in name
    return bool(equals) and (name.strip() in known or not a_path)


def _convert(text: str, wanted: Any, where: str) -> Any:
    try:
        if wanted is bool:
            return {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}[text.lower()]
        if wanted is int:
            return int(text)
        return parse_seconds(text) if wanted is float or float in getattr(wanted, "__args__", ()) else text
    except (ValueError, KeyError, InputError):
        raise InputError(f"{where}: got {text!r}, wanted {getattr(wanted, '__name__', wanted)}") from None
