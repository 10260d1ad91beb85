"""train: every answer about a concept → its calibrated head."""

from __future__ import annotations

import numpy as np

from raravis.errors import InputError
from raravis.flow.campaign import Campaign, ends_in_use
from raravis.store import heads, labels
from raravis.store.project import Project
from raravis.train import calibrate
from raravis.types import Head


def train(project: Project, concept: str, *, encoder: str | None = None, seed: int = 0) -> Head:
    """The new head, kept as the concept's newest. Same answers, vectors and seed: same head.

    What follows from the answers teaches too, with the weight of propagated labels. Raises InputError for an unknown
    concept, or while only yes or only no is known.
    """
    return train_on(Campaign(project, concept, ends=ends_in_use(project, concept), encoder=encoder, seed=seed))


def train_on(campaign: Campaign) -> Head:
    """The same, on what a campaign holds already."""
    project, concept = campaign.project, campaign.concept
    made = calibrate.train(campaign.search.pool, np.random.default_rng(campaign.seed))
    if made is None:
        raise InputError(f"nothing to train {concept!r} from: it takes at least one yes, or one example picture")
    fit, calibration = made
    with project.begin() as c:
        latest = labels.latest(c, concept)
        taught = latest.given() & np.isin(latest.item_id, campaign.collection.vectors.ids)
        seen = tuple(latest.label_id[taught].tolist())
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
