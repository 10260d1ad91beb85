"""The room: what every answer of the server stands on, and how a request finds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, HTTPException, Request
from starlette.convertors import Convertor, register_url_convertor

from raravis.store import concepts, items
from raravis.store.project import Project

if TYPE_CHECKING:
    from raravis.web.desks import Desks
    from raravis.web.doors import Doors
    from raravis.web.jobs import Jobs
    from raravis.web.live import Live
    from raravis.web.searchers import Searchers


@dataclass(eq=False)
class Room:
    """One project, and everything that the people in its room share."""

    project: Project
    doors: Doors
    live: Live
    desks: Desks
    jobs: Jobs
    searchers: Searchers
    roots: tuple[Path, ...] = ()  # folders that may be added, and whose files may be shown
    double: float = 0.0  # share of the items asked of a second person
    finding: str | None = None  # the concept that `raravis find` has answered here
    done: Callable[[], object] = field(default=lambda: None)  # ends the asking of `find`

    def close(self) -> None:
        """Open pages hear no more, and what goes on behind them is stopped."""
        self.live.close()
        self.jobs.close()
        self.searchers.close()


class ConceptInPath(Convertor[str]):
    """`{name:concept}` in a route: one or more characters, slashes too, for a concept may be called a/b."""

    regex = ".+"

    def convert(self, value: str) -> str:
        """The name as it came, decoded once by the server."""
        return value

    def to_string(self, value: str) -> str:
        """The name as it goes into an address."""
        return value


register_url_convertor("concept", ConceptInPath())


async def room(request: Request) -> Room:
    """The room that this server is for: a dependency, and none that a thread is wanted for."""
    made: Room = request.app.state.room
    return made


InRoom = Annotated[Room, Depends(room)]


def known_concept(name: str, here: InRoom) -> str:
    """The concept of the path. Raises 404 where the project has none of this name."""
    with here.project.read() as c:
        known = [one for one in concepts.all(c) if one]
    if name not in known:
        raise HTTPException(404, f"unknown concept {name!r}; known: {', '.join(known) or 'none yet'}")
    return name


def known_item(here: Room, item_id: int) -> int:
    """The item's id. Raises 404 where the project has no such item."""
    with here.project.read() as c:
        if items.known(c, [item_id]):
            return item_id
    raise HTTPException(404, f"no item {item_id}")


Known = Annotated[str, Depends(known_concept)]
