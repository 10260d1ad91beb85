"""What people take home: raravis export."""

from __future__ import annotations

from typing import Any

import click

from raravis.cli import options


def _require(concept: str | None) -> None:
    """As click does where an option may not be left out; of a group it cannot know that `model` takes it later."""
    if concept is None:
        raise click.MissingParameter(param_type="option", param_hint="'--for' / '--concept'")


NAMED = ("--for", "--concept", "concept")


@click.group(cls=options.Whole, invoke_without_command=True)
@click.option(
    "--format", "formats", multiple=True, help="csv, coco, clips, onnx, report, labels; default: the first 4."
)
@click.option("--out", default=None, type=click.Path(), help="Folder; default: in the project.")
@click.option("--reference", is_flag=True, help="Name pictures where they lie instead of writing them.")
@click.option(*NAMED, default=None, metavar="NAME", help="What is sought.  [required]")
@options.together(options.project, options.gap, options.encoder_used)
@click.pass_context
def export(
    context: click.Context,
    /,
    project: str,
    concept: str | None,
    formats: tuple[str, ...],
    reference: bool,
    **settings: Any,
) -> None:
    """Write events, a labelled data set, clips and the classifier."""
    if context.invoked_subcommand is not None:
        return
    _require(concept)
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work

    with at_work(project) as work:
        named = {"formats": formats or flow.FORMATS, "pictures_written": not reference, **settings}
        files = flow.export(work.project, str(concept), **named)
    for name, path in files.items():
        show.line(f"{name:<6} {path}")


@export.command()
@click.option(*NAMED, default=options.of_group("concept"), metavar="NAME", help="What is sought.  [required]")
@click.option("--out", default=options.of_group("out"), type=click.Path(), help="Folder; default: in the project.")
@click.option("--encoder", default=options.of_group("encoder"), help="Whose classifier; default: of those in use.")
@options.project_of_group
def model(project: str, concept: str | None, **settings: Any) -> None:
    """Write the classifier as one file that takes pixels, where its encoder can be joined to it."""
    _require(concept)
    from raravis.cli import show
    from raravis.cli.at_work import at_work
    from raravis.flow.export_model import export_model

    with at_work(project) as work:
        show.line(str(export_model(work.project, str(concept), **settings)))
