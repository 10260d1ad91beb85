"""What a person reads of simulated and of replayed searches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from raravis.cli import show
from raravis.errors import InputError, RaravisError
from raravis.simulate.plot import plot as draw
from raravis.simulate.result import KINDS, SHARES, Kind, Result, quartiles
from raravis.types import Event

if TYPE_CHECKING:
    from raravis.flow.replay import Replayed

PLOTS = (".png", ".svg", ".pdf")


def can_be_written(plot: str | None, csv: str | None) -> None:
    """Raises InputError, before the work, for a picture or table that could not be written after it."""
    if plot and Path(plot).suffix.lower() not in PLOTS:
        raise InputError(f"cannot draw {plot}; wanted a name that ends in {', '.join(PLOTS)}")
    for path in (Path(name) for name in (plot, csv) if name):
        if not path.absolute().parent.is_dir():
            raise InputError(f"{path}: no folder {path.absolute().parent}; make it first")


def print_simulation(
    result: Result, *, plot: str | None, csv: str | None, as_json: bool, untouched: Sequence[Event] = ()
) -> None:
    """Answers needed for each share of items and events, areas, seconds a look; picture and CSV where asked for."""
    if csv:
        result.to_csv(Path(csv))
    if plot:
        draw(result, Path(plot))
    if as_json:
        show.line(result.to_json())
        return
    _print_answers(result)
    _print_areas(result)
    guessed, right = (sum(counts) for counts in zip(*(curve.propagated for curve in result.curves), strict=True))
    if guessed:
        show.line(f"\n{guessed} labels propagated, {right / guessed:.3f} of them right")
    for event in untouched:
        show.line(f"never looked at: {event.timeline} from {show.clock(event.start)} to {show.clock(event.end)}")


def print_replay(made: Sequence[Replayed], *, as_json: bool) -> None:
    """How many rounds came out as they were, and what of the others. Raises RaravisError where items differ."""
    if as_json:
        show.as_json({"rounds": [one.to_json() for one in made]})
    else:
        _print_outcomes(made)
    first = next((one for one in made if one.outcome == "differs"), None)
    if first:
        raise RaravisError(f"round {first.round}, about {first.concept}, differs: {first.why}")


def _print_outcomes(made: Sequence[Replayed]) -> None:
    count = Counter(one.outcome for one in made)
    show.line(
        f"{len(made)} rounds: {', '.join(f'{n} {outcome}' for outcome, n in count.items()) or 'nothing to replay'}"
    )
    for outcome in ("same draws", "not remade"):
        for why, n in Counter(one.why for one in made if one.outcome == outcome).items():
            show.line(f"{outcome}, {n}: {why}")
    close = next((one for one in made if one.outcome == "same items"), None)
    if close:
        show.line(f"same items, from round {close.round}, about {close.concept}: {close.why}")


def _print_answers(result: Result) -> None:
    seeds = len({curve.seed for curve in result.curves})
    for kind in KINDS:
        rows = [(name, *map(_spread, _to_shares(result, name, kind))) for name in result.strategies()]
        title = f"Answers to find so many of the {kind}: median of {seeds} seeds (quartiles)"
        show.table(title, ("strategy", *(f"{share:.0%}" for share in SHARES)), rows)
        show.line("")


def _print_areas(result: Result) -> None:
    rows = [
        (name, *(quartiles(result.areas(name, kind))[1] for kind in KINDS), result.round_seconds(name))
        for name in result.strategies()
    ]
    title = f"Area under the curve over {result.longest()} answers, and seconds a look: medians"
    show.table(title, ("strategy", *KINDS, "seconds"), rows)


def _to_shares(result: Result, name: str, kind: Kind) -> list[list[float | None]]:
    return [quartiles(result.answers_to(name, kind, share)) for share in SHARES]


def _spread(values: list[float | None]) -> str:
    """`12 (10 to 15)`; a dash where it was never reached."""
    low, middle, high = ("-" if value is None else str(value) for value in values)
    return middle if low == high else f"{middle} ({low} to {high})"
