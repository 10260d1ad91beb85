"""index: vectors → what searches scan. Derived: it can be deleted and built again at will."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from raravis.errors import InputError, StoreError
from raravis.flow.collection import Collection, load
from raravis.flow.indexing.opening import as_typed, folder_of, opened
from raravis.flow.tell import Say, Tell, quiet, silent
from raravis.index import building, generations, kept, manifest
from raravis.index.approximate import Approximate, least
from raravis.index.lists import KINDS, Lists, library
from raravis.store.project import Project

EXACT, AUTO = "exact", "auto"
PAYS = 3_000_000  # vectors, from which `auto` builds lists: see docs/index.md


class Indexed(NamedTuple):
    """What searches scan from now on."""

    kind: str
    vectors: int
    megabytes: float = 0.0  # beside the vectors and their codes
    recall: float = 1.0  # asked for
    nprobe: int = 0  # lists, of `lists`, that a search of ten looks into
    lists: int = 0

    def __str__(self) -> str:
        held = f"{self.vectors:,} vectors indexed, {self.kind}"
        if self.kind == EXACT:
            return held
        return f"{held}, {self.megabytes:.1f} MB; recall {self.recall:g} by {self.nprobe} of {self.lists:,} lists"


def index(
    project: Project,
    *,
    kind: str = AUTO,
    recall: float = 0.95,
    encoder: str | None = None,
    rebuild: bool = False,
    seed: int = 0,
    say: Say = quiet,
    tell: Tell = silent,
) -> Indexed:
    """What searches scan from now on; one that fits the vectors already is left as it is.

    `auto` keeps to what was built; where nothing was, it scans up to PAYS vectors, and builds lists of more, if the
    library is installed. Lists grow by what came since,
    and are laid out anew once there are twice as many vectors, or with `rebuild`. Whatever happens meanwhile, what was
    there before counts until the new is complete. Raises InputError where nothing is embedded, the kind is unknown or
    cannot reach the recall, StoreError where what is there is damaged and `rebuild` is off.
    """
    with project.lock("raravis index"):
        collection = load(project, encoder)
        folder = folder_of(project, collection.vectors.encoder)
        try:
            wanted = _meant(kind, recall, len(collection), folder, say, rebuild)
        except StoreError as error:
            raise StoreError(as_typed(project, collection.vectors.encoder, str(error))) from None
        if wanted != EXACT:
            try:
                return _listed(project, collection, wanted, recall, seed, tell, rebuild)
            except InputError as error:
                if kind != AUTO:
                    raise
                say(f"all vectors are scanned: {error}")
        generations.sweep(folder, keep=False)
        return Indexed(EXACT, len(collection))


def _listed(
    project: Project, collection: Collection, kind: str, recall: float, seed: int, tell: Tell, again: bool
) -> Indexed:
    folder = folder_of(project, collection.vectors.encoder)
    lists = _made(project, collection, kind, recall, seed, tell, again)
    _refuse_short(lists)
    if lists.file is None or lists.recall != manifest.read(lists.file.parent).recall:
        kept.keep(lists, collection.vectors, folder)
    return indexed(folder, lists)


def indexed(folder: Path, lists: Lists) -> Indexed:
    """What there is to say of lists that are kept in a folder."""
    made, first = generations.newest(folder), least(lists)[0]
    size = sum(file.stat().st_size for file in made.iterdir()) if made else 0
    nprobe, count = first.nprobe, int(lists.index.nlist)
    return Indexed(lists.kind, lists.count, round(size / 1e6, 3), lists.recall, nprobe, count)


def _meant(kind: str, recall: float, n: int, folder: Path, say: Say, rebuild: bool) -> str:
    """Exact, or a kind of lists."""
    if kind not in (AUTO, EXACT, *KINDS):
        raise InputError(f"unknown index {kind!r}; known: {', '.join((AUTO, EXACT, *KINDS))}")
    if not 0 < recall <= 1:
        raise InputError(f"got a recall of {recall:g}, wanted one above 0 and no more than 1")
    if kind in KINDS and recall == 1:
        raise InputError(f"{kind}: finds as much as was measured, not all; for a recall of 1: --kind exact")
    return kind if kind != AUTO else EXACT if recall == 1 else _by_itself(n, folder, say, rebuild)


def _by_itself(n: int, folder: Path, say: Say, rebuild: bool) -> str:
    """What there is; where nothing was built yet, what pays for so many vectors and can be had."""
    try:
        there = generations.newest(folder)
        if there is not None:
            return manifest.read(there).kind
    except StoreError:
        if not rebuild:
            raise
        say("what kind was built before cannot be read any more, so the number of vectors decides; or name one: --kind")
    if n < PAYS:
        return EXACT
    try:
        library()
    except InputError as error:
        say(f"{n:,} vectors are scanned: {error}")
        return EXACT
    return next(iter(KINDS))


def _made(
    project: Project, collection: Collection, kind: str, recall: float, seed: int, tell: Tell, again: bool
) -> Lists:
    """The lists there are, where they hold the vectors and are as asked, else new ones."""
    vectors, exact = collection.vectors, collection.index
    old = None if again else opened(project, collection)
    if old is None or old.kind != kind or building.outgrown(old, vectors):
        return building.built(vectors, exact, kind=kind, recall=recall, seed=seed, tell=tell)
    lists = building.asked(old, vectors, exact, recall)
    now = Approximate(vectors, lists, exact)
    return building.grown(lists, vectors, exact, tell) if len(now.delta) or now.tombstones else lists


def _refuse_short(lists: Lists) -> None:
    """Raises InputError where no search of these lists finds as much as was asked for."""
    if least(lists):
        return
    most = max((one.recall for one in lists.efforts), default=None)
    if most is None:
        raise InputError(f"{lists.kind}: is for more vectors than {lists.count}; scan them all: --kind exact")
    reach = f"finds {most:.3f} of the ten best at most, wanted {lists.recall:g}"
    raise InputError(f"{lists.kind}: {reach}; ask for less with --recall, or: --kind exact")
