"""What people take home: raravis export."""

from __future__ import annotations

from typing import Any

import click

from raravis.cli import options


def _of_the_group(name: str, otherwise: Any) -> Any:
    """`raravis export --project FOLDER model` means the same as with the option at the end."""

    def given() -> Any:
        group = click.get_current_context().parent
        return group.params.get(name) if group else otherwise

    return given


def _require(concept: str | None) -> None:
    """As click does where an option may not be left out; of a group it cannot know that `model` takes it later."""
    if concept is None:
        raise click.MissingParameter(param_type="option", param_hint="'--for' / '--concept'")


NAMED = ("--for", "--concept", "concept")
project = click.option(
    "--project",
    default=_of_the_group("project", "raravis-project"),
    type=click.Path(),
    help="The project's folder.  [default: raravis-project]",  # click would put a default that it has to ask for in ()
)


@click.group(invoke_without_command=True)
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
@click.option(*NAMED, default=_of_the_group("concept", None), metavar="NAME", help="What is sought.  [required]")
@click.option("--out", default=_of_the_group("out", None), type=click.Path(), help="Folder; default: in the project.")
@click.option("--encoder", default=_of_the_group("encoder", None), help="Whose classifier; default: of those in use.")
@project
def model(project: str, concept: str | None, **settings: Any) -> None:
    """Write the classifier as one file that takes pixels, where its encoder can be joined to it."""
    _require(concept)
    from raravis.cli import show
    from raravis.cli.at_work import at_work
    from raravis.flow.export_model import export_model

    with at_work(project) as work:
        show.line(str(export_model(work.project, str(concept), **settings)))
