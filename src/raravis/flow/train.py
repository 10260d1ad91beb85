"""train: every answer about a concept → its calibrated head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from raravis.errors import InputError
from raravis.flow.campaign import Campaign, ends_in_use
from raravis.flow.collection import load
from raravis.flow.tell import Say, quiet
from raravis.store import heads, labels
from raravis.store.project import Project
from raravis.train import calibrate
from raravis.types import Head, Ints


def train(project: Project, concept: str, *, encoder: str | None = None, seed: int = 0, say: Say = quiet) -> Head:
    """The new head, kept as the concept's newest. Same answers, vectors and seed: same head.

    What follows from the answers teaches too, with the weight of propagated labels. `say` hears why probabilities stay
    uncalibrated. Raises InputError for an unknown concept, or while only yes or only no is known.
    """
    campaign = Campaign(project, concept, ends=ends_in_use(project, concept), encoder=encoder, seed=seed)
    return train_on(campaign, say=say)


def train_on(campaign: Campaign, *, say: Say = quiet) -> Head:
    """The same, on what a campaign holds already."""
    project, concept = campaign.project, campaign.concept
    made = calibrate.train(campaign.search.pool, np.random.default_rng(campaign.seed))
    if made is None:
        raise InputError(f"nothing to train {concept!r} from: it takes at least one yes, or one example picture")
    fit, calibration = made
    if calibration.note:
        say(calibration.note)
    with project.begin() as c:
        seen = _taught_by(c, concept, campaign.collection.vectors.ids)
        head = Head(
            names=(concept,),
            weight=fit.weight[:, None],
            bias=np.array([fit.bias], np.float32),
            calibration=np.array([[calibration.slope], [calibration.offset]], np.float32),
            threshold=np.array([calibration.threshold], np.float32),
            encoder=campaign.collection.vectors.encoder,
            trained_on=seen,
        )
        heads.add(c, concept, head, calibration.note or f"{len(seen)} answers, calibrated on {calibration.answers}")
    return head


def taught_by(project: Project, concepts: Sequence[str], encoder: str) -> tuple[int, ...]:
    """Ids of the labels that somebody gave about the concepts, of items that have a vector under an encoder."""
    ids = load(project, encoder).vectors.ids
    with project.read() as c:
        return tuple(sorted(label for concept in concepts for label in _taught_by(c, concept, ids)))


def _taught_by(c: Any, concept: str, item_ids: Ints) -> tuple[int, ...]:
    latest = labels.latest(c, concept)
    return tuple(latest.label_id[latest.given() & np.isin(latest.item_id, item_ids)].tolist())
