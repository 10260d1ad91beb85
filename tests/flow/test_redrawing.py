"""Looks of audits and rounds about open ends, made again by replay."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flow_making import Scripted, by_oracle, collect
from sqlalchemy import update

from raravis import flow
from raravis.flow.replay import Replayed, replay
from raravis.store import Project, concepts, progress, rounds, schema
from raravis.store.progress import Mark
from raravis.types import Round


def audits(project: Project) -> list[tuple[Round, Replayed]]:
    with project.read() as c:
        made = {one.id: one for one in rounds.all(c, "red")}
    return [(made[one.round], one) for one in replay(project, "red") if one.strategy == "audit"]


def outcomes(project: Project) -> list[str]:
    return [one.outcome for one in replay(project, "red")]


def edit(project: Project, number: int, **columns: Any) -> None:
    with project.begin() as c:
        c.execute(update(schema.rounds).where(schema.rounds.c.id == number).values(**columns))


@pytest.mark.parametrize("unit", ["item", "event"])
def test_what_an_audit_drew_is_drawn_again(seen: Project, street: Path, unit: Any) -> None:
    truth = by_oracle(seen, street / "oracle.csv")
    settings: dict[str, Any] = {"unit": unit, "min_seconds": 1.6, "look": 5, "seed": 4, "recall": 0.9}
    flow.certify(seen, "red", Scripted(-1, -1), **settings, known_rate=0.0)
    flow.ask(seen, "red", strategy="random", k=6)
    flow.label(seen, "red", truth)
    flow.certify(seen, "red", truth, **settings, budget=20)
    flow.certify(seen, "red", truth, **settings, anew=True, known_rate=0.2)
    drawn = Counter(why for made, _ in audits(seen) for why in made.reason)
    assert drawn["drawn"] > 10 and len(drawn) > 1
    for made, again in audits(seen):
        only = set(made.reason)
        wanted = "same" if only == {"drawn"} else "same draws" if "drawn" in only else "not remade"
        assert (again.outcome, bool(again.why)) == (wanted, wanted == "not remade")


@pytest.mark.parametrize("change", ["item", "chance", "order", "reason"])
def test_a_look_whose_draws_are_not_those_of_its_audit_differs_and_no_other_does(seen: Project, change: str) -> None:
    flow.certify(seen, "red", Scripted(*[-1] * 16), unit="item", look=4, budget=16, known_rate=0.0)
    first, then = [made for made, _ in audits(seen)][:2]
    one, other, *steps = then.params["steps"]
    changed: dict[str, dict[str, Any]] = {
        "item": {"ids": [first.ids[0], *then.ids[1:]]},
        "reason": {"reason": ["likely", *then.reason[1:]]},
        "chance": {"inclusion_prob": [0.5, *then.scores[1:]]},
        "order": {"params": {**then.params, "steps": [[*other[:2], one[2]], [*one[:2], other[2]], *steps]}},
    }
    assert outcomes(seen) == ["same"] * 4
    edit(seen, then.id, **changed[change])
    assert outcomes(seen) == ["same", "differs", "same", "same"]
    if change == "item":
        assert replay(seen)[1].why.startswith(f"item {first.ids[0]} was drawn, now what street.mp4 shows at ")


def test_looks_of_another_seed_differ(seen: Project) -> None:
    flow.certify(seen, "red", Scripted(*[-1] * 16), unit="item", look=4, budget=16, known_rate=0.0)
    (first, _), *_ = audits(seen)
    edit(seen, first.id, params={**first.params, "audit": {**first.params["audit"], "seed": 9}})
    assert set(outcomes(seen)) == {"differs"}


def test_an_audit_of_what_is_gone_is_not_remade(seen: Project, street: Path) -> None:
    flow.certify(seen, "red", by_oracle(seen, street / "oracle.csv"), unit="item", budget=9, known_rate=0.0)
    flow.forget(seen, "street.mp4")
    assert all(one.outcome == "not remade" for one in replay(seen, "red"))


def prepared(project: Project, street: Path) -> Any:
    collect(project, street / "film", sample="every:7")
    with project.begin() as c:
        concepts.add(c, "red")
    truth = by_oracle(project, street / "oracle.csv")
    flow.ask(project, "red", strategy="random", k=9, place_ends=False)
    flow.label(project, "red", truth)
    return truth


def test_rounds_about_open_ends_are_made_again(project: Project, street: Path) -> None:
    truth = prepared(project, street)
    flow.refine(project, "red", truth, precision=2.0, look=2)
    flow.refine(project, "red", Scripted(1, None, -1))
    flow.refine(project, "red", truth, gap_seconds=0.5)
    about_ends = [one for one in replay(project, "red") if one.strategy == "ends"]
    assert {one.outcome for one in about_ends} == {"same"} and len(about_ends) > 8


def test_a_round_about_open_ends_that_asked_otherwise_differs(project: Project, street: Path) -> None:
    flow.refine(project, "red", prepared(project, street), look=2)
    with project.read() as c:
        made = [one for one in rounds.all(c, "red") if "precision" in one.params]
    edit(project, made[1].id, ids=list(reversed(made[1].ids)))
    by_id = {one.round: one for one in replay(project, "red")}
    assert by_id[made[0].id].outcome == "same" and by_id[made[1].id].outcome == "differs"
    assert by_id[made[1].id].why.startswith(f"place 1 showed item {made[1].ids[1]}, now item {made[1].ids[0]}")


def test_a_round_about_open_ends_is_not_remade_once_what_it_follows_from_is_another(
    project: Project, street: Path
) -> None:
    flow.refine(project, "red", prepared(project, street), precision=2.0)
    with project.begin() as c:
        last = [one for one in rounds.all(c, "red") if "precision" in one.params][-1]
        progress.mark_all(c, "embed", "toy-1", [Mark(str(last.ids[0]), "failed", "broken", 1)])
    why = {one.why for one in replay(project, "red") if one.strategy == "ends" and one.outcome == "not remade"}
    assert why == {"open ends are others since: frames that do not decode 0 then, 1 now"}
    collect(project, street / "film", sample="every:5")
    assert any("items sampled 9 then, " in one.why for one in replay(project, "red"))
    edit(project, last.id, params={name: last.params[name] for name in ("k", "precision", "gap_seconds")})
    assert replay(project, "red")[-1].why.startswith("made by a version that did not keep what a round about open")
