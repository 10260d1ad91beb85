"""Looks of audits and rounds about open ends, made again by replay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flow_making import Scripted, by_oracle, collect
from sqlalchemy import update

from raravis import flow
from raravis.flow.answers import Chip, OracleAnswerer
from raravis.flow.audits import asking
from raravis.flow.audits.auditing import Auditing
from raravis.flow.audits.begun import Terms
from raravis.flow.replay import Replayed, replay
from raravis.store import Project, concepts, items, labels, progress, rounds, schema
from raravis.store.progress import Mark
from raravis.types import Label, Round


def audits(project: Project) -> list[tuple[Round, Replayed]]:
    with project.read() as c:
        made = {one.id: one for one in rounds.all(c, "red")}
    return [(made[one.round], one) for one in replay(project, "red") if one.strategy == "audit"]


def outcomes(project: Project) -> list[str]:
    return [one.outcome for one in replay(project, "red")]


def edit(project: Project, number: int, **columns: Any) -> None:
    with project.begin() as c:
        c.execute(update(schema.rounds).where(schema.rounds.c.id == number).values(**columns))


class OnSheets(OracleAnswerer):
    """An oracle that takes itself for a person: known ones are mixed into its sheets. It stops after `most` answers."""

    source = "human"
    most = 1_000_000

    def __call__(self, chips: Sequence[Chip]) -> Iterator[tuple[int, int | None]]:
        for position, value in super().__call__(chips):
            self.most -= 1
            self.stopped = self.most < 0
            if self.stopped:
                return
            yield position, value


def on_sheets(project: Project, street: Path, most: int = 1_000_000) -> OnSheets:
    who = OnSheets(by_oracle(project, street / "oracle.csv").oracle, "red", source="human")
    who.most = most
    return who


def audited(project: Project, street: Path, unit: Any) -> None:
    """Two audits with drawn, likely and known frames and ends of events on their sheets, one of three processes."""
    settings: dict[str, Any] = {"unit": unit, "min_seconds": 1.6, "look": 5, "seed": 4, "recall": 0.9}
    flow.certify(project, "red", Scripted(-1, -1), **settings, known_rate=0.0)
    flow.ask(project, "red", strategy="random", k=6)
    flow.label(project, "red", by_oracle(project, street / "oracle.csv"))
    flow.certify(project, "red", on_sheets(project, street), **settings, budget=20)
    settings |= {"known_rate": 0.3, "seed": None}
    flow.certify(project, "red", on_sheets(project, street, most=18), **settings, anew=True)
    flow.certify(project, "red", on_sheets(project, street), **settings)


@pytest.mark.parametrize("unit", ["item", "event"])
def test_every_look_of_an_audit_is_made_again(seen: Project, street: Path, unit: Any) -> None:
    audited(seen, street, unit)
    again = audits(seen)
    shown = Counter(why for made, _ in again for why in made.reason)
    assert shown["drawn"] > 10 and shown["known"] > 1 and shown["likely"] > 1 and (unit == "item" or shown["end"] > 1)
    assert [(one.outcome, one.why) for _, one in again] == [("same", "")] * len(again) and len(again) > 8
    resumed = [made.params["resumed"] for made, _ in again]
    assert 4 <= sum(resumed) < len(resumed), "several processes, each of several looks"


@pytest.mark.parametrize("unit", ["item", "event"])
def test_looks_that_take_turns_with_a_search_are_made_again(seen: Project, street: Path, unit: Any) -> None:
    with seen.begin() as c:
        concepts.add(c, "red")
    who = by_oracle(seen, street / "oracle.csv")
    auditing = Auditing(seen, "red", Terms(unit=unit, min_seconds=1.6), seed=3)
    for _ in range(4):
        look = auditing.look(4, known_rate=0.3)
        assert look is not None
        asking.answer(seen, look, who)
        for _ in range(2):
            auditing.refresh()
            flow.ask(seen, "red", strategy="random", k=2)
            flow.label(seen, "red", who)
        auditing.refresh()
    again = [made.params for made, _ in audits(seen)]
    assert [len(params["heard"]) for params in again] == [1, 3, 3, 3]
    assert sum(len(params["scored"]) for params in again) > 1, "scored anew on the way"
    assert {one.outcome for _, one in audits(seen)} == {"same"}


def test_looks_of_a_census_are_made_again(seen: Project, street: Path) -> None:
    flow.certify(seen, "red", on_sheets(seen, street), unit="item", look=4, census=True, known_rate=0.2)
    assert len(audits(seen)) > 10 and set(outcomes(seen)) == {"same"}


def test_looks_after_an_answer_was_taken_back_are_made_again(seen: Project, street: Path) -> None:
    settings: dict[str, Any] = {"unit": "item", "look": 5, "recall": 0.9, "known_rate": 0.0}
    flow.certify(seen, "red", by_oracle(seen, street / "oracle.csv"), **settings, budget=10)
    (first, _), *_ = audits(seen)
    with seen.begin() as c:
        labels.withdraw(c, first.ids[0], "red", by="ann")
    flow.certify(seen, "red", by_oracle(seen, street / "oracle.csv"), **settings, budget=10)
    assert first.ids[0] in audits(seen)[2][0].ids
    assert set(outcomes(seen)) == {"same"}


def test_of_looks_of_older_versions_what_they_drew_is_drawn_again(seen: Project, street: Path) -> None:
    audited(seen, street, "event")
    for made, _ in audits(seen):
        kept = {name: made.params[name] for name in ("audit", "steps", "known_rate")}
        edit(seen, made.id, params=kept)
    for made, again in audits(seen):
        only = set(made.reason)
        wanted = "same" if only == {"drawn"} else "same draws" if "drawn" in only else "not remade"
        assert (again.outcome, bool(again.why)) == (wanted, wanted != "same")


def test_a_look_that_had_another_known_positive_differs_and_those_after_it_are_drawn_again(
    seen: Project, street: Path
) -> None:
    audited(seen, street, "item")
    looks = [made for made, _ in audits(seen)]
    at = next(at for at, made in enumerate(looks) if "known" in made.reason and "drawn" in made.reason)
    changed, place = looks[at], looks[at].reason.index("known")
    other = next(id for made in looks for id in made.ids if id not in changed.ids)
    edit(seen, changed.id, ids=[*changed.ids[:place], other, *changed.ids[place + 1 :]])
    again = [one for _, one in audits(seen)]
    assert again[at].outcome == "differs" and f"place {place + 1} showed street.mp4 at " in again[at].why
    assert again[at].why.endswith("its units were scored with the same versions")
    after = again[at + 1].outcome if not looks[at + 1].params["resumed"] else "same draws"
    assert after in ("same draws", "not remade") and {one.outcome for one in again[:at]} == {"same"}


def test_a_look_that_left_out_what_it_took_differs(seen: Project, street: Path) -> None:
    audited(seen, street, "item")
    looks = [made for made, _ in audits(seen)]
    at = next(at for at, made in enumerate(looks) if any(kind == "search" for kind, *_ in made.params["steps"]))
    kept = [step for step in looks[at].params["steps"] if step[0] != "search"]
    edit(seen, looks[at].id, params={**looks[at].params, "steps": kept})
    again = [one for _, one in audits(seen)]
    assert {one.outcome for one in again[:at]} <= {"same"} and again[at].outcome == "differs"


def test_crops_that_were_made_later_change_nothing(seen: Project, street: Path) -> None:
    with seen.begin() as c:
        concepts.add(c, "red")
        whole = items.arrays(c).take(slice(0, 6))
        half = np.tile([0.0, 0.0, 0.5, 1.0], (6, 1))
        between = whole.pts + 1  # frames of which there is no other item
        items.add(c, whole.source_id, between, whole.end, half, np.ones(6), "onnx")
        crops = np.setdiff1d(items.all_ids(c), items.arrays(c).ids[:-6])
        labels.add(c, [Label(one, "red", -1, "ann") for one in crops.tolist()])
    flow.embed(seen, encoder="toy")
    settings: dict[str, Any] = {"unit": "item", "look": 6, "budget": 18, "known_rate": 0.0}
    flow.certify(seen, "red", by_oracle(seen, street / "oracle.csv"), **settings)
    with seen.begin() as c:
        items.add(c, whole.source_id, between, whole.end, 1 - half[:, [2, 3, 0, 1]], np.ones(6), "another")
    assert set(outcomes(seen)) == {"same"}


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
