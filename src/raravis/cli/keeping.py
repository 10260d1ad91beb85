"""What the project holds, and what happens when files move or must go: status, relocate, forget."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import click

from raravis.cli import options


@click.command()
@click.option("--failures", default=20, show_default=True, type=click.IntRange(0), help="How many to list.")
@options.together(options.project, options.as_json)
def status(project: str, failures: int, as_json: bool) -> None:
    """Show what is done, failed and skipped, and why."""
    from raravis import flow
    from raravis.cli import show
    from raravis.store.project import Project

    with Project.open(project) as opened:
        state = flow.status(opened, failures=failures)
    show.as_json(state) if as_json else _print(state)


@click.command()
@click.argument("old", type=click.Path())
@click.argument("new", type=click.Path())
@options.project
def relocate(project: str, old: str, new: str) -> None:
    """Tell the project that a folder or file moved from OLD to NEW."""
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work

    with at_work(project) as work:
        show.line(f"{flow.relocate(work.project, old, new)} files now lie under {new}")


@click.command()
@click.argument("source")
@options.project
def forget(project: str, source: str) -> None:
    """Remove SOURCE, a name or path, and all that was made of it."""
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work

    with at_work(project) as work:
        show.line(f"{source} forgotten, with {flow.forget(work.project, source)} items")


def _print(state: dict[str, Any]) -> None:
    from raravis.cli import show

    held = state["collection"]
    show.line(
        f"{state['project']}: {held['sources']} sources in {held['places']} places ({held['videos']} videos, "
        f"{held['images']} images, {held['frame_folders']} frame folders), {held['hours']:.2f} hours, "
        f"{held['items']} items\n"
    )
    columns = ("stage", "setting", "done", "failed", "skipped", "waiting")
    rows = [row | {"setting": f"{row['setting']} (in use)"} if row.get("in_use") else row for row in state["stages"]]
    show.table("Stages", columns, [[row.get(name, "") for name in columns] for row in rows])
    if state["failures"]:
        rows = [(f["state"], f["stage"], _why(f)) for f in state["failures"]]
        show.table("\nNot done", ("state", "stage", "why"), rows)
    more = sum(row["failed"] + row["skipped"] for row in state["stages"]) - len(state["failures"])
    if more > 0:
        show.line(f"… and {more} more: raravis status --failures {more + len(state['failures'])}")
    for row in (row for row in state["coverage"] if row["moments"]):
        show.line(_coverage(row))
    if state["concepts"]:
        names = ("concept", "answers", "yes", "no", "cant_tell", "looks")
        show.table("\nConcepts", names, [[row[name] for name in names] for row in state["concepts"]])
    for row in (row for row in state["concepts"] if row["contradicted"]):
        items = "1 item was" if row["contradicted"] == 1 else f"{row['contradicted']} items were"
        show.line(f"{row['concept']}: {items} answered both yes and no; the later answer counts")


def _why(failure: dict[str, Any]) -> str:
    """The reason, with the file's name where it does not hold it."""
    subject, reason = failure["subject"], failure["reason"]
    return reason if PurePath(subject).name in reason or subject.isdigit() else f"{subject}: {reason}"


def _coverage(row: dict[str, Any]) -> str:
    if not row["largest_gap_seconds"]:
        return f"\n{row['sample']}: {row['moments']} moments in video"
    finer = row["finer"]
    return (
        f"\n{row['sample']}: {row['moments']} moments in video, a look every {row['median_gap_seconds']:g} s (median); "
        f"events shorter than {row['largest_gap_seconds']:g} s can fall between looks.\n"
        f"  finer: --sample {finer['sample']} would make {finer['moments']} moments"
    )
