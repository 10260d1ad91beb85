"""How good a classifier is, and which answers to doubt: evaluate."""

from __future__ import annotations

from typing import Any

import click

from raravis.cli import options


@click.command()
@click.argument("model", required=False, type=click.Path())
@click.argument("folder", required=False, type=click.Path())
@click.option("--for", "--concept", "concepts", multiple=True, metavar="NAME", help="Which classes; default: all.")
@click.option("--oracle", default=None, type=click.Path(), help="A CSV that knows all of the project: try it on that.")
@click.option("--seen", is_flag=True, help="Keep what taught the model, and what lies in one event with it.")
@click.option("--out-of-fold", "folds", is_flag=True, help="Judge each answer by heads fitted without its event.")
@click.option("--out", default=None, type=click.Path(), help="Folder of the files; default: in the project.")
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda, …: where MODEL runs.")
@options.together(options.gap, options.encoder_used, options.seed, options.project, options.as_json)
def evaluate(project: str, model: str | None, folder: str | None, as_json: bool, **settings: Any) -> None:
    """Say how good MODEL is on the project's answers, or on a FOLDER of pictures by class.

    MODEL is a classifier's file; without it the project's own newest heads are tried.
    """
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work

    settings = {"model": model, "folder": folder, **settings, "say": show.note}
    if folder is not None:
        with show.Bars() as tell:
            made = flow.evaluate(None, **settings, tell=tell)
    else:
        with at_work(project) as work:
            made = flow.evaluate(work.project, **settings, tell=work.tell)
    if as_json:
        show.as_json(made.to_json())
        return
    for line in made.lines:
        show.line(line)
    show.line("")
    for kind, path in made.files.items():
        show.line(f"{kind:<6} {path}")
