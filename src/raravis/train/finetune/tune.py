"""finetune: labelled pictures and a backbone -> the file of a classifier. Imports PyTorch."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from raravis.errors import InputError
from raravis.onnx import Sidecar
from raravis.onnx.prepare import prepare
from raravis.onnx.torch_device import torch_device
from raravis.train.finetune import export, metrics
from raravis.train.finetune.backbone import Backbone
from raravis.train.finetune.finish import finish
from raravis.train.finetune.network import Classifier
from raravis.train.finetune.pixels import Kept, kept
from raravis.train.finetune.run import Run, Work, restore, save
from raravis.train.finetune.settings import Say, Settings, Tell
from raravis.train.finetune.splits import Split, split
from raravis.train.finetune.targets import targets
from raravis.train.labelled import Labelled, warnings_of
from raravis.types import YES, Floats, Ints

ROOM = 1.25  # side of a training picture over the input's: what a crop shows is still sharp
FRAMES = 16  # on which the exported file is compared


@dataclass(frozen=True, eq=False)
class Job:
    """What was asked for."""

    data: Labelled
    backbone: Backbone
    out: Path
    settings: Settings
    device: Any
    tensorboard: bool
    say: Say
    tell: Tell

    @property
    def folder(self) -> Path:
        """Where lies what goes on between runs."""
        return self.out / "training"

    @property
    def state(self) -> Path:
        """The run after its last epoch."""
        return self.folder / "state.pt"

    @cached_property
    def key(self) -> str:
        """Of all that decides what comes out."""
        data = self.data
        told = [data.names, data.exclusive, data.split, data.shown, self.backbone.digest, asdict(self.settings)]
        parts = [json.dumps(told).encode(), data.value.tobytes(), data.group.tobytes(), data.weight.tobytes()]
        return hashlib.sha256(b"".join(parts)).hexdigest()


def finetune(
    data: Labelled,
    backbone: Backbone,
    out: Path,
    settings: Settings,
    *,
    device: str = "cpu",
    resume: bool = True,
    tensorboard: bool = False,
    say: Say,
    tell: Tell,
) -> Path:
    """`out`/classifier.onnx with its sidecar, of the epoch that was best on the held-out groups.

    What goes on between runs lies in `out`/training, and is deleted at the end; Ctrl-C ends training early, keeps it,
    and what comes out is the best so far. Raises InputError, ModelError.
    """
    if tensorboard:
        metrics.check_tensorboard()
    for line in warnings_of(data):
        say(line)
    export.check_size(backbone.module, backbone.spec)
    job = Job(data, backbone, out, settings, torch_device(device, backbone.spec), tensorboard, say, tell)
    _begin(job, resume)
    with torch.random.fork_rng():
        file, ended = _run(job)
    if ended:
        shutil.rmtree(job.folder)  # nothing that the run mapped is open any more, which Windows asks for
    return file


def _run(job: Job) -> tuple[Path, bool]:
    """The classifier's file, and whether training ran to its end."""
    run = _prepared(job)
    ended = _trained(job, run)
    return _finished(job, run), ended


def _begin(job: Job, resume: bool) -> None:
    """Makes the folder. Raises InputError where it is somebody's, or holds an unfinished run of other pictures."""
    marker = job.folder / "key.txt"
    if job.folder.exists() and not marker.exists() and any(job.folder.iterdir()):
        told = "is not of an earlier run, so it is not replaced"
        raise InputError(f"{job.folder}: {told}; name another folder to write the classifier into (--out)")
    ours = marker.exists() and marker.read_text(encoding="utf-8") == job.key
    if resume and not ours and job.state.exists():
        told = "holds an unfinished run with other pictures, backbone or settings"
        raise InputError(f"{job.folder}: {told}; give it the same, begin again (--anew), or name another folder")
    if job.folder.exists() and not (resume and ours):
        shutil.rmtree(job.folder)
    job.folder.mkdir(parents=True, exist_ok=True)
    marker.write_text(job.key, encoding="utf-8")


def _prepared(job: Job) -> Run:
    """The run before its first epoch."""
    data, sidecar = job.data, job.backbone.sidecar
    parts = split(data, job.settings.seed)
    train, held = _kept(job, "train", parts.train, ROOM), _kept(job, "held", parts.held, 1.0)
    _say_what(job, parts, train, held)
    of_train, of_held = (targets(data, some.rows, balanced=job.settings.balanced) for some in (train, held))
    work = Work(data, sidecar, job.settings, train, held, of_train, of_held, job.device)
    return Run(work, Classifier(job.backbone.module, sidecar.dim, len(data.names)).to(job.device))


