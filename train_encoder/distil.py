"""Trains the student to say what the teacher says, in fewer numbers, from `views.py`'s views; goes on where it stopped.

    python distil.py VIEWS OUT [--epochs 4] [--agree 0.3] [--rate 1e-3] [--begin STUDENT.pt] [--seed 0]

What is learnt: the teacher's features, of unit length, less their mean, along the directions in which they differ most,
strong directions damped (shrunk whitening: more of the picture counts than its loudest part), in 384 numbers. With
`--agree` a view is also to say what the other views of its scene say: agreement between crops, and between neighbouring
frames, which video search needs and the teacher was not taught. With `--begin` it starts from a trained student, and
sees large pictures only.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from cut import cut
from student import Network, normalised, teacher
from torch import Tensor, nn

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
DIM = 384
POWER, SHRINK = 0.35, 1.0  # of the whitening; see README
SHARE, STEM, LAST = 0.4, 16, 640  # of the teacher's wide channels; channels
BETWEEN = 5.0  # weight of likenesses between the views of a batch (Park et al. 2019, arXiv:1904.05068)
BATCH, DECAY, WARM = 128, 0.02, 300
AVERAGE = 0.999  # of the weights that are kept
SMALL_FIRST, SMALL_SIDE = 0.6, 128  # smaller pictures for so long: half the time (Tan & Le 2021, arXiv:2104.00298)
HELD = 40  # one scene in so many is never trained on, and says how far it is
TELL_SECONDS, SAVE_SECONDS = 60, 300
CUT_ON, NORM_ON, HEAD_ON = 320, 512, 8192  # views


@dataclass(frozen=True, eq=False)
class Views:
    """The views, what is to be said of each, and which are held out."""

    pixels: Any  # (N, s, s, 3) uint8, mapped
    targets: Tensor  # (N, d) unit length
    train: Any  # (n,) rows
    held: Any  # (m,) rows


def load(folder: Path, agree: float) -> Views:
    """Views with their targets; the whitening is kept in `whitening.npz` beside them."""
    told, scene = np.load(folder / "teacher.npy").astype(np.float32), np.load(folder / "scene.npy")
    told /= np.linalg.norm(told, axis=1, keepdims=True)
    mean, basis = whitening(told)
    np.savez(folder / "whitening.npz", mean=mean, basis=basis)
    targets = (told - mean) @ basis
    targets /= np.linalg.norm(targets, axis=1, keepdims=True)
    if agree:
        targets = (1 - agree) * targets + agree * _of_scene(targets, scene)
        targets /= np.linalg.norm(targets, axis=1, keepdims=True)
    rows = np.arange(len(scene))
    out = scene % HELD == 0
    return Views(np.load(folder / "views.npy", mmap_mode="r"), torch.from_numpy(targets), rows[~out], rows[out])


def whitening(told: Any) -> tuple[Any, Any]:
    """Mean (1280,) and basis (1280, d) of a shrunk PCA whitening."""
    mean = told.mean(axis=0)
    variance, directions = np.linalg.eigh(np.cov(told[::4].T))
    variance, directions = variance[::-1][:DIM], directions[:, ::-1][:, :DIM]
    basis = directions * (variance + SHRINK * variance.mean()) ** -POWER
    return mean, basis.astype(np.float32)


def _of_scene(targets: Any, scene: Any) -> Any:
    """(N, d) mean of the targets of each view's scene."""
    _, number, count = np.unique(scene, return_inverse=True, return_counts=True)
    total = np.zeros((len(count), targets.shape[1]), np.float32)
    np.add.at(total, number, targets)
    return (total / count[:, None])[number]


def inputs(pixels: Any) -> Tensor:
    """(n, 3, s, s) as the network takes them."""
    return (torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float() - 128) / 128


