"""What follows: the options of a search for one thing and then another."""

from __future__ import annotations

from typing import Any

import click

from raravis.cli import options
from raravis.errors import InputError

WITHIN = 5.0  # seconds

follows = options.together(
    click.option("--then", "then_text", multiple=True, metavar="TEXT", help="Followed by this, in words."),
    click.option("--then-like", multiple=True, metavar="PICTURE", help="Followed by what is like this picture."),
    click.option("--then-for", "then_concept", metavar="NAME", help="Followed by this concept: its head, or examples."),
    click.option("--within", "within_seconds", type=options.SECONDS, help="At most so much later; 5s unless told."),
    click.option("--before", is_flag=True, help="Preceded instead of followed by it."),
)


def then_of(settings: dict[str, Any]) -> Any:
    """What follows, taken out of the settings; None where nothing does. Raises InputError for a time to nothing."""
    from raravis.flow.then import Then

    text, like, concept = (settings.pop(name) for name in ("then_text", "then_like", "then_concept"))
    within, before = settings.pop("within_seconds"), settings.pop("before")
    if text or like or concept:
        return Then(text, like, concept, WITHIN if within is None else within, before)
    if before or within is not None:
        raise InputError("--within and --before say when something follows; say what: --then TEXT, --then-like PICTURE")
    return None
