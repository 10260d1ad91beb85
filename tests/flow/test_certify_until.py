"""find --until: the search and the audit take turns until the claim holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flow_making import Scripted, by_oracle

from raravis import flow
from raravis.errors import InputError
from raravis.flow.audits.auditing import Auditing
from raravis.flow.audits.begun import Terms
from raravis.flow.audits.until import Both, find_until, terms_of
from raravis.flow.campaign import Campaign
from raravis.store import Project, labels, rounds

ITEMS = Terms(recall=0.5, unit="item")


def both(project: Project, street: Path, terms: Terms = ITEMS) -> Both:
    who = by_oracle(project, street / "oracle.csv")
    return Both(lambda: Campaign(project, "red", strategy="margin"), lambda: Auditing(project, "red", terms), who, who)


def turns(project: Project) -> str:
    """One letter a look: s a search's, a an audit's."""
    with project.read() as c:
        return "".join("a" if made.strategy == "audit" else "s" for made in rounds.all(c, "red"))


def answers(project: Project) -> int:
    with project.read() as c:
        return len(labels.answered(c, "red"))


def test_what_is_asked_for_can_be_read() -> None:
    assert terms_of("recall=0.9", gap_seconds=2.0) == Terms(0.9, 0.95, "event", 5.0, 2.0)
    assert terms_of("recall=0.8, unit=item, confidence=0.9", gap_seconds=1.0) == Terms(0.8, 0.9, "item")
    assert terms_of("recall=0.8,min_seconds=1/2", gap_seconds=1.0).min_seconds == 0.5


@pytest.mark.parametrize(
    "text", ["", "0.9", "recall", "recall=most", "recall=0.9,unit=day", "recall=0.9,gap_seconds=3"]
)
def test_what_cannot_be_read_is_told_with_what_is_wanted(text: str) -> None:
    with pytest.raises(InputError, match="wanted recall="):
        terms_of(text, gap_seconds=1.0)


def test_it_searches_first_and_then_audits_until_the_claim_holds(seen: Project, street: Path) -> None:
    one = both(seen, street)
    given = one.run(look=4, budget=1000)
    assert one.auditing.claim().holds and one.auditing.claim().unseen > 0
    assert turns(seen).startswith("s") and turns(seen).endswith("a")
    assert given == answers(seen)


def test_the_budget_is_kept(seen: Project, street: Path) -> None:
    one = both(seen, street)
    assert one.run(look=4, budget=10) == answers(seen) == 10
    assert not one.auditing.claim().holds


def test_stopped_anywhere_it_goes_on_with_the_same_audit(seen: Project, street: Path) -> None:
    both(seen, street).run(look=4, budget=30)
    again = both(seen, street)
    assert again.run(look=4, budget=1000) > 0 and again.auditing.claim().holds
    with seen.read() as c:
        numbers = {made.params["audit"]["number"] for made in rounds.all(c, "red") if made.strategy == "audit"}
    assert numbers == {1}


def test_where_nothing_is_there_the_search_gives_way(seen: Project, street: Path, tmp_path: Path) -> None:
    (tmp_path / "no.csv").write_text(
        (street / "oracle.csv").read_text().splitlines()[0] + "\nstreet.mp4,red,1,70,71" + "," * 4
    )
    who = by_oracle(seen, tmp_path / "no.csv")
    one = Both(lambda: Campaign(seen, "red", strategy="random"), lambda: Auditing(seen, "red", ITEMS), who, who)
    one.run(look=4, budget=48)
    assert "a" in turns(seen)


def test_a_person_who_stops_the_search_is_not_asked_to_audit(seen: Project) -> None:
    who: Any = Scripted(-1, -1)
    one = Both(lambda: Campaign(seen, "red", strategy="margin"), lambda: Auditing(seen, "red", ITEMS), who, who)
    assert one.run(look=4, budget=1000) == 2 and turns(seen) == "s"
    nobody: Any = Scripted()
    one = Both(
        lambda: Campaign(seen, "red", strategy="margin"), lambda: Auditing(seen, "red", ITEMS), nobody, Scripted(1)
    )
    assert one.run(look=4, budget=1000) == 0 and turns(seen) == "s"


def test_it_says_the_price_and_then_the_claim_and_writes_the_certificate(seen: Project, street: Path) -> None:
    said: list[str] = []
    who = by_oracle(seen, street / "oracle.csv")
    files = find_until(ITEMS, lambda: Campaign(seen, "red", strategy="margin"), who, look=4, budget=8, say=said.append)
    made = json.loads(files["json"].read_text())
    assert said[0].startswith("0 sampled frames found so far; 60 sampled frames") and made["statement"][0] in said
    assert said[-1] == "the budget is spent, after 8 answers of this run; raise it to go on"


def test_find_writes_the_certificate_beside_its_other_exports(seen: Project, street: Path) -> None:
    found = flow.find(
        seen,
        [street / "film"],
        "red",
        oracle=street / "oracle.csv",
        encoder="toy",
        budget=500,
        until="recall=0.5,unit=item",
    )
    made = json.loads(Path(found.exports["certificate.json"]).read_text())
    assert made["claim"]["holds"] and "events.csv" in found.exports["csv"] and found.answers < 60


def test_find_refuses_what_cannot_be_read_before_it_reads_any_file(project: Project, street: Path) -> None:
    with pytest.raises(InputError, match="cannot read --until"):
        flow.find(project, [street / "film"], "red", oracle=street / "oracle.csv", until="soon")
    assert flow.status(project)["collection"]["sources"] == 0


def test_who_stops_at_a_sheet_is_asked_nothing_more(
    seen: Project, street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Both, "worth_a_search", lambda both: False)
    who, auditor = by_oracle(seen, street / "oracle.csv"), Scripted()
    flow.ask(seen, "red", strategy="random", k=12)
    assert 1 in flow.label(seen, "red", who).values(), "an event, whose ends are open"
    settings: dict[str, Any] = {"encoder": "toy", "until": "recall=0.9,min_seconds=2", "precision": 0.0}
    flow.find(seen, [street / "film"], "red", answerer=who, auditor=auditor, **settings)
    with seen.read() as c:
        assert [made.strategy for made in rounds.all(c, "red")] == ["random", "audit"]