def begin(views: Views, data: Path, seed: int) -> Network:
    """The student before training."""
    rows = np.sort(np.random.default_rng(seed).choice(views.train, HEAD_ON, replace=False))
    pictures = inputs(views.pixels[rows[:: HEAD_ON // NORM_ON]])
    batches = (inputs(views.pixels[rows[at : at + BATCH]]) for at in range(0, HEAD_ON, BATCH))
    whole = teacher(data / "models/mobilenetv2_imagenet_fp32.onnx")
    widths = {"share": SHARE, "stem": STEM, "last": LAST}
    made = cut(whole, pictures[:CUT_ON], batches, views.targets[rows], **widths)
    return normalised(made, pictures).to(DEVICE, memory_format=torch.channels_last)


def loss_of(out: Tensor, wanted: Tensor) -> Tensor:
    """How far each vector points away, and how far their likenesses to one another are off."""
    unit = nn.functional.normalize(out.float())
    away = 1 - (unit * wanted).sum(dim=1).mean()
    between = (unit @ unit.T - wanted @ wanted.T).square().mean()
    return away + BETWEEN * between


def held_out(network: Network, views: Views) -> float:
    """Mean cosine with the targets on views of scenes that are never trained on."""
    network.eval()
    likeness = []
    with torch.no_grad():
        for at in range(0, len(views.held), BATCH):
            rows = views.held[at : at + BATCH]
            out = nn.functional.normalize(network(_placed(inputs(views.pixels[rows]))))
            likeness.append((out.cpu() * views.targets[rows]).sum(dim=1))
    network.train()
    return float(torch.cat(likeness).mean())


def _placed(pictures: Tensor) -> Tensor:
    return pictures.to(DEVICE, memory_format=torch.channels_last)


@dataclass(eq=False)
class Run:
    """Training as far as it has come: all that going on needs."""

    network: Network
    average: Any
    optimiser: Any
    rate: float
    small_first: float  # share of the steps
    step: int = 0

    @classmethod
    def begin(cls, network: Network, *, rate: float = 1e-3, small_first: float = SMALL_FIRST) -> Run:
        """Before the first step."""
        average = torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=_averaging, use_buffers=True)
        optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=DECAY)
        return cls(network, average, optimiser, rate, small_first)

    def save(self, file: Path) -> None:
        """Whole or not at all."""
        part = file.with_suffix(".part")
        torch.save(self, part)
        part.replace(file)


def train(run: Run, views: Views, *, steps: int, seed: int, file: Path) -> None:
    """Trains to the last of so many steps, and saves to the file every few minutes and after each epoch."""
    each = len(views.train) // BATCH
    told, saved, losses = time.monotonic(), time.monotonic(), list[float]()
    run.network.train()
    while run.step < steps:
        epoch, at = divmod(run.step, each)
        if at == 0 or not losses:
            order = np.random.default_rng([seed, epoch]).permutation(views.train)
        losses.append(_step(run, views, order[at * BATCH : (at + 1) * BATCH], run.step / steps))
        if time.monotonic() - told > TELL_SECONDS:
            speed = len(losses) * BATCH / (time.monotonic() - told)
            print(f"{run.step}/{steps}: loss {np.mean(losses):.4f}, {speed:.0f} views/s", flush=True)
            told, losses = time.monotonic(), losses[-1:]
        if time.monotonic() - saved > SAVE_SECONDS or run.step % each == 0 or run.step == steps:
            run.save(file)
            saved = time.monotonic()
        if run.step % each == 0:
            print(f"epoch {epoch + 1}: held-out cosine {held_out(run.average.module, views):.4f}", flush=True)


def _step(run: Run, views: Views, rows: Any, gone: float) -> float:
    """The loss before one step of the optimiser on these rows, after this share of the training."""
    pictures = _placed(inputs(views.pixels[np.sort(rows)]))
    if gone < run.small_first:
        size = (SMALL_SIDE, SMALL_SIDE)
        pictures = nn.functional.interpolate(pictures, size=size, mode="bilinear", antialias=True)
    for group in run.optimiser.param_groups:
        group["lr"] = run.rate * min(1.0, (run.step + 1) / WARM) * (1 + math.cos(math.pi * gone)) / 2
    with torch.autocast(DEVICE.type, torch.bfloat16):
        made = run.network(pictures)
    loss = loss_of(made, views.targets[np.sort(rows)].to(DEVICE))
    run.optimiser.zero_grad()
    loss.backward()
    run.optimiser.step()
    run.average.update_parameters(run.network)
    run.step += 1
    return float(loss.detach())


def _averaging(kept: Any, new: Any, _: Any) -> None:
    for one, other in zip(kept, new, strict=True):
        if one.is_floating_point():
            one.lerp_(other, 1 - AVERAGE)
        else:
            one.copy_(other)


def main() -> None:
    """Trains as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("views", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--agree", type=float, default=0.3)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--begin", type=Path, help="a student.pt to go on from, in place of the cut teacher")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    torch.manual_seed(chosen.seed)
    chosen.out.mkdir(parents=True, exist_ok=True)
    views = load(chosen.views, chosen.agree)
    file = chosen.out / "state.pt"
    if file.exists():
        run = torch.load(file, weights_only=False, map_location=DEVICE)
    elif chosen.begin:
        network = torch.load(chosen.begin, weights_only=False, map_location=DEVICE)
        run = Run.begin(network, rate=chosen.rate, small_first=0.0)
    else:
        run = Run.begin(begin(views, Path(os.environ["RARAVIS_DATA"]), chosen.seed), rate=chosen.rate)
        print(f"{len(views.train)} views; as cut: held-out cosine {held_out(run.network, views):.4f}", flush=True)
    train(run, views, steps=chosen.epochs * (len(views.train) // BATCH), seed=chosen.seed, file=file)
    torch.save(run.average.module.cpu().eval(), chosen.out / "student.pt")


if __name__ == "__main__":
    import distil  # so that what is saved names this module, not __main__

    distil.main()
