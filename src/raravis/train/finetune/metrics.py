"""How well log odds tell held-out pictures apart, and where each epoch's numbers go."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from raravis.errors import InputError
from raravis.train.labelled import Labelled
from raravis.types import YES, Floats, Ints


def score(data: Labelled, rows: Ints, logits: Floats) -> float:
    """Mean over classes: of the share of pictures named right, or of average precision where several may hold.

    nan where no class can be tried.
    """
    value = data.value[rows]
    if data.exclusive:
        true = (value == YES).argmax(axis=1)
        right = logits.argmax(axis=1) == true
        return _mean([float(right[true == one].mean()) for one in np.unique(true)])
    return _mean(
        [found for c in range(len(data.names)) if (found := _precision(value[:, c], logits[:, c])) is not None]
    )


def _precision(value: Any, logits: Floats) -> float | None:
    from sklearn.metrics import average_precision_score

    known, yes = value != 0, value == YES
    if not yes.any() or yes[known].all():
        return None
    return float(average_precision_score(yes[known], logits[known]))


def _mean(found: Sequence[float]) -> float:
    return float(np.mean(found)) if found else float("nan")


def write(file: Path, history: Sequence[Mapping[str, Any]]) -> None:
    """A line of JSON an epoch."""
    part = file.with_suffix(".part")
    part.write_text("".join(json.dumps(dict(epoch)) + "\n" for epoch in history), encoding="utf-8")
    part.replace(file)


def check_tensorboard() -> None:
    """Raises InputError where TensorBoard was asked for and is not installed."""
    if find_spec("tensorboard") is None:
        raise InputError("tensorboard is not installed: pip install tensorboard; or leave it out: see metrics.jsonl")


def write_tensorboard(folder: Path, history: Sequence[Mapping[str, Any]]) -> None:
    """The same for TensorBoard, the last epoch alone."""
    from torch.utils.tensorboard import SummaryWriter

    *_, last = history
    with SummaryWriter(str(folder)) as writer:
        for name, value in last.items():
            if name != "epoch" and value is not None:
                writer.add_scalar(name, value, last["epoch"])
