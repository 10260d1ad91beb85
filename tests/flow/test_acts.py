"""Acts: kept all or none, sent twice without harm, and taken back as deep as they go."""

from __future__ import annotations

import pytest

from raravis.errors import InputError
from raravis.flow.answering.acts import Answer, NotThereError, give, standing, undo
from raravis.store import Project, concepts, labels, leases, rounds
from raravis.types import NO, YES


def said(project: Project) -> dict[int, int]:
    with project.read() as c:
        return {label.item_id: label.value for label in labels.current(c, "red")}


def entries(project: Project) -> int:
    with project.read() as c:
        return len(labels.entries(c, "red"))


def a_round(project: Project, *ids: int, concept: str = "red", by: str | None = None, until: float = 100.0) -> int:
    """The id of a round that asks about these items, lent to somebody."""
    with project.begin() as c:
        concepts.add(c, concept)
        made = rounds.keep(c, concept, ids, [0.0] * len(ids), strategy="top", params={}, encoder="toy-1")
        if by is not None:
            leases.add(c, made.id, by, until)
    return made.id


def answers(value: int, *items: int, asked: int | None = None) -> list[Answer]:
    return [Answer(item, value, asked) for item in items]


def test_an_act_is_kept_whole_at_one_time_by_one_person(seen: Project) -> None:
    kept = give(seen, "red", [*answers(YES, 3), *answers(NO, 4, 5)], by="ada")
    assert kept.late == () and [one.item for one in kept.given] == [3, 4, 5]
    with seen.read() as c:
        log = labels.entries(c, "red")
    assert [(e.item_id, e.value, e.by, e.source) for e in log] == [
        (3, YES, "ada", "human"),
        (4, NO, "ada", "human"),
        (5, NO, "ada", "human"),
    ]
    assert len({e.at for e in log}) == 1


def test_an_act_without_answers_is_none(seen: Project) -> None:
    assert give(seen, "red", [], by="ada") == ((), ()) and undo(seen, "red", by="ada") == {}


def test_of_two_answers_about_one_item_in_one_act_the_last_counts(seen: Project) -> None:
    assert give(seen, "red", [Answer(3, YES), Answer(3, NO)], by="ada").given == (Answer(3, NO),)
    assert said(seen) == {3: NO} and entries(seen) == 1


def test_an_act_with_an_unknown_item_is_refused_whole_and_the_item_named(seen: Project) -> None:
    with pytest.raises(NotThereError, match="no item 999 in this project"):
        give(seen, "red", answers(YES, 3, 999), by="ada")
    assert said(seen) == {}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(3, 2), "got the answer 2; wanted 1, -1, or 0"),
        (Answer(3, YES, box=(0.5, 0.0, 0.5, 1.0)), r"got the box \(0.5, 0.0, 0.5, 1.0\)"),
        (Answer(3, YES, box=(0.0, 0.0, float("nan"), 1.0)), "wanted x0, y0, x1, y1 in 0..1"),
    ],
)
def test_what_is_no_answer_and_no_box_is_refused(seen: Project, answer: Answer, why: str) -> None:
    with pytest.raises(InputError, match=why):
        give(seen, "red", [answer], by="ada")


def test_a_round_of_another_concept_an_item_it_did_not_ask_and_no_round_are_refused(seen: Project) -> None:
    blue, red = a_round(seen, 3, concept="blue"), a_round(seen, 3)
    with pytest.raises(InputError, match=f"round {blue} is about 'blue', not 'red'"):
        give(seen, "red", answers(YES, 3, asked=blue), by="ada")
    with pytest.raises(InputError, match=f"round {red} did not ask about item 4"):
        give(seen, "red", answers(YES, 4, asked=red), by="ada")
    with pytest.raises(NotThereError, match="no round 99"):
        give(seen, "red", answers(YES, 3, asked=99), by="ada")
    assert said(seen) == {}


def test_an_act_sent_again_writes_nothing_even_after_somebody_else_answered(seen: Project) -> None:
    asked = a_round(seen, 3, 4)
    act = [Answer(3, YES, asked, (0.1, 0.1, 0.5, 0.5)), Answer(4, NO, asked)]
    first = give(seen, "red", act, by="ada")
    assert give(seen, "red", act, by="ada") == first and entries(seen) == 2
    give(seen, "red", answers(NO, 3), by="bob")
    assert give(seen, "red", act, by="ada").given == first.given and entries(seen) == 3 and said(seen)[3] == NO


def test_outside_of_rounds_the_same_answer_is_given_again_where_another_counts(seen: Project) -> None:
    give(seen, "red", answers(YES, 3), by="ada")
    give(seen, "red", answers(NO, 3), by="bob")
    give(seen, "red", answers(YES, 3), by="ada")
    assert said(seen) == {3: YES} and entries(seen) == 3


def test_another_value_or_box_of_the_same_item_is_another_answer(seen: Project) -> None:
    asked = a_round(seen, 3)
    for answer in (Answer(3, YES, asked), Answer(3, YES, asked, (0.0, 0.0, 0.5, 0.5)), Answer(3, NO, asked)):
        give(seen, "red", [answer], by="ada")
    assert entries(seen) == 3 and said(seen) == {3: NO}


def test_undo_goes_back_act_by_act_to_where_nothing_was_answered(seen: Project) -> None:
    give(seen, "red", answers(YES, 3), by="ada")
    give(seen, "red", answers(NO, 4, 5), by="ada")
    give(seen, "red", answers(NO, 3), by="ada")
    assert undo(seen, "red", by="ada") == {3: YES} and said(seen) == {3: YES, 4: NO, 5: NO}
    assert undo(seen, "red", by="ada") == {4: None, 5: None} and said(seen) == {3: YES}
    assert undo(seen, "red", by="ada") == {3: None} and said(seen) == {}
    assert undo(seen, "red", by="ada") == {}


