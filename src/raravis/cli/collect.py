"""From files to vectors: ingest, sample, detect, embed."""

from __future__ import annotations

from typing import Any

import click

from raravis.cli import options


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path())
@options.together(options.project, options.database, options.timeline, options.frame_folders, options.workers)
def ingest(inputs: tuple[str, ...], project: str, database: str | None, workers: int | None, **settings: Any) -> None:
    """Take in folders, files, and lists of files (.txt, .csv)."""
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work

    with at_work(project, create=True, database=database, workers=workers) as work:
        tally = flow.ingest(work.project, inputs, **settings, map=work.map, tell=work.tell)
    show.line(str(tally))


@click.command()
@options.together(options.project, options.sampler, options.workers)
def sample(project: str, sample: str, workers: int | None) -> None:
    """Choose the moments worth a look."""
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work

    with at_work(project, workers=workers) as work:
        count = flow.sample(work.project, sample=sample, map=work.map, tell=work.tell)
    show.line(f"{count} sources sampled by {sample}")


@click.command()
@click.option("--sample", default=None, metavar="NAME", help="On whose moments; default: the sampler run last.")
@options.together(options.project, options.detector, options.workers)
def detect(project: str, workers: int | None, **settings: Any) -> None:
    """Put boxes on the moments: whole frames, tiles, or detections."""
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work

    with at_work(project, workers=workers) as work:
        count = flow.detect(work.project, **settings, map=work.map, tell=work.tell)
    show.line(f"{count} sources given items by {settings['detect']}")


@click.command()
@click.option("--encoder", default=None, metavar="NAME[:ARGUMENT]", help="Default: the one in use, or else builtin.")
@click.option(
    "--switch/--no-switch", default=True, show_default=True, help="Turn to another encoder's space once it is complete."
)
@options.together(options.project, options.retry, options.workers)
def embed(project: str, workers: int | None, **settings: Any) -> None:
    """Turn items into vectors, and keep a small picture of each."""
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work
    from raravis.flow.audits.words import count
    from raravis.flow.spaces import space_of
    from raravis.flow.tell import typed

    with at_work(project, workers=workers) as work:
        encoder = flow.embed(work.project, **settings, map=work.map, tell=work.tell, say=show.note)
        failed, status = space_of(work.project, encoder).failed, typed(work.project, "status")
    but = f", but for {count(failed, 'item')} that failed: {status}" if failed else ""
    show.line(f"every item embedded by {encoder}{but}")
