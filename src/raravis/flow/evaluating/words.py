"""An evaluation in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from raravis.flow.audits.words import count

KINDS = {"answers": "answers", "oracle": "an oracle file", "folder": "a folder of pictures"}
AS_SHARES = ("precision", "recall", "f1", "average_precision", "roc_auc")
TITLES = {
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "average_precision": "average precision",
    "roc_auc": "ROC AUC",
    "ece": "calibration error",
    "brier": "Brier",
}


def lines(made: Mapping[str, Any]) -> Iterator[str]:
    """What was tried on what, then each class, then what to look at again."""
    data = made["data"]
    yield f"{made['model']['id']}, tried on {count(data['items'], 'item')} of {KINDS[data['kind']]}"
    yield from left_out(made["left_out"])
    for one in made["classes"]:
        yield ""
        yield from _class(one)
    if len(made["classes"]) > 1:
        yield ""
        yield f"mean of the classes  {_row(made['macro'])}"
        yield f"all answers together {_row(made['micro'])}"
    yield from _doubts(made)


def left_out(told: Mapping[str, Any]) -> Iterator[str]:
    """What is not counted, and why."""
    if told["out_of_fold"]:
        yield "out of fold: each answer was judged by a head fitted without its event"
    if told["kept"]:
        yield f"{told['kept']:,} of them taught the model or lie in one event with what did: these numbers flatter it"
    if told["learnt"] or told["beside"]:
        more = ", …" if told["learnt"] > len(told["some"]) else ""
        yield (
            f"left out: {told['learnt']:,} that the model learned from ({', '.join(told['some'])}{more}) and "
            f"{told['beside']:,} in one event with these; --seen keeps them"
        )
    if told["unread"]:
        yield f"left out: {count(told['unread'], 'picture')} that cannot be read"


def between(one: Mapping[str, Any], digits: int = 3) -> str:
    """`0.912 (0.850 to 0.953)`; `–` where there is nothing to count, no interval where nothing is left open."""
    if one["value"] is None:
        return "–"
    ends = (
        ""
        if one["low"] is None or one["low"] == one["high"]
        else f" ({one['low']:.{digits}f} to {one['high']:.{digits}f})"
    )
    return f"{one['value']:.{digits}f}{ends}"


def _class(one: Mapping[str, Any]) -> Iterator[str]:
    when = "said where it is the likeliest" if one["threshold"] is None else f"yes from {one['threshold']:.2f}"
    yield f"{one['name']}: {one['yes']:,} yes, {one['no']:,} no; {when}"
    for note in one["notes"]:
        yield f"  note: {note}"
    yield f"  by item   {_row(one)}"
    yield f"            {', '.join(f'{TITLES[name]} {between(one[name])}' for name in ('ece', 'brier'))}"
    if events := one["events"]:
        an_hour = events["false_per_hour"]
        false = f", {between(an_hour, 2)} false an hour" if an_hour else f", {events['false']:,} of them false"
        yield (
            f"  by event  recall {between(events['recall'])}: {events['found']:,} of {events['events']:,} found; "
            f"precision {between(events['precision'])}: {events['said']:,} said{false}"
        )
    if whole := one["collection"]:
        yield f"  in the whole collection: {_whole(whole)}"


def _whole(told: Mapping[str, Any]) -> str:
    if "why_not" in told:
        return str(told["why_not"])
    parts = [f"{name} {between(told[name])}" for name in ("precision", "recall", "prevalence") if told[name]]
    return f"{', '.join(parts)}; by {count(told['draws'], 'draw')} ({told['how']})"


def _row(one: Mapping[str, Any]) -> str:
    return ", ".join(f"{TITLES[name]} {between(one[name])}" for name in AS_SHARES)


def _doubts(made: Mapping[str, Any]) -> Iterator[str]:
    if not made["doubts"]:
        return
    yield ""
    many = f"{count(len(made['doubts']), 'answer')} that it confidently contradicts"
    yield f"{many}; look at them again:" if made["browse"] else f"{many}: in doubts.csv, the most doubtful first"
    if made["browse"]:
        named = {one["class"] for one in made["doubts"]}
        yield f"  {made['browse']['command']}"
        yield from (f"  {url}" for name, url in made["browse"]["addresses"].items() if name in named)
