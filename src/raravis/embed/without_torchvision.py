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


def _works() -> bool:
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError, OSError):  # a build for another PyTorch fails in its operators or libraries
        return False
    return True


@contextmanager
def _placeholders() -> Iterator[None]:
    with suppress(ImportError):  # while it can still see that there is none; it remembers
        importlib.import_module("transformers.utils").is_torchvision_available()
    before = {key: module for key, module in sys.modules.items() if key.split(".")[0] == "torchvision"}
    for part in PARTS:
        made = _Part(f"torchvision{part}")
        made.__path__ = []
        sys.modules[made.__name__] = made
        parent, _, child = made.__name__.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, made)
    try:
        yield
    finally:
        for key in [key for key in sys.modules if key.split(".")[0] == "torchvision"]:
            del sys.modules[key]
        sys.modules.update(before)
