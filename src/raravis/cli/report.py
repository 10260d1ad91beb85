"""What a person reads when a search is over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from raravis.cli import show
from raravis.cli.at_work import Work
from raravis.cli.person import Person
from raravis.demo.run import Shown
from raravis.errors import InputError
from raravis.flow.answers import myself
from raravis.flow.find import Found
from raravis.simulate.plot import plot as draw
from raravis.simulate.project import Known
from raravis.simulate.result import SHARES, Result

EVENTS_SHOWN = 20
PLOTS = (".png", ".svg", ".pdf")


def somebody(work: Work, settings: dict[str, Any]) -> dict[str, Any]:
    """Who answers: nobody here when there is an oracle file, else the person at the terminal. Takes `by` out."""
    by = settings.pop("by")
    if settings["oracle"] is not None:
        return {}
    return {"answerer": Person(settings["concept"], by or myself(), work.project.rounds)}


def print_found(found: Found, project: str, *, as_json: bool) -> None:
    """The events as a table, what was paid for them, and where the files are; or one line of JSON."""
    if as_json:
        show.as_json(found.to_json())
        return
    rows = [
        (event.source, show.clock(event.start_seconds), show.clock(event.end_seconds), event.score, event.answers)
        for event in found.events[:EVENTS_SHOWN]
    ]
    if rows:
        count = "1 event" if len(found.events) == 1 else f"{len(found.events)} events"
        show.table(f"{found.concept}: {count}", ("source", "from", "to", "score", "yes"), rows)
    else:
        show.line(f"{found.concept}: nothing found yet")
    if len(found.events) > EVENTS_SHOWN:
        show.line(f"… and {len(found.events) - EVENTS_SHOWN} more in the events file")
    show.line(
        f"\n{found.answers} answers in {found.rounds} looks, {found.positives} of them yes; the example pictures were "
        f"free. {found.seconds:.1f} seconds."
    )
    for name, path in found.exports.items():
        show.line(f"{name:<6} {path}")
    show.note(f"\nWhat was skipped or failed, and what can fall between looks: raravis status --project {project}")


def can_be_written(plot: str | None, csv: str | None) -> None:
    """Raises InputError, before the work, for a picture or table that could not be written after it."""
    if plot and Path(plot).suffix.lower() not in PLOTS:
        raise InputError(f"cannot draw {plot}; wanted a name that ends in {', '.join(PLOTS)}")
    for path in (Path(name) for name in (plot, csv) if name):
        if not path.absolute().parent.is_dir():
            raise InputError(f"{path}: no folder {path.absolute().parent}; make it first")


def print_simulation(result: Result, known: Known, *, plot: str | None, csv: str | None, as_json: bool) -> None:
    """Answers needed for each share of items and events, median over seeds; the curves where they were asked for."""
    if csv:
        result.to_csv(Path(csv))
    if plot:
        draw(result, Path(plot))
    if as_json:
        show.line(result.to_json())
        return
    for kind in ("items", "events"):
        rows = [
            (name, *("-" if n is None else n for n in told[kind].values())) for name, told in result.summary().items()
        ]
        show.table(f"Answers to find so many of the {kind} (median over seeds)", ("strategy", *_shares()), rows)
    guessed, right = (sum(counts) for counts in zip(*(curve.propagated for curve in result.curves), strict=True))
    if guessed:
        show.line(f"{guessed} labels propagated, {right / guessed:.3f} of them right")
    for event in known.untouched:
        show.line(f"never looked at: {event.timeline} from {show.clock(event.start)} to {show.clock(event.end)}")


def _shares() -> list[str]:
    return [f"{share:.0%}" for share in SHARES]


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