def test_after_an_undo_and_another_act_that_one_goes_first(seen: Project) -> None:
    give(seen, "red", answers(YES, 3), by="ada")
    give(seen, "red", answers(YES, 4), by="ada")
    undo(seen, "red", by="ada")
    give(seen, "red", answers(NO, 5), by="ada")
    assert undo(seen, "red", by="ada") == {5: None}
    assert undo(seen, "red", by="ada") == {3: None} and undo(seen, "red", by="ada") == {}


def test_undo_takes_back_ones_own_and_leaves_what_others_say(seen: Project) -> None:
    give(seen, "red", answers(YES, 3), by="ada")
    give(seen, "red", answers(NO, 3), by="bob")
    assert undo(seen, "red", by="ada") == {3: NO} and said(seen) == {3: NO}
    assert undo(seen, "red", by="bob") == {3: None} and said(seen) == {}


def test_undo_brings_back_the_box_and_the_round_of_the_answer_before(seen: Project) -> None:
    asked = a_round(seen, 3)
    give(seen, "red", [Answer(3, YES, asked, (0.1, 0.2, 0.3, 0.4))], by="ada")
    give(seen, "red", answers(NO, 3), by="ada")
    undo(seen, "red", by="ada")
    with seen.read() as c:
        (label,) = labels.current(c, "red")
    assert (label.value, label.box, label.round_id) == (YES, (0.1, 0.2, 0.3, 0.4), asked)


def test_an_undo_that_was_undone_by_a_new_answer_is_no_act_of_its_own(seen: Project) -> None:
    give(seen, "red", answers(YES, 3), by="ada")
    undo(seen, "red", by="ada")
    give(seen, "red", answers(YES, 3), by="ada")
    assert said(seen) == {3: YES} and undo(seen, "red", by="ada") == {3: None} and undo(seen, "red", by="ada") == {}


def test_what_was_withdrawn_at_a_terminal_is_not_taken_back_again(seen: Project) -> None:
    give(seen, "red", answers(YES, 3), by="ada")
    give(seen, "red", answers(YES, 4), by="ada")
    with seen.begin() as c:
        labels.withdraw(c, 4, "red", by="ada")
    assert undo(seen, "red", by="ada") == {3: None}


def test_what_was_taken_back_contradicts_nobody(seen: Project) -> None:
    give(seen, "red", answers(YES, 3), by="ada")
    give(seen, "red", answers(NO, 3), by="bob")
    with seen.read() as c:
        assert labels.contradicted(c, "red") == 1
    undo(seen, "red", by="bob")
    with seen.read() as c:
        assert labels.contradicted(c, "red") == 0


def test_answers_within_a_lease_extend_it_and_others_are_told_as_late(seen: Project) -> None:
    asked = a_round(seen, 3, 4, by="ada", until=100.0)
    assert give(seen, "red", answers(YES, 3, asked=asked), by="ada", now=50.0, lease_seconds=600).late == ()
    with seen.read() as c:
        (lease,) = leases.live(c, "red", 100.0)
    assert lease.until == 650.0
    assert give(seen, "red", answers(NO, 4, asked=asked), by="bob", now=60.0).late == (4,)
    assert give(seen, "red", answers(NO, 4, asked=asked), by="ada", now=651.0).late == (4,)
    assert said(seen) == {3: YES, 4: NO}


def test_what_was_given_back_is_late_and_what_was_never_lent_is_not(seen: Project) -> None:
    asked, shown = a_round(seen, 3, 4, by="ada"), a_round(seen, 5)
    with seen.begin() as c:
        leases.give_back(c, leases.live(c, "red", 0.0)[0], [4])
    act = [*answers(NO, 3, 4, asked=asked), *answers(NO, 5, asked=shown)]
    assert give(seen, "red", act, by="ada", now=50.0).late == (4,)


def test_ones_own_answer_in_a_round_that_is_over_may_be_corrected_and_is_not_late(seen: Project) -> None:
    asked = a_round(seen, 3, 4, by="ada", until=100.0)
    give(seen, "red", answers(YES, 3, asked=asked), by="ada", now=50.0, lease_seconds=10)
    assert give(seen, "red", answers(NO, 3, 4, asked=asked), by="ada", now=90.0).late == (4,)


def test_an_item_whose_answer_was_taken_back_is_held_again(seen: Project) -> None:
    asked = a_round(seen, 3, 4, by="ada", until=100.0)
    give(seen, "red", answers(YES, 3, 4, asked=asked), by="ada", now=50.0, lease_seconds=50)
    undo(seen, "red", by="ada", now=500.0, lease_seconds=50)
    with seen.read() as c:
        assert [lease.until for lease in leases.live(c, "red", 500.0)] == [550.0]


def test_what_others_hold_by_now_is_not_held_again(seen: Project) -> None:
    asked = a_round(seen, 3, 4, by="ada", until=100.0)
    a_round(seen, 4, by="bob", until=900.0)
    give(seen, "red", answers(YES, 3, asked=asked), by="ada", now=200.0)
    assert undo(seen, "red", by="ada", now=300.0) == {3: None}
    with seen.read() as c:
        assert [lease.by for lease in leases.live(c, "red", 300.0)] == ["bob"]


def test_what_stands_of_nothing_is_nothing() -> None:
    assert standing([]) == {} and standing([])[7] == []
