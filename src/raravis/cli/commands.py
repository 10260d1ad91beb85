"""The command group: one small file a group of verbs, each command one call."""

from __future__ import annotations

import click

from raravis import __version__
from raravis.cli import options
from raravis.cli.certifying import certify
from raravis.cli.collect import detect, embed, ingest, sample
from raravis.cli.deduping import dedup
from raravis.cli.encoding import encoders
from raravis.cli.evaluating import evaluate
from raravis.cli.exporting import export
from raravis.cli.files import features, frames
from raravis.cli.finding import demo, find, refine
from raravis.cli.indexing import index
from raravis.cli.inferring import infer
from raravis.cli.keeping import forget, relocate, status
from raravis.cli.labelling import ask, label
from raravis.cli.replaying import replay, simulate
from raravis.cli.searching import search
from raravis.cli.serving import serve, user
from raravis.cli.training import train

ORDER = (
    find,
    demo,
    serve,
    user,
    ingest,
    sample,
    detect,
    embed,
    encoders,
    index,
    search,
    dedup,
    ask,
    label,
    refine,
    certify,
    train,
    evaluate,
    export,
    infer,
    frames,
    features,
    status,
    simulate,
    replay,
)


class InOrder(options.Whole):
    """Commands in the order of a frame's life, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, the main job first."""
        return [command.name or "" for command in (*ORDER, relocate, forget)]


@click.group(cls=InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="raravis")
def raravis() -> None:
    """Find the rare thing in a large collection of video and images with the fewest answers.

    Start with `raravis demo`, then `raravis find FOLDER --for NAME --like PICTURE`.
    """


for _command in (*ORDER, relocate, forget):
    raravis.add_command(_command)
