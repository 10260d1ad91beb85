"""The page on which people answer, and who may come in: raravis serve, raravis user."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

import click

from raravis.cli import indexing, options

host = click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; default: this machine."
)
port = click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
names = click.option(
    "--allow-host", "names", multiple=True, metavar="NAME", help="Also answer to this name: a proxy's."
)
role = click.option(
    "--role", required=True, type=click.Choice(["viewer", "labeller", "admin"]), help="What they may do."
)


@click.command()
@click.option("--for", "--concept", "concept", default=None, metavar="NAME", help="Begin at the answering of this.")
@click.option("--root", "roots", multiple=True, type=click.Path(), help="A folder that may be added in the page.")
@click.option(
    "--double",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Share of the items asked of a second person.",
)
@options.together(host, port, names, options.opens, options.project, options.workers)
def serve(project: str, workers: int | None, concept: str | None, opens: bool, **settings: Any) -> None:
    """Open the page on which people answer, one or several at once."""
    from raravis.cli import show
    from raravis.cli.at_work import at_work
    from raravis.cli.in_page import show_address
    from raravis.flow.examples import add_examples
    from raravis.web.serving import Server

    with at_work(project, create=True, workers=workers) as work:
        if concept is not None:
            add_examples(work.project, concept)
        server = Server(work.project, map=work.map, **settings)
        show_address(server, concept, opens=opens, say=show.line)
        server.run()


@indexing.index.command(name="serve")
@click.option("--exact", is_flag=True, help="Scan every vector, whatever index there is.")
@options.together(host, port, names, options.encoder_used, options.project_of_group)
def serve_index(project: str, encoder: str | None, exact: bool, **listening: Any) -> None:
    """Answer searches of programs, without the page; the index may be rebuilt meanwhile."""
    from raravis.store.project import Project
    from raravis.web.searchers import Searchers
    from raravis.web.serving import Server

    with Project.open(project) as opened:  # not locked: others may change it
        searchers = Searchers(opened, encoder=encoder, exact=exact)
        with closing(Server(opened, **listening, searchers=searchers, page=False)) as server:
            _say(server, searchers.of())
            server.run()


def _say(server: Any, held: Any) -> None:
    """The address on stdout, once searches are answered; on stderr by what, and what to send."""
    from raravis.cli import show

    show.line(f"{server.address}api/search")
    found = "every vector scanned" if held.index.recall == 1 else f"{held.index.recall:.1%} of the best found"
    show.note(f"{len(held.collection):,} items under {held.collection.vectors.encoder}, {found}")
    if server.token is not None:
        show.note(f"send with every request, until the server stops: Authorization: Bearer {server.token}")
    if not server.local:
        show.note("not encrypted: beyond a network that you trust, put a TLS proxy before it")


@click.group(cls=options.Whole)
def user() -> None:
    """Let people in by name when the project is served: add, list, revoke."""


@user.command()
@click.argument("name")
@options.together(role, options.project)
def add(name: str, role: Any, project: str) -> None:
    """Let NAME in, and print the token to give to them, this once."""
    from raravis.cli import show
    from raravis.flow.answering.users import add_user
    from raravis.store.project import Project

    with Project.open(project) as opened:
        token = add_user(opened, name, role)
    show.line(token)
    show.note(f"{name} may come in as {role} with this token; it is shown this once, and kept nowhere")


@user.command(name="list")
@options.together(options.project, options.as_json)
def list_(project: str, as_json: bool) -> None:
    """Everybody who was ever let in."""
    from raravis.cli import show
    from raravis.flow.answering.users import users
    from raravis.store.project import Project

    with Project.open(project) as opened:
        known = users(opened)
    if as_json:
        show.as_json([one._asdict() for one in known])
        return
    rows = [(one.name, one.role, _day(one.created_at), _day(one.revoked_at)) for one in known]
    show.table("Users", ("name", "role", "since", "revoked"), rows) if rows else show.line("no users")


@user.command()
@click.argument("name")
@options.project
def revoke(name: str, project: str) -> None:
    """Shut NAME out from now on; what they answered stays."""
    from raravis.cli import show
    from raravis.flow.answering.users import revoke_user
    from raravis.store.project import Project

    with Project.open(project) as opened:
        revoke_user(opened, name)
    show.line(f"{name}'s token lets nobody in any more")


def _day(at: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at)) if at else ""
