"""What an audit asks once more, and how it ends when it is cut off, sown anew, or its collection is gone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import media_making as making
import pytest
from certify_making import ByTime, certify
from flow_making import collect

from raravis import flow
from raravis.errors import InputError
from raravis.flow.answers import Chip
from raravis.flow.audits.file import verify
from raravis.store import Project, items, labels

RED = [(0, 6), (20, 26), (40, 46)]


def red(second: float) -> int:
    return 1 if any(start <= second < end for start, end in RED) else -1


def unsure(low: float, high: float) -> Any:
    """Answers that cannot tell from low to high."""
    return lambda second: 0 if low <= second < high else red(second)


@pytest.mark.parametrize("moment", [9, 11, 31, 59])
def test_beside_a_moment_where_nobody_can_tell_two_noes_settle_it(seen: Project, moment: float) -> None:
    made = certify(seen, ByTime(unsure(moment, moment + 1)), recall=0.99, census=True)
    assert (made.claim.found, made.claim.cant_tell, made.claim.recall_low) == (3, 0, 1.0)
    assert verify(Path(made.files["json"]))["claim"]["found"] == 3


def test_fog_that_no_answer_lifts_is_asked_about_a_few_times_only(seen: Project) -> None:
    who = ByTime(unsure(28, 36))
    made = certify(seen, who, recall=0.99)
    in_fog = [at for at, _ in who.asked if 28 <= at < 36]
    assert made.claim.cant_tell > 0 and 4 <= len(in_fog) <= 5 * 4 and len(set(in_fog)) == len(in_fog)
    assert made.statement[-1] == "Everything was looked at: no further look can raise the claim."


def withdraw(project: Project, count: int) -> list[int]:
    """Takes the oldest no's back, which are of no look that still waits."""
    with project.begin() as c:
        noes = [one for one in labels.current(c, "red") if one.value == -1][:count]
        for one in noes:
            labels.withdraw(c, one.item_id, "red", by=one.by, source=one.source, round_id=one.round_id)
    return [one.item_id for one in noes]


@pytest.mark.parametrize("unit", ["item", "event"])
@pytest.mark.parametrize("census", [True, False])
def test_what_was_taken_back_is_asked_again(seen: Project, unit: str, census: bool) -> None:
    whole = certify(seen, ByTime(red), unit=unit, recall=0.99)
    certify(seen, ByTime(red), unit=unit, recall=0.99, census=True)
    lost = withdraw(seen, 2)
    told = certify(seen, ByTime(red), unit=unit, recall=0.99, budget=0)
    if unit == "item":
        assert not told.claim.holds and told.price.answers >= 2
    who = ByTime(red)
    made = certify(seen, who, unit=unit, recall=0.99, census=census)
    with seen.read() as c:
        assert unit == "event" or set(lost) <= labels.answered(c, "red")
    assert made.claim.recall_low == whole.claim.recall_low == 1.0 and made.claim.cant_tell == 0
    assert len(who.asked) <= 2


def test_answers_of_an_earlier_search_that_were_taken_back_are_asked_again(seen: Project) -> None:
    flow.ask(seen, "red", strategy="random", k=50)
    flow.label(seen, "red", ByTime(red))
    certify(seen, ByTime(red), unit="item", recall=0.99, budget=4)
    withdraw(seen, 8)
    who = ByTime(red)
    assert certify(seen, who, unit="item", recall=0.99).claim.recall_low == 1.0 and len(who.asked) == 14


class Interrupted(ByTime):
    """Presses Ctrl-C at the second sheet."""

    def __call__(self, chips: Sequence[Chip]) -> Any:
        if self.asked:
            raise KeyboardInterrupt
        return super().__call__(chips)


def test_a_run_that_is_cut_off_leaves_the_certificate_of_what_was_answered(seen: Project) -> None:
    with pytest.raises(KeyboardInterrupt):
        certify(seen, Interrupted(red), unit="item", recall=0.99)
    made = verify(seen.exports / "red" / "certificate-item.json")
    assert made["claim"]["draws"] + made["claim"]["searched"] == 12 and made["claim"]["unseen"] == 48


def test_a_search_until_a_claim_holds_that_is_cut_off_leaves_it_too(seen: Project, street: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        flow.find(
            seen, [street / "film"], "red", answerer=Interrupted(red), encoder="toy", until="recall=0.9,unit=item"
        )
    assert verify(seen.exports / "red" / "certificate-item.json")["claim"]["searched"] >= 0


def test_a_seed_given_to_an_audit_that_began_with_another_is_refused(seen: Project) -> None:
    certify(seen, ByTime(red), unit="item", budget=12, seed=3)
    with pytest.raises(InputError, match=r"began with the seed 3, got 4; .* leave --seed out, or begin again"):
        certify(seen, ByTime(red), unit="item", budget=12, seed=4)
    certify(seen, ByTime(red), unit="item", budget=1, seed=3)
    made = certify(seen, ByTime(red), unit="item", budget=1)
    assert json.loads(Path(made.files["json"]).read_text())["audit"]["seed"] == 3
    again = certify(seen, ByTime(red), unit="item", budget=1, seed=4, anew=True)
    assert json.loads(Path(again.files["json"]).read_text())["audit"]["seed"] == 4


def test_a_search_goes_on_with_an_audit_of_another_seed(seen: Project, street: Path) -> None:
    certify(seen, ByTime(red), unit="item", budget=12, seed=3)
    found = flow.find(
        seen, [street / "film"], "red", answerer=ByTime(red), encoder="toy", until="recall=0.5,unit=item", seed=5
    )
    assert json.loads(Path(found.exports["certificate.json"]).read_text())["audit"]["seed"] == 3


def test_what_is_gone_from_a_frozen_collection_is_named_and_how_much_is_left(seen: Project, tmp_path: Path) -> None:
    making.film(tmp_path / "more" / "late.mp4", 10, shade=60)
    collect(seen, tmp_path / "more")
    certify(seen, ByTime(red), budget=12)
    flow.forget(seen, "late.mp4")
    words = (
        r"it froze 35 event units, 30 are left in 1 of 2 files, without late\.mp4; a certificate written before still"
    )
    with pytest.raises(InputError, match=words):
        certify(seen, ByTime(red))


def test_events_are_not_sought_in_stills_before_they_are_embedded(project: Project, tmp_path: Path) -> None:
    making.still(tmp_path / "stills" / "a.jpg")
    with pytest.raises(InputError, match=r"stills last no time, .* wanted the unit item: --until recall=0.8,unit=item"):
        flow.find(project, [tmp_path / "stills"], "red", answerer=ByTime(red), encoder="toy", until="recall=0.8")
    with project.read() as c:
        assert items.count(c) == 0
    found = flow.find(
        project, [tmp_path / "stills"], "red", answerer=ByTime(red), encoder="toy", until="recall=0.8,unit=item"
    )
    assert "certificate.json" in found.exports
