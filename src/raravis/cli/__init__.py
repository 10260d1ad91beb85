"""The command line: each command calls one flow function of the same name and defaults."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Runs the command line. Errors are one line on stderr and exit 1; Ctrl-C exits 130."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # read when NumPy is imported; threads inside an operator cost 1.5 x and more
    from raravis.cli.run import run

    sys.exit(run())
