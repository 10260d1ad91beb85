"""What status says of items that were answered both yes and no."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from raravis.store import Project, items, labels
from raravis.types import Label


def test_status_counts_items_answered_both_yes_and_no(raravis: Any, here: Path) -> None:
    with Project.open(here / "raravis-project") as project, project.begin() as c:
        a, b = items.arrays(c).ids[:2].tolist()
        labels.add(c, [Label(a, "red", 1, "ann"), Label(b, "red", 1, "ann"), Label(a, "red", -1, "bob")])
    out = raravis("status")[1]
    assert "\nred: 1 item was answered both yes and no; the later answer counts\n" in out
    concept = json.loads(raravis("status", "--json")[1])["concepts"][0]
    assert (concept["answers"], concept["yes"], concept["no"], concept["contradicted"]) == (2, 1, 1, 1)


def test_where_nothing_contradicts_nothing_is_said(raravis: Any, here: Path) -> None:
    assert "both yes and no" not in raravis("status")[1]
