"""From vectors to answers and what they are good for: search, ask, label, train, export."""

from __future__ import annotations

from typing import Any

import click

from raravis.cli import options


@click.command()
@click.option("--for", "--concept", "concept", default=None, metavar="NAME", help="Use and extend its examples.")
@click.option("-k", "k", default=24, show_default=True, type=click.IntRange(1), help="How many.")
@options.together(
    options.text,
    options.text_not,
    options.like,
    options.unlike,
    options.weights,
    options.encoder_used,
    options.project,
    options.as_json,
)
def search(project: str, as_json: bool, **settings: Any) -> None:
    """Find the items most like some words or pictures."""
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work, note_lacking
    from raravis.cli.rounds import print_round

    with at_work(project) as work:
        note_lacking(work, settings["encoder"])
        print_round(work.project, flow.search(work.project, **settings, say=show.note), as_json=as_json)


@click.command()
@click.option("-k", "k", default=10, show_default=True, type=click.IntRange(1), help="How many.")
@options.together(
    options.project,
    options.concept,
    options.strategy,
    options.gap,
    options.ends,
    options.seed,
    options.encoder_used,
    options.as_json,
)
def ask(project: str, as_json: bool, **settings: Any) -> None:
    """Choose what to look at next."""
    from raravis import flow
    from raravis.cli.at_work import at_work, note_lacking
    from raravis.cli.rounds import print_round

    with at_work(project) as work:
        note_lacking(work, settings["encoder"])
        print_round(work.project, flow.ask(work.project, **settings), as_json=as_json)


@click.command()
@click.option("--round", "round_id", default=None, type=int, help="Which round; default: the newest that waits.")
@options.together(options.project, options.concept, options.oracle, options.ezmode_labels, options.by)
def label(
    project: str, concept: str, round_id: int | None, oracle: str | None, ezmode_labels: str | None, by: str | None
) -> None:
    """Answer a round, at the terminal or from a file of answers."""
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work
    from raravis.cli.rounds import answerer_for

    with at_work(project) as work:
        who = answerer_for(work.project, concept, oracle=oracle, ezmode_labels=ezmode_labels, by=by)
        given = list(flow.label(work.project, concept, who, round_id=round_id).values())
    show.line(f"{len(given)} answers: {given.count(1)} yes, {given.count(-1)} no, {given.count(0)} can't tell")


@click.command()
@options.together(options.project, options.concept, options.encoder_used, options.seed)
def train(project: str, **settings: Any) -> None:
    """Train the classifier on every answer, and calibrate it."""
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work, note_lacking

    with at_work(project) as work:
        note_lacking(work, settings["encoder"])
        head = flow.train(work.project, **settings)
    show.line(f"head over {head.encoder} trained on {len(head.trained_on)} answers; yes from {head.threshold[0]:.2f}")


@click.command()
@click.option("--format", "formats", multiple=True, help="csv, coco, clips, onnx, report; default all but report.")
@click.option("--out", default=None, type=click.Path(), help="Folder; default: in the project.")
@click.option("--reference", is_flag=True, help="Name pictures where they lie instead of writing them.")
@options.together(options.project, options.concept, options.gap, options.encoder_used)
def export(project: str, formats: tuple[str, ...], reference: bool, **settings: Any) -> None:
    """Write events, a labelled data set, clips and the classifier."""
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work

    with at_work(project) as work:
        files = flow.export(work.project, formats=formats or flow.FORMATS, pictures_written=not reference, **settings)
    for name, path in files.items():
        show.line(f"{name:<6} {path}")
