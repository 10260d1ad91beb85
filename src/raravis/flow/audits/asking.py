"""A look of an audit: frames made ready to be shown, the Round that remembers them, and who answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from raravis.flow.answers import AUDIT, Answerer, answer_round
from raravis.flow.audits.units import Units
from raravis.flow.embed import embed_these
from raravis.flow.embedding import thumb_path
from raravis.flow.looks import FOR_AN_AUDIT
from raravis.store import items, labels, progress, rounds, sources
from raravis.store.project import Project
from raravis.types import CANT_TELL, Ints, Label, Packets, Round, Source

DRAWN, LIKELY, END = "drawn", "likely", "end"  # why these rounds ask about a frame, if it is not KNOWN
NOBODY = "raravis"  # who says "can't tell" of a frame that does not decode

Frame = tuple[int, int]  # source id and pts
When = tuple[str, float]  # a timeline and a second on it


@dataclass(frozen=True)
class Sheet:
    """What one look shows: frames, why each, and how likely it was to be drawn."""

    frames: Sequence[Frame]
    reasons: Sequence[str]
    probs: Sequence[float]  # 1: asked on purpose; 0: known, never counts
    params: Mapping[str, Any] = field(default_factory=dict)


def ask(project: Project, concept: str, units: Units, sheet: Sheet, *, seed: int) -> Round:
    """The Round of a sheet, remembered before anyone sees it."""
    ids = ready(project, units.stamp.encoder, sheet.frames)
    with project.begin() as c:
        return rounds.keep(
            c,
            concept,
            ids,
            sheet.probs,
            strategy=AUDIT,
            params=sheet.params,
            reason=sheet.reasons,
            inclusion_prob=sheet.probs,
            encoder=units.stamp.encoder,
            seed=seed,
            labels_up_to=labels.last_id(c),
        )


def answer(project: Project, asked: Round, answerer: Answerer) -> int:
    """How many answers came to what the round still wants answered, each kept as it came; of what was known a yes.

    Frames that do not decode show nothing to anybody: that is a can't tell, given at once.
    """
    with project.begin() as c:
        failed = progress.states(c, "embed", asked.encoder)
        blind = {i for i in asked.ids if str(i) in failed} - labels.answered(c, asked.concept)
        labels.add(c, [Label(i, asked.concept, CANT_TELL, NOBODY, "import", round_id=asked.id) for i in sorted(blind)])
    return len(answer_round(project, asked, answerer))


def ready(project: Project, encoder: str, frames: Sequence[Frame]) -> list[int]:
    """Ids of the items that are these whole frames, made where there were none, each with a small picture."""
    source_id, pts = np.array(frames, np.int64).T
    with project.begin() as c:
        packets = sources.packets_of(c, set(source_id.tolist()))
        end = np.array([_end(packets[source], at) for source, at in frames], np.int64)
        ids = items.add_frames(c, source_id, pts, end, FOR_AN_AUDIT)
    if bare := [id for id in ids if not thumb_path(project.thumbs, id).exists()]:
        embed_these(project, encoder, bare)
    return ids


def when(by_id: Mapping[int, Source], frame: Frame) -> When:
    """When a frame was taken."""
    source = by_id[frame[0]]
    return source.places[0].timeline, source.places[0].starts_at + source.seconds(frame[1])


def _end(packets: Packets, pts: int) -> int:
    return int(packets.ends()[np.searchsorted(packets.pts, pts)])


def frames_of(units: Units, rows: Ints) -> list[Frame]:
    """Source id and pts of units."""
    return list(zip(units.source_id[rows].tolist(), units.pts[rows].tolist(), strict=True))