def _kept(job: Job, name: str, rows: Ints, room: float) -> Kept:
    tell = partial(job.tell, "pictures")
    return kept(job.folder / name, job.data, rows, job.backbone.sidecar, room=room, tell=tell)


def _say_what(job: Job, parts: Split, train: Kept, held: Kept) -> None:
    data = job.data
    groups = len(np.unique(data.group[train.rows])), len(np.unique(data.group[held.rows]))
    job.say(f"{len(train):,} pictures of {groups[0]:,} groups to learn from, {len(held):,} of {groups[1]:,} held out")
    unread = len(parts.train) + len(parts.held) - len(train) - len(held)
    if unread:
        job.say(f"{unread:,} pictures could not be read, and are left out")
    for name, count in zip(data.names, (data.value[train.rows] == YES).sum(axis=0), strict=True):
        if not count:
            raise InputError(f"class {name!r} has no picture that can be read among those to learn from")
    if not len(held):
        job.say("nothing is held out: the last epoch is taken, and its probabilities are not calibrated")


def _trained(job: Job, run: Run) -> bool:
    """Whether it ran to its end; False: Ctrl-C."""
    if job.state.exists():
        restore(run, torch.load(job.state, map_location="cpu", weights_only=True))
        job.say(f"goes on after epoch {run.epoch}")
    else:
        run.begin(job.tell)
        _note(job, run)
    try:
        while not run.over:
            run.step_epoch(job.tell)
            _note(job, run)
    except KeyboardInterrupt:
        job.say(f"stopped in epoch {run.epoch + 1}: the best so far is kept, and the same command goes on")
        return False
    return True


def _note(job: Job, run: Run) -> None:
    save(run, job.state)
    metrics.write(job.out / "metrics.jsonl", run.history)
    if job.tensorboard:
        metrics.write_tensorboard(job.out / "tensorboard", run.history)
    job.say(_line(run))


def _line(run: Run) -> str:
    last = run.history[-1]
    what = "first head" if run.epoch == 0 else f"epoch {run.epoch}/{run.work.settings.epochs}: loss {last['loss']:.3f}"
    if last["held_loss"] is not None:
        kind = "named right" if run.work.data.exclusive else "average precision"
        shown = "-" if last["held_score"] is None else f"{last['held_score']:.3f}"
        what += f"; held out: {kind} {shown}, loss {last['held_loss']:.3f}; best: epoch {run.best_epoch}"
    return f"{what}; {last['seconds']:.0f} s"


def _finished(job: Job, run: Run) -> Path:
    """Written from the best epoch's weights."""
    data, held = job.data, run.work.held
    run.take_best()
    head, notes = finish(data, held.rows, run.logits(held))
    for note in notes:
        job.say(note)
    before = job.backbone.sidecar
    sidecar = replace(
        before,
        name=f"{before.name}-finetuned",
        version="1",
        output="probability",
        dim=0,
        names=data.names,
        task="classify",
        threshold=tuple(float(str(value)) for value in head.threshold),  # the short decimals of a float32
        exclusive=data.exclusive,
        about=_about(job, run),
        model="",
        sha256="",
    )
    some = (held.rows if len(held) else run.work.train.rows)[:FRAMES]
    file = job.out / "classifier.onnx"
    return export.write(export.Finished(run.network, head), sidecar, file, _frames(data, some, sidecar))


def _frames(data: Labelled, rows: Ints, sidecar: Sidecar) -> Floats:
    """(m, …) prepared pictures of the rows, at least two: the last one again where there are fewer."""
    pictures = [rgb for _, rgb in islice(data.pictures(rows), FRAMES)]
    return prepare(sidecar, pictures * 2 if len(pictures) == 1 else pictures)


def _about(job: Job, run: Run) -> dict[str, Any]:
    return {
        "backbone": job.backbone.spec,
        "learned_from": len(run.work.train),
        "held_out": len(run.work.held),
        "best_epoch": run.best_epoch,
        "held_score": run.history[run.best_epoch]["held_score"],
        "settings": asdict(job.settings),
        "trained_on": sorted(job.data.identity(run.work.train.rows)) if job.data.identity else [],
    }
