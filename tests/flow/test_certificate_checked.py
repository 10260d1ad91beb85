"""What a certificate's file must hold to be believed: draws in their order, numbers, and what it assumes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flow_making import Scripted, by_oracle

from raravis import flow
from raravis.errors import InputError
from raravis.flow.answers import OracleAnswerer
from raravis.flow.audits.file import digest, verify
from raravis.store import Project, labels


def refitted(path: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    """The file, changed, with a digest that fits."""
    made = json.loads(path.read_text(encoding="utf-8"))
    change(made)
    rest = {name: value for name, value in made.items() if name != "digest"}
    path.write_text(json.dumps({**rest, "digest": digest(rest)}), encoding="utf-8")
    return path


def drawn(made: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in made["steps"] if step["kind"] == "draw"]


@pytest.fixture
def certificate(seen: Project, street: Path) -> Path:
    """Of frames, with draws in it that were answered yes and others that were not."""
    who = by_oracle(seen, street / "oracle.csv")
    made = flow.certify(seen, "red", who, unit="item", recall=0.3, look=4, seed=3, known_rate=0.0)
    assert made.claim.draws > 5 and made.claim.hits > 0
    return Path(made.files["json"])


def swap(made: dict[str, Any]) -> None:
    """Two draws change places, each with the chance that its place had; the claim stays as it is."""
    one, other = [step for step in drawn(made) if step["answer"] == -1][:2]
    for name in ("unit", "source", "footage", "start", "end"):
        one[name], other[name] = other[name], one[name]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda made: [step.update(probability=float("nan")) for step in drawn(made)], "holds NaN, which is no number"),
        (lambda made: drawn(made)[0].update(probability=float("inf")), "holds Infinity, which is no number"),
        (swap, "seed 3 of audit 1 gives another then: it does not hold"),
        (lambda made: made["audit"].update(seed=4), "seed 4 of audit 1 gives another then"),
        (lambda made: made["audit"].update(number=2), "seed 3 of audit 2 gives another then"),
        (lambda made: made.update(assumptions=[]), "does not say what it assumes"),
        (lambda made: made.update(assumptions="none"), "does not say what it assumes"),
        (lambda made: made.pop("assumptions"), "a part is missing or misshapen"),
    ],
)
def test_a_certificate_that_was_made_to_fit_is_refused(certificate: Path, change: Any, why: str) -> None:
    assert verify(certificate)
    with pytest.raises(InputError, match=why):
        verify(refitted(certificate, change))


def test_an_audit_that_was_stopped_and_corrected_is_drawn_in_the_order_of_its_seed(seen: Project, street: Path) -> None:
    truth = by_oracle(seen, street / "oracle.csv")
    settings: dict[str, Any] = {"unit": "item", "recall": 0.8, "look": 6, "seed": 8, "known_rate": 0.3}
    flow.certify(seen, "red", Scripted(-1, 1, -1), **settings)
    flow.ask(seen, "red", strategy="random", k=7)
    flow.label(seen, "red", truth)
    for answers in ((1, 1, None, -1, 0), (-1, None, -1, -1), (1, -1, 0, -1, -1, -1, -1, -1, 1)):
        made = flow.certify(seen, "red", Scripted(*answers), **settings)
        assert verify(Path(made.files["json"]))
    made = flow.certify(seen, "red", truth, **settings)
    assert verify(Path(made.files["json"]))["claim"]["draws"] > 5


class Failing(OracleAnswerer):
    """An oracle that gives out after five answers."""

    def __call__(self, chips: Any) -> Any:
        for position, value in super().__call__(chips):
            if position == 5:
                raise OSError("the line is down")
            yield position, value


@pytest.mark.parametrize("source", ["oracle", "human"])
def test_every_answer_before_an_oracle_fails_is_kept(seen: Project, street: Path, source: str) -> None:
    who = Failing(by_oracle(seen, street / "oracle.csv").oracle, "red", source=source)
    asked = flow.ask(seen, "red", strategy="random", k=20)
    assert asked is not None
    with pytest.raises(OSError, match="the line is down"):
        flow.label(seen, "red", who)
    with seen.read() as c:
        assert labels.answered(c, "red") == set(asked.ids[:5])
