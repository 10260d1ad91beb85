"""A classifier that takes an encoder's vectors: a small ONNX file, and the encoder that its JSON names."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from raravis import plugins
from raravis.errors import InputError, ModelError
from raravis.onnx.backends import one_line, open_session
from raravis.types import Floats, Pixels


class OfVectors:
    """A Classifier; files that its encoder needs are looked for beside it too."""

    def __init__(self, file: Path, about: Mapping[str, Any], *, device: str = "cpu") -> None:
        self.path = file
        self.names, self.threshold, self.exclusive, self.dim = _told(file, about)
        self.encoder = _encoder(file, about, device)
        self.frames = int(getattr(self.encoder, "frames", 1))
        self.short_side: int = self.encoder.short_side
        self._session = open_session(file)
        self._check_shapes()
        digest = hashlib.sha256(file.read_bytes() + file.with_suffix(".json").read_bytes()).hexdigest()[:12]
        self.id = f"head-{digest}-{self.encoder.id}"

    def __call__(self, pictures: Sequence[Pixels]) -> Floats:
        """(N, C) probabilities, in order; to an encoder of clips a picture stands still."""
        shown = pictures if self.frames == 1 else [np.stack([picture] * self.frames) for picture in pictures]
        return self.probability(np.asarray(self.encoder(shown), np.float32))

    def probability(self, vectors: Floats) -> Floats:
        """(N, C) of the encoder's vectors (N, D)."""
        try:
            (found,) = self._session.run(["probability"], {"embedding": vectors})
        except Exception as error:  # noqa: BLE001 the runtime's own classes share no narrower parent
            raise ModelError(f"{self.path}: failed on {vectors.shape}: {one_line(error)}") from None
        return np.asarray(found, np.float32)

    def _check_shapes(self) -> None:
        got = [list(tensor.shape)[1:] for tensor in (*self._session.get_inputs(), *self._session.get_outputs())]
        wanted = [[self.dim], [len(self.names)]]
        if got != wanted or self.encoder.dim != self.dim:
            raise ModelError(
                f"{self.path}: got a model from {got[0]} to {got[-1]} numbers and an encoder of {self.encoder.dim}, "
                f"its JSON says {wanted[0]} to {wanted[1]}: these files do not belong together; export it again"
            )


def _told(file: Path, about: Mapping[str, Any]) -> tuple[tuple[str, ...], Floats, bool, int]:
    """Names, thresholds, whether they exclude one another, and the length of a vector."""
    try:
        names, threshold = tuple(map(str, about["names"])), np.array(about["threshold"], np.float32)
        dim = int(about["dim"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{file.with_suffix('.json')}: no usable names, threshold or dim: {error}") from None
    if threshold.shape != (len(names),):
        raise ModelError(f"{file.with_suffix('.json')}: got {threshold.size} thresholds for {len(names)} names")
    return names, threshold, bool(about.get("exclusive", False)), dim


def _encoder(file: Path, about: Mapping[str, Any], device: str) -> Any:
    try:
        spec = str(about["encoder_spec"]["spec"])
    except (KeyError, TypeError):
        raise ModelError(f"{file.with_suffix('.json')}: field 'encoder_spec' names no spec; export it again") from None
    try:
        made = plugins.make("embed", on_device(beside(file, spec), device))
    except (InputError, ModelError) as error:
        raise ModelError(f"{file}: its encoder {spec} cannot be had: {error}") from None
    wanted = about.get("encoder")
    if wanted is not None and _version(made.id) != _version(str(wanted)):
        raise ModelError(f"{file}: {spec} makes {made.id} here, wanted {wanted}; put the encoder's files back")
    return made


def beside(file: Path, spec: str) -> str:
    """The spec, with the file of its argument where it lies beside this one and not where the spec says."""
    name, _, argument = spec.partition(":")
    here = file.parent / Path(argument.replace("\\", "/")).name
    return f"{name}:{here}" if argument and not Path(argument).exists() and here.is_file() else spec


def on_device(spec: str, device: str) -> str:
    """The spec with the device among its settings; a spec that names one keeps it."""
    name, _, argument = spec.partition(":")
    if device == "cpu" or "device=" in argument:
        return spec
    if argument and "=" not in argument:
        argument = f"{next(iter(inspect.signature(plugins.load('embed', name)).parameters))}={argument}"
    return f"{name}:{argument},device={device}" if argument else f"{name}:device={device}"


def _version(encoder_id: str) -> str:
    """An id without the encoder's name, by which older projects called some of them otherwise."""
    return encoder_id.partition("-")[2] or encoder_id
