"""Importing libraries that ask for torchvision where there is none that works, and no need of it.

timm and open_clip import it for their training transforms and for one layer that they only recognise. Pictures are
prepared here, so a placeholder does: it can be named and subclassed, and whoever uses one is told what is missing.
It stands in sys.modules while such a library is imported, and no longer; a torchvision that works is never replaced.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any

PARTS = ("", ".datasets", ".ops", ".ops.misc", ".transforms", ".transforms.functional")


class _Missing(type):
    """The class of placeholders: any name may be read from one, as from an enumeration."""

    def __getattr__(cls, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        return f"{cls.__name__}.{name}"

    def __call__(cls, *_: Any, **__: Any) -> Any:
        raise ImportError(f"torchvision.{cls.__name__} needs a torchvision that works: pip install torchvision")


class _Part(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        placeholder = _Missing(name, (), {"__module__": self.__name__})
        setattr(self, name, placeholder)
        return placeholder


def load(name: str) -> ModuleType:
    """The library of this name, imported with the real torchvision if that works, else with placeholders for it."""
    if name in sys.modules or _works():
        return importlib.import_module(name)
    with _placeholders():
        return importlib.import_module(name)


def tell_transformers() -> None:
    """transformers takes a torchvision that does not work for none at all: else it chooses processors that need one.

    To be called before it is imported, for then it asks, and remembers.
    """
    if not _works():
        with _restored(), suppress(ImportError):
            sys.modules["torchvision"] = None  # type: ignore[assignment]  # how Python writes that there is none
            importlib.import_module("transformers.utils").is_torchvision_available()


def _works() -> bool:
    with _restored() as before:
        try:
            importlib.import_module("torchvision")
        except (ImportError, RuntimeError, OSError):  # a build for another PyTorch fails in its operators or libraries
            return False
        before |= _loaded()  # it stays
    return True


def _loaded() -> dict[str, ModuleType]:
    return {key: module for key, module in sys.modules.items() if key.split(".")[0] == "torchvision"}


@contextmanager
def _restored() -> Iterator[dict[str, ModuleType]]:
    """Of torchvision's modules those that are in the dictionary are there again afterwards, and no others."""
    before = _loaded()
    try:
        yield before
    finally:
        for key in _loaded():
            del sys.modules[key]
        sys.modules.update(before)


@contextmanager
def _placeholders() -> Iterator[None]:
    tell_transformers()
    with _restored():
        _fill()
        yield


def _fill() -> None:
    for part in PARTS:
        made = _Part(f"torchvision{part}")
        made.__path__ = []
        sys.modules[made.__name__] = made
        parent, _, child = made.__name__.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, made)
