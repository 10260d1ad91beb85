"""Answers to drawn units → what the recall is at least, at a stated confidence, whenever one looks.

Pure: arrays and numbers in, numbers out. `Audit` runs, `recompute` verifies; prices are known beforehand.
"""

from raravis.certify.audit import SEARCHED, Audit
from raravis.certify.ledger import Claim, Ledger, Step, recompute
from raravis.certify.misses import miss_rate_upper, total_upper, visible_allowed
from raravis.certify.order import draw_order, out_of_order
from raravis.certify.price import (
    best_recall,
    census_is_the_price,
    draws_to_go,
    floor,
    halved,
    misses_allowed,
    most_for,
    rate_upper,
)

__all__ = [
    "SEARCHED",
    "Audit",
    "Claim",
    "Ledger",
    "Step",
    "best_recall",
    "census_is_the_price",
    "draw_order",
    "draws_to_go",
    "floor",
    "halved",
    "miss_rate_upper",
    "misses_allowed",
    "most_for",
    "out_of_order",
    "rate_upper",
    "recompute",
    "total_upper",
    "visible_allowed",
]
