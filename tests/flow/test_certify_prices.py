"""What a claim costs: no number that cannot be had, the open questions in it, and what a budget buys."""

from __future__ import annotations

import re

from certify_making import ByTime, certify

from raravis.flow.audits.auditing import Auditing
from raravis.flow.audits.begun import Terms
from raravis.flow.audits.telling import Words
from raravis.flow.collection import load
from raravis.flow.viewing.price import price_to_go
from raravis.store import Project, items, labels
from raravis.types import Label

RED = [(0, 6), (20, 26), (40, 46)]
TERMS = Terms(min_seconds=2.0)


def red(second: float) -> int:
    return 1 if any(start <= second < end for start, end in RED) else -1


def answered(project: Project, seconds: dict[int, int]) -> None:
    """Answers of a person at whole seconds of the street."""
    with project.begin() as c:
        table = items.arrays(c)
        at = {pts // 1000: int(i) for i, pts in zip(table.ids, table.pts.tolist(), strict=True)}
        labels.add(c, [Label(at[second], "red", value, "ann") for second, value in seconds.items()])


def price(lines: list[str]) -> int:
    """The answers that the line with the price names."""
    found = [re.match(r"about ([\d,]+) answers? in .* certify (\d+) %", line) for line in lines]
    return int(next(match[1] for match in found if match).replace(",", ""))


def test_a_recall_that_known_positives_put_out_of_reach_has_no_price(seen: Project) -> None:
    answered(seen, {second: red(second) for second in range(30)})
    said: list[str] = []
    made = certify(seen, ByTime(red), unit="item", known_rate=0.1, budget=0, say=said.append)
    assert not any(re.search(r"answers in .* certify 90 %", line) for line in said)
    line = next(line for line in said if "90 %" in line)
    assert line.startswith(
        "90 % of all sampled frames are out of reach at 95 %, for what people may overlook: all that"
    )
    assert made.price.certifies is not None and 0 < made.price.certifies < 0.9
    assert f"certifies {int(1000 * made.price.certifies + 1e-9) / 10:g} % if nothing more is found" in line
    assert line in [one.rstrip(".") for one in made.statement], "the certificate says it too"


def test_a_recall_that_cannot_tells_put_out_of_reach_has_no_price(seen: Project) -> None:
    answered(seen, {second: red(second) for second in range(30)} | {12: 0, 13: 0})
    said: list[str] = []
    made = certify(seen, ByTime(red), unit="item", recall=0.9, budget=0, say=said.append)
    line = next(line for line in said if "out of reach" in line)
    assert "for at 2 frames one more may show that is not found" in line
    assert made.claim.found == 12 and made.price.certifies == 12 / 14
    assert made.price.answers == 30, "all the unseen: that is what it takes to certify as much"


def test_what_is_asked_is_what_was_priced_when_nothing_more_is_found(seen: Project) -> None:
    answered(seen, {second: red(second) for second in range(60) if second % 2 or red(second) > 0})
    said: list[str] = []
    made = certify(seen, ByTime(red), unit="item", recall=0.8, look=1, say=said.append)
    assert made.claim.holds and made.answers == price(said) > 0


def test_open_questions_are_in_the_price_though_nothing_is_unseen(seen: Project) -> None:
    answered(seen, {second: red(second) for second in range(60) if second not in (29, 31)} | {30: 0})
    audit = Auditing(seen, "red", TERMS)
    assert audit.claim().unseen == 0 and not audit.claim().holds and audit.questions() > 0
    said: list[str] = []
    made = certify(seen, ByTime(red), budget=0, say=said.append)
    assert made.price.answers == audit.questions() == 2
    assert "if all are, about 2 answers in 1 look" in said[1]
    assert not any("about 0 answers" in line for line in (*said, *made.statement))


def test_what_is_asked_about_finds_to_come_is_said_and_counted_once_it_is_known(seen: Project) -> None:
    answered(seen, {second: red(second) for second in range(20)})
    said: list[str] = []
    certify(seen, ByTime(red), budget=0, say=said.append)
    assert "how long an event lasts that is found on the way is asked on top of that" in said
    many = [(start, start + 3) for start in range(12, 60, 8)]
    certify(seen, ByTime(lambda s: 1 if s < 6 or any(a <= s < b for a, b in many) else -1), budget=30, look=6)
    said = []
    certify(seen, ByTime(red), budget=0, recall=0.99, say=said.append)
    told = [re.match(r"each event that is found on the way takes about (\d+) answers? more", line) for line in said]
    assert any(match and 1 <= int(match[1]) <= 12 for match in told)


def test_items_have_no_ends_to_ask_about(seen: Project) -> None:
    answered(seen, {second: red(second) for second in range(20)})
    said: list[str] = []
    certify(seen, ByTime(red), unit="item", budget=0, say=said.append)
    assert not any("on the way" in line for line in said)


def test_with_nothing_found_it_says_what_the_budget_certifies(seen: Project) -> None:
    nothing, said = ByTime(lambda second: -1), list[str]()
    made = certify(seen, nothing, budget=20, say=said.append)
    line = next(line for line in said if line.startswith("20 answers: "))
    rate = re.search(r"fewer than ([\d.,]+) events", line)
    assert rate and f"there are fewer than {rate[1]} events of 2 s or more an hour" in made.statement[0]


def test_a_budget_below_the_price_is_told_what_it_buys(seen: Project) -> None:
    answered(seen, {second: red(second) for second in range(30)})
    said: list[str] = []
    certify(seen, ByTime(red), unit="item", budget=0, recall=0.8, known_rate=0.0, say=said.append)
    draws = price(said)
    for budget, told in ((draws - 1, True), (draws, False)):
        lines = Words(Auditing(seen, "red", Terms(recall=0.8, unit="item")), look=12).before(budget)
        assert any(line.startswith(f"{budget} answers certify about ") for line in lines) == told


def test_what_halves_the_rate_costs_is_in_the_certificate(seen: Project) -> None:
    nothing = ByTime(lambda second: -1)
    made = certify(seen, nothing, budget=12)
    line = made.statement[-1]
    match = re.match(r"Half of that takes about (\d+) answers in .*: there are fewer than ([\d.,]+) events", line)
    assert match
    then = certify(seen, nothing, budget=int(match[1]))
    assert f"there are fewer than {match[2]} events" in then.statement[0]


def test_before_an_audit_a_price_that_cannot_be_had_is_not_named(seen: Project) -> None:
    answered(seen, {second: red(second) for second in range(30) if not 8 < second < 18} | {13: 0})
    told = price_to_go(seen, load(seen), "red")
    assert told is not None and "are out of reach at 95 %" in told and "certify 90 %" not in told
