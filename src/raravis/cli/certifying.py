"""How much of it was found, true at a stated confidence: certify."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from raravis.cli import options
from raravis.errors import InputError

recall = click.option("--recall", default=0.9, show_default=True, type=float, help="The share to certify.")
confidence = click.option("--confidence", default=0.95, show_default=True, type=float, help="Of the claim.")
unit = click.option(
    "--unit", default="event", show_default=True, type=click.Choice(["event", "item"]), help="What is counted."
)
min_seconds = click.option(
    "--min-seconds", default="5s", show_default=True, type=options.SECONDS, help="Shortest event that counts."
)

seed = click.option(
    "--seed", default=None, type=int, help="Of every draw of an audit that begins; one that goes on has its own."
)


@click.command()
@click.argument("name", required=False)
@click.option("--for", "--concept", "concept", default=None, metavar="NAME", help="What is sought; the same as NAME.")
@click.option("--budget", default=None, type=click.IntRange(0), help="Answers of this run; 0 tells the price only.")
@click.option("--look", default=36, show_default=True, type=click.IntRange(1, 36), help="Frames on one sheet.")
@click.option(
    "--known-rate",
    default=None,
    type=float,
    help="Share of each sheet that is known to show it, to measure what is overlooked; default: 0.05 for a person.",
)
@click.option("--census", is_flag=True, help="Look at all that is unseen, in order of time, instead of drawing.")
@click.option("--anew", is_flag=True, help="Begin again, with the collection as it is now.")
@click.option("--verify", default=None, metavar="FILE", type=click.Path(), help="Work out a certificate's claim again.")
@options.together(
    recall,
    confidence,
    unit,
    min_seconds,
    options.gap,
    options.oracle,
    options.ezmode_labels,
    options.by,
    seed,
    options.encoder_used,
    options.project,
    options.as_json,
)
def certify(name: str | None, concept: str | None, verify: str | None, as_json: bool, **settings: Any) -> None:
    """Certify how much of NAME was found, and say what a better claim costs."""
    if verify is not None:
        _verify(Path(verify), as_json=as_json)
        return
    wanted = name or concept
    if wanted is None or (name and concept and name != concept):
        raise InputError("certify: wanted one NAME of what was sought, or --verify FILE")
    _certify(wanted, as_json=as_json, **settings)


def _certify(
    concept: str,
    *,
    project: str,
    oracle: str | None,
    ezmode_labels: str | None,
    by: str | None,
    as_json: bool,
    **settings: Any,
) -> None:
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work
    from raravis.cli.glance import Glance
    from raravis.cli.rounds import answerer_for
    from raravis.flow.answers import myself
    from raravis.flow.audits.words import count

    with at_work(project) as work:
        if oracle is None:
            who: Any = Glance(concept, by or myself(), work.project.rounds)
        else:
            who = answerer_for(work.project, concept, oracle=oracle, ezmode_labels=ezmode_labels, by=by)
        made = flow.certify(work.project, concept, who, **settings, say=show.note, tell=work.tell)
    if as_json:
        show.as_json(made.to_json())
        return
    _print(made.statement)
    show.line(f"\n{count(made.answers, 'answer')} in {count(made.looks, 'look')}")
    for kind, path in made.files.items():
        show.line(f"{kind:<6} {path}")


def _verify(path: Path, *, as_json: bool) -> None:
    from raravis.cli import show
    from raravis.flow.audits.file import verify

    made = verify(path)
    if as_json:
        show.as_json({name: made[name] for name in ("concept", "statement", "claim", "assumptions")})
        return
    claim, *others = made["statement"]
    show.line(claim)
    show.line(f"worked out again from {len(made['steps']):,} units and their answers: it is so")
    _print([f"it assumes: {line}" for line in made["assumptions"]])
    _print([f"the file adds: {line}" for line in others])


def _print(statement: list[str]) -> None:
    from raravis.cli import show

    for line in statement:
        show.line(line)
