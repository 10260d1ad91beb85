"""What a person reads when a search is over."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from raravis.cli import show
from raravis.cli.at_work import Work
from raravis.cli.glance import Glance
from raravis.cli.person import Person
from raravis.demo.run import Shown
from raravis.errors import InputError
from raravis.flow.answers import myself
from raravis.flow.found import Found
from raravis.flow.results import FoundEvent, found_events
from raravis.store.project import Project

EVENTS_SHOWN = 20
AT_THE_TERMINAL = ("until", "precision", "closer")  # options that the page does not have yet


def wants_page(settings: dict[str, Any], *, terminal: bool) -> bool:
    """Whether people answer in the page: where somebody is there to see it, unless they want the terminal.

    Raises InputError for options that the page does not have yet.
    """
    if terminal or settings["oracle"] is not None or sys.stdin is None or not sys.stdin.isatty():
        return False
    for name in (name for name in AT_THE_TERMINAL if settings[name] is not None):
        raise InputError(f"--{name} has its questions at the terminal for now: add --terminal, or --oracle FILE")
    return True


def somebody(work: Work, settings: dict[str, Any]) -> dict[str, Any]:
    """Who answers: nobody here when there is an oracle file, else the person at the terminal. Takes `by` out."""
    by = settings.pop("by")
    if settings["oracle"] is not None:
        return {}
    concept, sheets, who = settings["concept"], work.project.rounds, by or myself()
    auditor = Glance(concept, who, sheets) if settings.get("until") else None
    return {"answerer": Person(concept, who, sheets), "auditor": auditor}


def print_found(found: Found, project: str, *, as_json: bool) -> None:
    """The events as a table, what was paid for them, and where the files are; or one line of JSON."""
    if as_json:
        show.as_json(found.to_json())
        return
    _print_events(found.concept, found.events)
    show.line(
        f"\n{found.answers} answers in {found.rounds} looks, {found.positives} of them yes; the example pictures were "
        f"free. {found.seconds:.1f} seconds."
    )
    for name, path in found.exports.items():
        show.line(f"{name:<6} {path}")
    if "onnx" in found.exports:
        concept = f'"{found.concept}"' if " " in found.concept else found.concept
        model = f"raravis export model --for {concept} --project {project} --out model"
        show.note(f"\nTo run the classifier on other footage: {model}; then: raravis infer model FOLDER")
    show.note(f"\nWhat was skipped or failed, and what can fall between looks: raravis status --project {project}")


def print_refined(project: Project, concept: str, given: int, *, gap_seconds: float) -> None:
    """The events as they stand now, and how many answers placing their ends took."""
    _print_events(concept, found_events(project, concept, gap_seconds=gap_seconds))
    show.line(f"\n{given} answers; to write them down: raravis export --for {concept} --project {project.folder}")


def print_demo(shown: Shown) -> None:
    """What was found with how many answers, beside chance; the picture; and the next command to try."""
    found, project = shown.found, shown.plot.parent / "project"
    print_found(found, str(project), as_json=False)
    show.line(
        f"\n{shown.events_found} of {shown.events} events found with {found.answers} answers; "
        f"as many random answers find {shown.by_chance:.1f} on average.\nThe picture of it: {shown.plot}\n\n"
        f"Now your own folder, with a picture of what you seek:\n"
        f"  raravis find YOUR/FOLDER --for NAME --like PICTURE.jpg"
    )


def _print_events(concept: str, events: Sequence[FoundEvent]) -> None:
    rows = [
        (e.source, show.clock(e.start_seconds), show.clock(e.end_seconds), e.score, e.answers, e.propagated)
        for e in events[:EVENTS_SHOWN]
    ]
    if rows:
        count = "1 event" if len(events) == 1 else f"{len(events)} events"
        show.table(f"{concept}: {count}", ("source", "from", "to", "score", "yes", "follow"), rows)
    else:
        show.line(f"{concept}: nothing found yet")
    if len(events) > EVENTS_SHOWN:
        show.line(f"… and {len(events) - EVENTS_SHOWN} more in the events file")
