"""Training from the linear head on, an epoch at a time; whatever kills it, the next run goes on from the last epoch.

Nothing drawn by lot is remembered: each epoch's order, crops and mixtures follow from the seed and its number, so a
resumed run does what an undisturbed one does, bit for bit on a CPU with as many threads. Imports PyTorch.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from raravis.errors import ModelError
from raravis.onnx import Sidecar
from raravis.train.examples import Examples
from raravis.train.finetune import network as networks
from raravis.train.finetune.metrics import score
from raravis.train.finetune.network import Classifier
from raravis.train.finetune.pixels import Kept
from raravis.train.finetune.settings import Settings, Tell
from raravis.train.finetune.targets import Targets
from raravis.train.finetune.views import changed, draw, mixed, shown, whole
from raravis.train.labelled import Labelled
from raravis.types import Floats, Ints

TRIED = 64  # pictures a batch where nothing is learned
FIRST_ON = 20_000  # pictures that the first head is fitted to, at most


@dataclass(frozen=True, eq=False)
class Work:
    """What a run is given."""

    data: Labelled
    sidecar: Sidecar
    settings: Settings
    train: Kept
    held: Kept
    targets: Targets  # of train
    held_targets: Targets
    device: Any


@dataclass(eq=False)
class Run:
    """How far it has come."""

    work: Work
    network: Classifier
    optimiser: Any = None
    history: list[dict[str, Any]] = field(default_factory=list)  # a dictionary an epoch, epoch 0 the linear head
    best: dict[str, Any] = field(default_factory=dict)  # the network's weights at its best
    best_epoch: int = 0

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return len(self.history) - 1

    @property
    def over(self) -> bool:
        """Whether all epochs are done, or too many went by without a better one."""
        settings = self.work.settings
        stale = bool(len(self.work.held)) and self.epoch - self.best_epoch >= settings.patience
        return self.epoch >= settings.epochs or stale

    def begin(self, tell: Tell) -> None:
        """Epoch 0: the linear head of the untouched backbone."""
        work, began = self.work, time.monotonic()
        some = np.arange(len(work.train))
        if len(some) > FIRST_ON:
            some = np.sort(np.random.default_rng([work.settings.seed, 2]).choice(some, FIRST_ON, replace=False))
        rows, data = work.train.rows[some], work.data
        examples = Examples(self._vectors(some, tell), data.value[rows], data.weight[rows], data.exclusive)
        networks.begin_head(self.network, examples)
        self.ready()
        self._done(None, began)

    def ready(self) -> None:
        """The optimiser, and which weights it has."""
        settings = self.work.settings
        pixels = np.zeros((2, self.work.sidecar.height, self.work.sidecar.width, 3), np.uint8)
        networks.free(self.network, shown(self.work.sidecar, pixels, self.work.device))
        groups = networks.by_depth(self.network, rate=settings.rate, lowest=settings.lowest, decay=settings.decay)
        self.optimiser = torch.optim.AdamW(list(groups), lr=settings.rate)

    def step_epoch(self, tell: Tell) -> None:
        """One more epoch, tried on what is held out."""
        work, number, began = self.work, self.epoch + 1, time.monotonic()
        rng = np.random.default_rng([work.settings.seed, 3, number])
        torch.manual_seed(int(rng.integers(2**31)))  # of what the backbone itself leaves to chance
        self.network.train()
        parts = np.array_split(rng.permutation(len(work.train)), self._steps)  # all of nearly the same size
        total = 0.0
        for at, which in enumerate(parts):
            total += self._step(which, rng, (number - 1) * self._steps + at) * len(which)
            tell(f"epoch {number}/{work.settings.epochs}", at + 1, len(parts))
        if not math.isfinite(total):
            raise ModelError(f"training came apart in epoch {number}: the loss is {total}; wanted a lower rate")
        self._done(total / len(work.train), began)

    def logits(self, kept: Kept) -> Floats:
        """(m, C) of pictures as they will be in use, in float32 as there."""
        self.network.eval()
        rows = [np.zeros((0, len(self.work.data.names)), np.float32)]
        with torch.inference_mode():
            for which in _batches(len(kept)):
                out = self.network(shown(self.work.sidecar, kept.pixels(which), self.work.device))
                rows.append(out.cpu().numpy())
        return np.concatenate(rows)

    def take_best(self) -> None:
        """The network becomes what it was at its best."""
        self.network.load_state_dict(self.best)

    @property
    def _steps(self) -> int:
        return max(1, math.ceil(len(self.work.train) / self.work.settings.batch))

    def _step(self, which: Ints, rng: np.random.Generator, number: int) -> float:
        work, settings = self.work, self.work.settings
        drawn = draw(rng, len(which), smallest=settings.smallest, mixup=settings.mixup)
        pictures = changed(work.sidecar, work.train.pixels(which), drawn, work.device)
        yes, no = (mixed(torch.from_numpy(part[which]).to(work.device), drawn) for part in work.targets)
        for group in self.optimiser.param_groups:
            group["lr"] = group["top"] * pace(number, settings.epochs * self._steps, settings.warm)
        self.optimiser.zero_grad(set_to_none=True)
        with self._narrow():
            out = self.network(pictures)
        loss = networks.loss(out.float(), yes, no, exclusive=work.data.exclusive)
        loss.backward()
        self.optimiser.step()
        return float(loss.detach())

    def _narrow(self) -> Any:
        """bfloat16 on a GPU, which has the range of float32 and needs no scaling; float32 on a CPU."""
        kind = self.work.device.type
        return torch.autocast(kind, torch.bfloat16, enabled=kind != "cpu")

    def _vectors(self, some: Ints, tell: Tell) -> Floats:
        """(m, D) of the untouched backbone, of all of each picture."""
        work, rows = self.work, []
        self.network.eval()
        for which in _batches(len(some)):
            pictures = changed(work.sidecar, work.train.pixels(some[which]), whole(len(which)), work.device)
            with torch.no_grad():
                rows.append(self.network.backbone(pictures).cpu().numpy())
            tell("first head", int(which[-1]) + 1, len(some))
        return np.concatenate(rows)

    def _done(self, loss: float | None, began: float) -> None:
        """Notes the epoch, and keeps its weights if it is the best so far."""
        said = {"epoch": len(self.history), "loss": loss} | self._tried()
        self.history.append(said | {"seconds": round(time.monotonic() - began, 2)})
        if self.epoch == 0 or not len(self.work.held) or _rank(said) > _rank(self.history[self.best_epoch]):
            self.best_epoch = self.epoch
            self.best = {name: value.detach().cpu().clone() for name, value in self.network.state_dict().items()}

    def _tried(self) -> dict[str, float | None]:
        if not len(self.work.held):
            return {"held_loss": None, "held_score": None}
        logits = self.logits(self.work.held)
        parts = (torch.from_numpy(part) for part in (logits, *self.work.held_targets))
        lost = float(networks.loss(*parts, exclusive=self.work.data.exclusive))
        found = score(self.work.data, self.work.held.rows, logits)
        return {"held_loss": lost, "held_score": found if math.isfinite(found) else None}


def pace(step: int, steps: int, warm: float) -> float:
    """Share of the rate at a step: up in a line, then down in a cosine."""
    risen = min(1.0, (step + 1) / max(1.0, warm * steps))
    gone = max(0.0, (step / steps - warm) / max(1e-9, 1 - warm))
    return risen * (1 + math.cos(math.pi * min(gone, 1.0))) / 2


def save(run: Run, file: Path) -> None:
    """All that going on needs, whole or not at all."""
    told = {
        "network": run.network.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "history": run.history,
        "best": run.best,
        "best_epoch": run.best_epoch,
    }
    part = file.with_suffix(".part")
    torch.save(told, part)
    part.replace(file)


def restore(run: Run, told: dict[str, Any]) -> None:
    """The run as it was saved."""
    run.ready()
    run.network.load_state_dict(told["network"])
    run.optimiser.load_state_dict(told["optimiser"])
    run.history, run.best, run.best_epoch = told["history"], told["best"], told["best_epoch"]


def _rank(said: dict[str, Any]) -> tuple[float, float]:
    """Better is higher: the score, then the loss."""
    return (said["held_score"] if said["held_score"] is not None else 0.0, -said["held_loss"])


def _batches(n: int) -> Iterator[Ints]:
    return iter(np.array_split(np.arange(n), math.ceil(n / TRIED))) if n else iter(())
