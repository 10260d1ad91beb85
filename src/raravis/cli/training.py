"""From answers, or folders of pictures, to a classifier: raravis train."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from raravis.cli import options
from raravis.errors import InputError

FINETUNE = ("epochs", "batch", "rate", "mixup", "balanced", "patience", "device", "threads", "resume", "tensorboard")
tuning = options.together(
    click.option("--epochs", default=None, type=click.IntRange(0), help="finetune: passes over the pictures at most."),
    click.option("--batch", default=None, type=click.IntRange(1), help="finetune: pictures a step."),
    click.option("--rate", default=None, type=float, help="finetune: learning rate of the last layer."),
    click.option("--mixup", default=None, type=float, help="finetune: α of the mix of two pictures; 0: none."),
    click.option("--balanced/--as-they-come", default=None, help="finetune: every class weighs the same, or not."),
    click.option("--patience", default=None, type=click.IntRange(1), help="finetune: epochs without a better one."),
    click.option("--device", default=None, help="finetune: cpu or cuda."),
    click.option("--threads", default=None, type=click.IntRange(0), help="finetune: of PyTorch on a CPU."),
    click.option("--resume/--anew", default=None, help="finetune: go on where a run was stopped, or begin again."),
    click.option("--tensorboard", is_flag=True, default=None, help="finetune: write its curves for TensorBoard."),
)


@click.command()
@click.argument("folder", required=False, type=click.Path())
@click.option("--for", "--concept", "concepts", multiple=True, metavar="NAME", help="What is sought, or several.")
@click.option(
    "--level",
    default="linear",
    show_default=True,
    type=click.Choice(["linear", "mlp", "finetune"]),
    help="A line through the vectors, a small network over them, or the whole encoder.",
)
@click.option(
    "--exclusive/--several",
    "exclusive",
    default=None,
    help="One class a picture, or as many as hold; default: one for FOLDER, several for a project.",
)
@click.option("--out", default=None, metavar="MODEL", type=click.Path(), help="Folder of the classifier's file.")
@options.together(options.project, options.encoder_used, options.seed, tuning)
def train(folder: str | None, concepts: tuple[str, ...], project: str, **settings: Any) -> None:
    """Train a classifier on every answer, or on the pictures of FOLDER, which lie in train|val/CLASS/ or CLASS/."""
    from raravis.cli.taught import of_folder, of_project

    tuned = {name: value for name in FINETUNE if (value := settings.pop(name)) is not None}
    if tuned and settings["level"] != "finetune":
        raise InputError(f"--{next(iter(tuned))} is of --level finetune, got --level {settings['level']}")
    if folder is not None:
        of_folder(Path(folder), concepts, tuned=tuned, **settings)
    elif concepts:
        of_project(project, concepts, tuned=tuned, **settings)
    else:
        raise click.MissingParameter(
            "Or give a FOLDER of pictures by class.", param_type="option", param_hint="'--for' / '--concept'"
        )
