"""find when people answer in the page, and the address that they open."""

from __future__ import annotations

import os
import sys
import threading
import time
import webbrowser
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from raravis.cli import report, show
from raravis.cli.at_work import Work
from raravis.flow.find import begin_asking
from raravis.flow.found import Found, conclude
from raravis.flow.tell import Say
from raravis.pick.ends import Ends
from raravis.web.serving import Server


def found_in_page(
    work: Work,
    inputs: Sequence[str],
    *,
    concept: str,
    opens: bool,
    by: str | None,
    budget: int,
    strategy: str,
    seed: int,
    place_ends: bool,
    gap_seconds: float,
    sample: str,
    **settings: Any,
) -> Found:
    """What people found in the page, when they press Ctrl-C here or Done there. `settings`: those of begin_asking."""
    begun = time.monotonic()
    for not_here in (*report.AT_THE_TERMINAL, "oracle", "ezmode_labels", "look"):
        del settings[not_here]
    both: dict[str, Any] = {"strategy": strategy, "sample": sample, "say": show.note}
    begin_asking(work.project, inputs, concept, **both, **settings, map=work.map, tell=work.tell)
    ends = Ends(gap_seconds=gap_seconds) if place_ends else None
    asking = {"strategy": strategy, "ends": ends, "budget": budget, "seed": seed}
    server = Server(work.project, port=0, finding=concept, by=by, asking=asking, map=work.map)
    show.note("Answer in the page; when it is enough, press Ctrl-C here, or Done there.")
    show_address(server, concept, opens=opens)
    try:
        server.run()
    except KeyboardInterrupt:
        show.note("enough; writing down what was found")
    settled: dict[str, Any] = {"place_ends": place_ends, "gap_seconds": gap_seconds, "seed": seed, "begun": begun}
    return conclude(work.project, concept, **both, **settled)


def show_address(server: Server, concept: str | None, *, opens: bool, say: Say = show.note) -> None:
    """The address, on one line; in a browser too, where there is one to see. On stderr what else there is to know."""
    token = "#token=" in server.address
    begin = f"#/answer/{quote(concept, safe='')}" if concept and not token else ""
    say(f"{server.address}{begin}")
    if not server.local:
        show.note(
            "what goes to and from it is not encrypted: beyond a network that you trust, put a TLS proxy before it, "
            "and start with --host 127.0.0.1 --allow-host NAME"
        )
    if token:
        show.note("whoever has this address is an admin until the server stops; for others: raravis user add NAME")
    if opens and _has_display():
        threading.Thread(target=webbrowser.open, args=(f"{server.address}{begin}",), daemon=True).start()


def _has_display() -> bool:
    """Whether a browser would show: over ssh it would take over the terminal instead."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
