"""Which answers a simulation knows: an oracle's about a project, a finished search's, or a file's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from raravis.cli import show
from raravis.cli.at_work import at_work
from raravis.errors import InputError
from raravis.simulate.files import simulate_vectors
from raravis.simulate.finished import simulate_finished
from raravis.simulate.noise import Noise
from raravis.simulate.project import simulate_project
from raravis.simulate.result import Result
from raravis.types import Event

OF_A_PROJECT = ("concept", "encoder", "ezmode_labels")


def simulated(
    project: str,
    oracle: str | None,
    vectors: str | None,
    finished: str | None,
    noise: float,
    miss_rate: float | None,
    false_yes_rate: float | None,
    **settings: Any,
) -> tuple[Result, Sequence[Event]]:
    """The curves, and the events that nothing could find. Raises InputError where the options do not go together."""
    if sum(given is not None for given in (oracle, vectors, finished)) != 1:
        raise InputError("simulate: wanted one of --oracle FILE, --vectors FILE or --from PROJECT: what is known")
    rates = (noise if rate is None else rate for rate in (miss_rate, false_yes_rate))
    settings["noise"] = Noise(*rates)
    if vectors is not None:
        return _of_vectors(vectors, settings), ()
    if settings["concept"] is None:
        raise InputError("simulate: wanted --for NAME: what is sought")
    if finished is not None:
        return _of_finished(finished, settings), ()
    with at_work(project) as work:
        result, known = simulate_project(work.project, oracle=oracle or "", **settings, tell=work.tell)
    return result, known.untouched


def _of_vectors(path: str, settings: dict[str, Any]) -> Result:
    about = {name: settings.pop(name) for name in OF_A_PROJECT}
    for name in (name for name, value in about.items() if value is not None and name != "concept"):
        raise InputError(f"simulate: --{name.replace('_', '-')} is about a project; with --vectors there is none")
    with show.Bars() as tell:
        return simulate_vectors(path, **settings, tell=tell)


def _of_finished(folder: str, settings: dict[str, Any]) -> Result:
    if settings.pop("ezmode_labels") is not None:
        raise InputError("simulate: --ezmode-labels goes with --oracle; --from knows what was answered, nothing else")
    with at_work(folder) as work:
        result, known = simulate_finished(work.project, **settings, tell=work.tell)
    show.note(f"{known} items were answered; nothing else is asked or counted")
    return result
