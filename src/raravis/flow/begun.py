"""What a campaign began from, kept with the first round it makes: enough to begin it again from the log."""

from __future__ import annotations

import functools
import platform
from hashlib import blake2b
from importlib import metadata
from typing import Any

from threadpoolctl import threadpool_info

from raravis import __version__
from raravis.flow.collection import Collection, checksum
from raravis.train.linear import LinearFit
from raravis.types import Pool

BLAS = ("internal_api", "architecture", "num_threads")  # no version: that of a second copy shows once SciPy is loaded
PARTS = ("numpy", "scikit-learn", "scipy", "simsimd")


def begun(collection: Collection, pool: Pool, labels_up_to: int) -> dict[str, Any]:
    """How many items and examples there were, the last entry of the log that was read, and the versions at work."""
    return {
        "labels": labels_up_to,
        "items": len(collection),
        "checksum": checksum(collection),
        "examples": len(pool.examples),
        "versions": versions(),
    }


@functools.lru_cache
def versions() -> dict[str, str]:
    """Of whatever may change the last digit of a score: this program, its parts, the machine."""
    blas = {" ".join(str(one.get(name)) for name in BLAS) + " threads" for one in _blas()}
    parts = {name: metadata.version(name) for name in PARTS}
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return {"raravis": __version__, **parts, "blas": ", ".join(sorted(blas)), "machine": machine}


def digest(head: LinearFit | None) -> str | None:
    """16 hexadecimal digits that two heads share only if all their numbers do; None while there is no head."""
    if head is None:
        return None
    return blake2b(head.weight.tobytes() + repr(head.bias).encode(), digest_size=8).hexdigest()


def _blas() -> list[dict[str, Any]]:
    return [one for one in threadpool_info() if one["user_api"] == "blas"]
