"""A model's folder: a local one, or fetched once as its library would; and the digest of what changes its vectors."""

from __future__ import annotations

import hashlib
import json
import os
import textwrap
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from raravis.errors import ModelError
from raravis.onnx.sidecar import sha256

SMALL = ("*.json", "*.txt", "*.model")  # configurations, and what tokenizers need
WITHOUT_CUDA = "torch==2.13.0 torchvision==0.28.0"  # as in constraints/cpu.txt, which only a checkout has
BY_HAND = "download it where there is a network (hf download {repo} --local-dir FOLDER), bring the folder, use {by}"


def versions(spec: str, extra: str, *libraries: str) -> tuple[str, ...]:
    """What is installed of these, such as "torch 2.13.0"; to be asked before any of them is imported.

    Raises ModelError naming the extra that brings them.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read when the hub's library is imported, once
    try:
        return tuple(f"{library} {version(library)}" for library in libraries)
    except PackageNotFoundError as error:
        told = f"needs {error.name}, which is not installed: pip install 'raravis[{extra}]'"
        lean = f"add {WITHOUT_CUDA} for a PyTorch without CUDA (PyTorch's CPU index has it where yours has not)"
        raise ModelError(f"{spec}: {told}; {lean}") from None


def folder(name: str, spec: str, stems: Sequence[str], *, config: str = "config.json", repo: str = "") -> Path:
    """The folder of this name, or that of the repository, from the hub's cache or fetched from the hub.

    What is in the cache is used without asking for a newer one, so that a run's processes agree. Raises ModelError
    where there is neither: it names the cache, and says how to bring a model by hand.
    """
    local = Path(os.path.expandvars(name)).expanduser()
    if local.is_dir():
        return local
    if name.startswith((".", "/", "~", "$")) or "\\" in name or name.count("/") > 1:
        raise ModelError(f"{spec}: no such folder, and no name of a model on the hub")
    return _cached(repo or name, stems, config) or _fetched(repo or name, spec, stems)


def _cached(repo: str, stems: Sequence[str], config: str) -> Path | None:
    from huggingface_hub import errors, try_to_load_from_cache

    try:
        found = try_to_load_from_cache(repo, config)
    except errors.HFValidationError:
        return None
    at = Path(found).parent if isinstance(found, str) else None
    return at if at and weights(at, stems) else None


def _fetched(repo: str, spec: str, stems: Sequence[str]) -> Path:
    from huggingface_hub import constants, errors, snapshot_download

    by = f"{spec.partition(':')[0]}:FOLDER"
    try:
        for pattern in ("{}*.safetensors", "{}*.bin"):  # the second only where there are none of the first
            wanted = [*SMALL, *(pattern.format(stem) for stem in stems)]
            at = Path(snapshot_download(repo, allow_patterns=wanted))
            if weights(at, stems):
                return at
    except errors.GatedRepoError:
        told = f"{repo} is gated: accept its licence on its page at the hub, then `hf auth login`"
        raise ModelError(f"{spec}: {told}; or {BY_HAND.format(repo=repo, by=by)}") from None
    except (errors.RepositoryNotFoundError, errors.HFValidationError):
        raise ModelError(f"{spec}: the hub has no model {repo!r}, or does not show it to you") from None
    except (OSError, errors.EntryNotFoundError, errors.OfflineModeIsEnabled) as error:
        told = f"{repo} is not in {constants.HF_HUB_CACHE}, and the hub cannot be reached ({_short(error)})"
        raise ModelError(f"{spec}: {told}; {BY_HAND.format(repo=repo, by=by)}") from None
    told = f"{at} holds no weights named {' or '.join(stems)} (.safetensors, .bin)"
    raise ModelError(f"{spec}: {told}; if {repo} has them, {BY_HAND.format(repo=repo, by=by)}")


def weights(folder: Path, stems: Sequence[str]) -> list[Path]:
    """The files of weights that the libraries would take, sorted; safetensors before pickles; none if parts lack."""
    for ending in (".safetensors", "-*-of-*.safetensors", ".bin", "-*-of-*.bin"):
        for stem in stems:
            found = sorted(folder.glob(stem + ending))
            if found and len(found) == (int(found[0].stem.rpartition("-")[2]) if "-of-" in ending else 1):
                return found
    return []


def config(file: Path, spec: str) -> dict[str, Any]:
    """The JSON object in a file. Raises ModelError."""
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"{file}: cannot be read ({_short(error)}); {spec} wants a folder with it") from None


def digest(folder: Path, spec: str, stems: Sequence[str], configs: Sequence[str]) -> str:
    """12 digits of the weights and of these configurations, but for what only tells where they come from.

    Raises ModelError where there are no weights.
    """
    files = weights(folder, stems)
    if not files:
        raise ModelError(f"{spec}: {folder} holds no weights; wanted {stems[0]}.safetensors or {stems[-1]}.bin")
    told = [_settings(config(folder / name, spec)) for name in configs if (folder / name).exists()]
    parts = [json.dumps(told, sort_keys=True), *map(sha256, files)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _settings(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if not key.startswith("_") and key != "transformers_version"}


def _short(error: Exception) -> str:
    """The first sentence of what a library says, cut between words and before a bracket that stays open."""
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    short = textwrap.shorten(said.partition(". ")[0].rstrip(" .:"), 160, placeholder=" …")
    while short.count("(") > short.count(")"):
        short = short.rpartition("(")[0].rstrip()
    return short or type(error).__name__
