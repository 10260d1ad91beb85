"""Where PyTorch is asked to run: refused in one line where it cannot."""

from __future__ import annotations

from typing import Any

from raravis.errors import ModelError
from raravis.onnx.backends import one_line


def torch_device(name: str, spec: str) -> Any:
    """The device of this name, tried. Raises ModelError, which calls what wants it by its spec."""
    import torch

    try:
        torch.empty(1, device=name)
        return torch.device(name)
    except (RuntimeError, AssertionError) as error:
        told = f"torch {torch.__version__} cannot use device {name!r}: {one_line(error)}"
        raise ModelError(f"{spec}: {told}; use device=cpu, or a build of PyTorch with that device") from None
