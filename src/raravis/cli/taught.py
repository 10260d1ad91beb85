"""What `raravis train` does, by what there is to learn from and how; and the report of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from raravis.cli import show
from raravis.cli.at_work import at_work, note_lacking
from raravis.errors import InputError
from raravis.flow.levels import Trained

Settings = Mapping[str, Any]


def of_project(
    folder: str,
    concepts: Sequence[str],
    *,
    level: str,
    exclusive: bool | None,
    encoder: str | None,
    out: str | None,
    seed: int,
    tuned: Settings,
) -> None:
    """Trains on a project's answers. Raises InputError for one concept that is to exclude the others."""
    from raravis.flow import levels

    concepts = tuple(dict.fromkeys(concepts))
    if exclusive and len(concepts) < 2:
        raise InputError(f"--exclusive wants two concepts or more, got --for {concepts[0]} alone")
    with at_work(folder) as work:
        if level == "finetune":
            data = _labelled(work.project, concepts, bool(exclusive))
            home = Path(out) if out else levels.default_folder(work.project, concepts, "finetuned")
            _finetuned(data, encoder, home, seed, tuned, work.tell)
            return
        note_lacking(work, encoder)
        if level == "linear" and len(concepts) == 1:
            _as_ever(work.project, concepts[0], encoder, out, seed)
            return
        settings: dict[str, Any] = {
            "level": level,
            "exclusive": bool(exclusive),
            "encoder": encoder,
            "out": out,
            "seed": seed,
        }
        _print(levels.train_concepts(work.project, concepts, **settings))


def of_folder(
    folder: Path,
    classes: Sequence[str],
    *,
    level: str,
    exclusive: bool | None,
    encoder: str | None,
    out: str | None,
    seed: int,
    tuned: Settings,
) -> None:
    """Trains on a folder of classes; no project is touched."""
    from raravis.flow import labelled, levels
    from raravis.scale.processes import Processes

    with Processes() as processes, show.Bars() as tell:
        if level == "finetune":
            data = labelled.of_folder(folder, classes=classes, say=show.note)
            data = data if exclusive is None else replace(data, exclusive=exclusive)
            _finetuned(data, encoder, Path(out) if out else levels.beside(folder), seed, tuned, tell)
            return
        made = levels.train_folder(
            folder,
            classes=classes,
            level=level,
            exclusive=exclusive,
            encoder=encoder or "builtin",
            out=out,
            seed=seed,
            map=processes,
            say=show.note,
            tell=tell,
        )
    _print(made)


def _as_ever(project: Any, concept: str, encoder: str | None, out: str | None, seed: int) -> None:
    from raravis import flow
    from raravis.flow.export_model import export_model

    head = flow.train(project, concept, encoder=encoder, seed=seed, say=show.note)
    show.line(f"head over {head.encoder} trained on {len(head.trained_on)} answers; yes from {head.threshold[0]:.2f}")
    if out is not None:
        show.line(str(export_model(project, concept, out=out, encoder=head.encoder)))


def _labelled(project: Any, concepts: Sequence[str], exclusive: bool) -> Any:
    from raravis.flow.labelled import WEAK, of_project

    return of_project(project, concepts, exclusive=exclusive, weak=0 if exclusive else WEAK)


def _finetuned(data: Any, backbone: str | None, out: Path, seed: int, tuned: Settings, tell: show.Tell) -> None:
    from raravis.flow.finetune import finetune

    named: dict[str, Any] = {**tuned} if backbone is None else {"backbone": backbone, **tuned}
    show.line(str(finetune(data, out=out, seed=seed, **named, say=show.note, tell=tell)))


def _print(trained: Trained) -> None:
    report = trained.report
    for warning in report.warnings:
        show.note(f"note: {warning}")
    columns = zip(report.names, report.yes, report.no, report.average_precision, strict=True)
    rows = [[name, yes, no, "–" if precision != precision else precision] for name, yes, no, precision in columns]
    title = f"{report.level}: {sum(report.yes)} yes in {report.groups} groups; tried on {report.held_out}"
    show.table(title, ("class", "yes", "no", "average precision"), rows)
    for name, value in report.measures.items():
        show.line(f"{name} {value:.3f}")
    show.line(str(trained.made) if trained.made else f"kept as the newest head of {report.names[0]}")
