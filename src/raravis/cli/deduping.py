"""What the collection holds twice: dedup lists it, hides it from searches, and shows it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from raravis.cli import options
from raravis.errors import InputError

FEW = 3  # of a group's others, in a table


@click.command()
@click.option("--threshold", default=0.98, show_default=True, type=float, help="Cosine from which two are one.")
@click.option(
    "--within", "within_seconds", default=None, type=options.SECONDS, help="Only on one timeline, at most so far apart."
)
@click.option("--hide", is_flag=True, help="Leave all but one of each group out of searches from now on.")
@click.option("--show", "again", is_flag=True, help="Show all that is hidden again, and look for nothing.")
@click.option("-k", "k", default=20, show_default=True, type=click.IntRange(1), help="How many groups to list.")
@click.option("--offset", default=0, show_default=True, type=click.IntRange(0), help="Groups to pass over: pages.")
@click.option("--exact", is_flag=True, help="Hold all against all, whatever index there is.")
@options.together(options.encoder_used, options.project, options.as_json)
def dedup(project: str, as_json: bool, k: int, offset: int, again: bool, **settings: Any) -> None:
    """List near-duplicates across the collection, or hide them from searches."""
    from raravis.cli import show
    from raravis.cli.at_work import at_work, note_lacking
    from raravis.flow.dedup import dedup as duplicates
    from raravis.flow.dedup import show as unhide
    from raravis.flow.dedup import where as where_of

    if again and settings["hide"]:
        raise InputError("--hide and --show undo one another; give one of them")
    with at_work(project) as work:
        if again:
            shown = unhide(work.project)
            show.as_json({"shown": shown}) if as_json else show.line(f"{shown} items are shown again")
            return
        note_lacking(work, settings["encoder"])
        found = duplicates(work.project, **settings, tell=work.tell)
        page = found.groups[offset : offset + k]
        where = where_of(work.project, [item for group in page for item in (group.shown, *group.others)])
    told = _told(found, settings["hide"])
    show.as_json(
        {**told, "offset": offset, "found": [_as_json(group, where) for group in page]}
    ) if as_json else _print(found, page, where, offset, hide=settings["hide"])


def _told(found: Any, hide: bool) -> dict[str, Any]:
    counts = {"items": found.items, "groups": len(found.groups), "others": found.others, "elsewhere": found.elsewhere}
    how = {"threshold": found.threshold, "within_seconds": found.within_seconds, "exact": found.exact, "hidden": hide}
    return counts | how


def _as_json(group: Any, where: Mapping[int, Any]) -> dict[str, Any]:
    pairs = zip(group.others, group.cosines, strict=True)
    return _place(group.shown, where) | {"others": [_place(item, where) | {"cosine": cos} for item, cos in pairs]}


def _place(item: int, where: Mapping[int, Any]) -> dict[str, Any]:
    name, seconds = where[item]
    return {"item": item, "source": name, "seconds": round(seconds, 3)}


def _print(found: Any, page: Any, where: Mapping[int, Any], offset: int, *, hide: bool) -> None:
    from raravis.cli import show

    done = "hidden from searches now" if hide else "could be hidden: --hide" if found.groups else "nothing to hide"
    kind = "" if found.exact else "; by the index, which may miss some: --exact holds all against all"
    show.line(
        f"{found.others} of {found.items} items come after one that says the same, in {len(found.groups)} groups; "
        f"{done}{kind}"
    )
    if found.elsewhere:
        show.line(f"{found.elsewhere} of them lie on another timeline than what is shown for them")
    if page:
        columns = ("item", "source", "time", "others", "least", "such as")
        show.table(f"\nGroups from {offset + 1} on", columns, [_row(group, where) for group in page])


def _row(group: Any, where: Mapping[int, Any]) -> tuple[Any, ...]:
    from raravis.cli import show

    def told(item: int) -> str:
        return f"{where[item][0]} {show.clock(where[item][1])}"

    name, seconds = where[group.shown]
    some = ", ".join(map(told, group.others[:FEW]))
    return group.shown, name, show.clock(seconds), len(group.others), group.cosines[-1], some
