"""The server itself: where it listens, under which names, and how it stops."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import uvicorn

from raravis.errors import InputError
from raravis.flow.tell import Map
from raravis.scale.processes import in_process
from raravis.store.project import Project
from raravis.web.app import app_of
from raravis.web.desks import Desks
from raravis.web.doors import Doors
from raravis.web.folders import roots_of
from raravis.web.guard import HERE
from raravis.web.jobs import Job, Jobs
from raravis.web.live import Live
from raravis.web.room import Room
from raravis.web.searchers import Searchers

NOTHING: Mapping[str, Any] = {}
STOP_SECONDS = 1  # for requests under way; answers take a tenth of it


class Server:
    """A room, listening: `address` works from the moment this is made, `run` answers until somebody stops it.

    Raises InputError at once for a port that is taken and an address that this machine does not have.
    """

    def __init__(
        self,
        project: Project,
        *,
        host: str = "127.0.0.1",
        port: int = 8765,
        roots: Sequence[str | Path] = (),
        double: float = 0.0,
        names: Sequence[str] = (),
        finding: str | None = None,
        by: str | None = None,
        asking: Mapping[str, Any] = NOTHING,
        map: Map = in_process,
        searchers: Searchers | None = None,
        page: bool = True,
    ) -> None:
        self.local = _is_local(host)
        guarded = bool(names) or not self.local  # whoever comes through a proxy comes from this machine
        held: dict[str, Any] = {"asking": asking, "map": map, "searchers": searchers}
        self.room = open_room(project, guarded=guarded, by=by, roots=roots, double=double, **held)
        self.room.finding, self.room.done = finding, self.stop
        known = HERE | {host, *names, *(() if self.local else _my_names())}
        self.app = app_of(self.room, hosts=known, addresses=not self.local, page=page)
        self._uvicorn = _Uvicorn(_config(self.app, proxied=bool(names)), self.room.live.close)
        self._socket = _listen(host, port)
        self.port = int(self._socket.getsockname()[1])
        doors = self.room.doors
        self.token = doors.issue() if guarded and doors.empty() else None
        key = f"#token={self.token}" if self.token and page else ""
        self.address = f"http://{_in_address(host)}:{self.port}/{key}"

    def run(self) -> None:
        """Answers until Ctrl-C, which comes out as KeyboardInterrupt once the pages are told, or until `stop`."""
        try:
            self._uvicorn.run(sockets=[self._socket])
        finally:
            self.close()

    def close(self) -> None:
        """Nothing listens any more; `run` does it when it ends."""
        self.room.close()
        self._socket.close()

    def stop(self) -> None:
        """`run` comes to its end. From any thread."""
        self._uvicorn.should_exit = True


class _Uvicorn(uvicorn.Server):
    """Open streams are ended first: uvicorn waits for them."""

    def __init__(self, config: uvicorn.Config, before: Callable[[], None]) -> None:
        super().__init__(config)
        self._before = before

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._before()
        await super().shutdown(sockets)


def _config(app: object, *, proxied: bool) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http="h11",  # 0.35 ms of a search by 64 vectors: httptools, a part more to install, could save no more
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=proxied,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


def open_room(
    project: Project,
    *,
    guarded: bool = False,
    by: str | None = None,
    roots: Sequence[str | Path] = (),
    double: float = 0.0,
    asking: Mapping[str, Any] = NOTHING,
    map: Map = in_process,
    searchers: Searchers | None = None,
) -> Room:
    """The room of a project. `guarded`: nobody comes in without a token, even while there are no users.

    `by`: what whoever needs no user's token is called; by default the name they are logged in by.
    `roots`: folders that may be added in the page; by default those that hold the project's media, and this one.
    `asking`: settings of every `Desk`: strategy, ends, budget, seed.
    """
    live = Live()
    desks = Desks(project, double=double, **asking)
    jobs = Jobs(project, map=map, tell=lambda job: _tell_job(live, job), after=desks.forget_all)
    folders = tuple(_root(each) for each in roots) or roots_of(project)
    doors = Doors(project, guarded=guarded, by=by)
    return Room(project, doors, live, desks, jobs, searchers or Searchers(project), folders, double)


def _tell_job(live: Live, job: Job) -> None:
    live.tell("job", job.model_dump())
    if job.state in ("done", "stopped", "failed"):
        live.tell("collection", {})


def _root(folder: str | Path) -> Path:
    path = Path(folder).resolve()
    if not path.is_dir():
        raise InputError(f"{folder}: no such folder; wanted one whose media may be added in the page (--root)")
    return path


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        made = socket.create_server(found[4][:2], family=found[0], backlog=512)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # each connection has it from here; else answers,
        return made  # which go out in two parts, wait 40 ms for the client to acknowledge the first
    except socket.gaierror:
        raise InputError(f"{host}: no address of that name; wanted one of this machine: --host") from None
    except OSError as error:
        what = error.strerror or error
        raise InputError(f"{host}: port {port} cannot be used: {what}; choose another: --port (0: any)") from None


def _is_local(host: str) -> bool:
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _my_names() -> set[str]:
    """What this machine is called by others, as far as it knows without asking them."""
    name = socket.gethostname().lower()
    return {name, name.partition(".")[0], f"{name.partition('.')[0]}.local"}


def _in_address(host: str) -> str:
    """The host as others write it: of one that means every address, this machine's name."""
    if host in ("0.0.0.0", "::", ""):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host
