"""certify: an audit in a project, its certificate, and what becomes of it when things change."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import media_making as making
import numpy as np
import pytest
from flow_making import Scripted, by_oracle, collect

from raravis import flow
from raravis.errors import InputError
from raravis.flow import removal
from raravis.flow.answers import Chip, OracleAnswerer
from raravis.flow.audits.auditing import Auditing
from raravis.flow.audits.begun import Terms
from raravis.flow.audits.file import digest, verify
from raravis.flow.certify import Certified, pace
from raravis.flow.examples import add_examples
from raravis.store import Project, concepts, encoders, items, labels, progress, rounds
from raravis.store.progress import Mark

OTHER = "pooled:of=toy,frames=2,pool=max"


@pytest.fixture(scope="session")
def certificate(made_once: Path, street: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The JSON of a certificate of its items, with draws in it."""
    folder = tmp_path_factory.mktemp("certified") / "project"
    shutil.copytree(made_once, folder)
    with Project.open(folder) as project:
        made = certify(project, oracle(project, street), unit="item", recall=0.5)
    assert made.claim.draws > 3
    return Path(made.files["json"]).read_text(encoding="utf-8")


def certify(project: Project, who: Any, **settings: Any) -> Certified:
    return flow.certify(project, "red", who, **{"min_seconds": 2.0, "look": 12, **settings})


def oracle(project: Project, street: Path) -> OracleAnswerer:
    return by_oracle(project, street / "oracle.csv")


def audits(project: Project) -> list[Any]:
    with project.read() as c:
        return [made for made in rounds.all(c, "red") if made.strategy == "audit"]


def answers(project: Project) -> int:
    with project.read() as c:
        return len(labels.answered(c, "red"))


class Failing(OracleAnswerer):
    """An oracle that gives out after so many answers."""

    left = 5

    def __call__(self, chips: Sequence[Chip]) -> Any:
        for position, value in super().__call__(chips):
            if not self.left:
                raise OSError("the line is down")
            self.left -= 1
            yield position, value


def test_items_are_certified_before_all_of_them_were_seen(seen: Project, street: Path) -> None:
    made = certify(seen, oracle(seen, street), unit="item", recall=0.5)
    claim = made.claim
    assert claim.holds and claim.units == 60 and 0 < claim.unseen < 60
    assert claim.recall_low == claim.found / claim.total_upper >= 0.5 and claim.total_upper >= 18
    assert made.statement[0].startswith("If every answer is right, at least ")
    assert answers(seen) == made.answers == claim.draws + claim.searched


def test_events_are_certified_by_moments_and_counted_as_events(seen: Project, street: Path) -> None:
    made = certify(seen, oracle(seen, street), recall=0.9)
    assert (made.claim.found, made.claim.total_upper, made.claim.units) == (3, 3, 30)
    assert made.statement[0] == (
        "If every answer is right, all events of 2 s or more of 'red' are found: 3 in 30 moments in 0.0167 hours of "
        "footage, every one looked at."
    )


@pytest.mark.parametrize(
    ("spans", "events"),
    [
        ([(0, 6), (8, 14)], 2),
        ([(0, 6), (6.75, 12)], 1),  # a pause of three quarters of a second is bridged
        ([(10, 12)], 1),
        ([(10, 11.75)], 0),  # a frame too short
        ([(30, 31), (33, 34)], 0),
        ([(0, 60)], 1),
        ([(58, 60)], 1),
    ],
)
def test_a_census_of_moments_finds_the_true_number_of_events(
    seen: Project, spans: list[tuple[float, float]], events: int
) -> None:
    truth = making.oracle(seen.folder / "truth.csv", *(f"street.mp4,red,1,{start},{end}" for start, end in spans))
    made = certify(seen, by_oracle(seen, truth), recall=0.99, look=36)
    assert (made.claim.found, made.claim.total_upper, made.claim.unseen) == (events, events, 0)
    assert verify(Path(made.files["json"]))["claim"]["found"] == events


def test_moments_between_the_samples_are_made_into_items(project: Project, street: Path) -> None:
    collect(project, street / "film", sample="every:20")
    with project.begin() as c:
        concepts.add(c, "red")
    made = certify(project, oracle(project, street), recall=0.9, min_seconds=3.0)
    with project.read() as c:
        on_demand = items.unsampled(c, "audit")
    assert made.claim.found == 3 and 15 < len(on_demand) < 60
    assert verify(Path(made.files["json"]))["claim"]["found"] == 3


def test_nothing_found_gives_a_rate(seen: Project, street: Path) -> None:
    said: list[str] = []
    nowhere = making.oracle(seen.folder / "no.csv", "street.mp4,red,1,70,71")
    made = certify(seen, by_oracle(seen, nowhere), budget=20, say=said.append)
    assert made.claim.found == 0 and not made.claim.holds and made.answers == 20
    assert "there are fewer than" in made.statement[0] and "an hour of 'red'" in made.statement[0]
    assert any("with nothing found no share of it can be certified" in line for line in said)
    whole = certify(seen, by_oracle(seen, nowhere))
    assert whole.statement[0].startswith("If every answer is right, there are no events of 2 s or more of 'red'")


def test_the_price_is_told_before_anything_is_asked(seen: Project, street: Path) -> None:
    certify(seen, oracle(seen, street), budget=20, unit="item")
    said: list[str] = []
    made = certify(seen, oracle(seen, street), unit="item", budget=0, recall=0.8, say=said.append)
    assert made.answers == 0 and answers(seen) == 20
    assert said[0].endswith("frames found so far; 60 sampled frames in 0.0167 hours of footage, 40 of them unseen")
    assert f"about {made.price.answers} answers in {made.price.looks} look" in said[1]
    assert "at 1 s an answer, none measured yet) certify 80 % of all sampled frames at 95 %, if" in said[1]


def test_a_budget_is_kept_and_the_next_call_goes_on(seen: Project, street: Path) -> None:
    first = certify(seen, oracle(seen, street), unit="item", recall=0.9, budget=20)
    assert first.answers == 20 and not first.claim.holds
    then = certify(seen, oracle(seen, street), unit="item", recall=0.9)
    assert then.claim.holds and then.claim.draws >= first.claim.draws
    assert {made.params["audit"]["number"] for made in audits(seen)} == {1}


def test_an_audit_made_again_from_the_store_is_the_same(seen: Project, street: Path) -> None:
    certify(seen, oracle(seen, street), budget=26)
    terms = Terms(min_seconds=2.0)
    one, other = Auditing(seen, "red", terms), Auditing(seen, "red", terms)
    assert one.claim() == other.claim() and one.audit.to_json() == other.audit.to_json()
    assert one.claim().draws + one.claim().searched > 0


def test_an_oracle_that_fails_in_the_middle_keeps_what_it_said(seen: Project, street: Path) -> None:
    whole = oracle(seen, street)
    with pytest.raises(OSError, match="the line is down"):
        certify(seen, Failing(whole.oracle, "red"), unit="item", recall=0.5)
    cut = audits(seen)[-1]
    made = certify(seen, Scripted(-1), unit="item", recall=0.5, known_rate=0.0)  # answers one more of that look
    assert not made.claim.holds and audits(seen)[-1].id == cut.id
    assert certify(seen, whole, unit="item", recall=0.5).claim.holds


def test_a_look_that_was_cut_off_is_finished_before_another_is_made(seen: Project, street: Path) -> None:
    certify(seen, Scripted(*[-1] * 5), unit="item", known_rate=0.0)
    assert len(audits(seen)) == 1 and answers(seen) == 5
    certify(seen, oracle(seen, street), unit="item", recall=0.5, budget=7)
    assert len(audits(seen)) == 1 and answers(seen) == 12


def test_a_look_that_was_cut_off_is_finished_though_others_were_asked_since(seen: Project, street: Path) -> None:
    certify(seen, Scripted(-1, -1), unit="item", known_rate=0.0)
    cut = audits(seen)[0]
    asked = flow.ask(seen, "red", strategy="random", k=3)
    flow.label(seen, "red", oracle(seen, street))
    assert asked is not None and certify(seen, oracle(seen, street), unit="item", budget=1).answers > 0
    with seen.read() as c:
        assert set(cut.ids) <= labels.answered(c, "red")


def test_an_audit_keeps_to_the_vectors_that_it_began_with(seen: Project, street: Path) -> None:
    certify(seen, oracle(seen, street), unit="item", budget=12)
    flow.embed(seen, encoder="descriptor")
    made = certify(seen, oracle(seen, street), unit="item", recall=0.5)
    assert made.claim.holds and {one.encoder for one in audits(seen)} == {"toy-1"}


def test_a_space_in_which_an_audit_goes_on_is_not_removed_until_it_is_finished(seen: Project, street: Path) -> None:
    certify(seen, oracle(seen, street), unit="item", budget=12)
    flow.embed(seen, encoder=OTHER)
    go_on = f"raravis certify red --unit item --project {seen.folder}"
    words = (
        rf"^toy-1: an audit of 'red' goes on in this space; first finish it: {go_on}, or begin it again in the space"
    )
    with pytest.raises(InputError, match=words) as refused:
        removal.remove(seen, "toy-1")
    assert "raravis certify red --anew --unit item" in str(refused.value) and "\n" not in str(refused.value)
    assert certify(seen, oracle(seen, street), unit="item", recall=0.5).claim.holds
    assert removal.remove(seen, "toy-1").vectors == 60


def test_an_audit_that_was_begun_again_elsewhere_keeps_no_space(seen: Project, street: Path) -> None:
    certify(seen, oracle(seen, street), budget=2, min_seconds=3.0)
    flow.embed(seen, encoder=OTHER)
    with pytest.raises(InputError, match=r"in use: raravis certify red --anew --min-seconds 3.0 --gap 1.0 --project"):
        removal.remove(seen, "toy-1")
    certify(seen, oracle(seen, street), budget=2, min_seconds=4.0, anew=True)
    with pytest.raises(InputError, match="an audit of 'red' goes on"):
        removal.remove(seen, "toy-1")
    certify(seen, oracle(seen, street), budget=2, min_seconds=3.0, anew=True)
    assert removal.remove(seen, "toy-1").vectors == 62, "two of them of moments between the samples"


def test_an_audit_that_can_claim_no_more_keeps_no_space(seen: Project, street: Path) -> None:
    certify(seen, Scripted(*[1] * 3, 0, *[-1] * 56), unit="item", known_rate=0.0, census=True)
    flow.embed(seen, encoder=OTHER)
    assert removal.remove(seen, "toy-1").vectors == 60


@pytest.mark.parametrize("verb", ["certify", "find"])
def test_an_audit_whose_space_is_gone_says_so_and_how_to_begin_again(seen: Project, street: Path, verb: str) -> None:
    certify(seen, oracle(seen, street), unit="item", budget=12)
    flow.embed(seen, encoder=OTHER)
    with seen.begin() as c:
        encoders.remove(c, "toy-1")  # as an older version did
    words = r"^the audit of 'red' began over the vectors of toy-1, which were removed since; .* begin again: "
    with pytest.raises(InputError, match=rf"{words}raravis certify red --anew --unit item --project"):
        if verb == "certify":
            certify(seen, oracle(seen, street), unit="item")
        else:
            answers = street / "oracle.csv"
            flow.find(seen, [street / "film"], "red", oracle=answers, until="recall=0.5,unit=item", formats=[])
    assert certify(seen, oracle(seen, street), unit="item", recall=0.5, anew=True).claim.holds


def test_each_audit_has_its_own_number_and_says_so(seen: Project, street: Path) -> None:
    certify(seen, oracle(seen, street), unit="item", budget=12)
    made = certify(seen, oracle(seen, street), unit="item", budget=12, anew=True)
    assert "This is audit 2 of 'red'; each of them may be wrong by its own 5 %." in made.statement
    assert json.loads(Path(made.files["json"]).read_text())["audit"]["number"] == 2


def test_what_is_overlooked_is_measured_from_the_beginning_or_not_at_all(seen: Project, street: Path) -> None:
    certify(seen, oracle(seen, street), unit="item", budget=12)
    with pytest.raises(InputError, match="began without measuring what is overlooked"):
        certify(seen, Scripted(-1), unit="item", known_rate=0.1)
    said: list[str] = []
    certify(seen, Scripted(-1), unit="item", say=said.append)
    assert "too few known positives can be mixed in to bound what people overlook, so it is left out" in said


def test_answers_of_a_search_are_known_and_are_no_sample(seen: Project, street: Path) -> None:
    flow.ask(seen, "red", strategy="random", k=30)
    flow.label(seen, "red", oracle(seen, street))
    made = certify(seen, oracle(seen, street), unit="item", recall=0.5, budget=0)
    assert made.claim.draws == 0 and made.claim.unseen == 30 and made.claim.found > 0


def test_what_follows_from_answers_does_not_count_as_confirmed(seen: Project, street: Path) -> None:
    with seen.begin() as c:
        ids = items.all_ids(c)
        labels.propagate(c, "red", ids[:10].tolist(), weight=0.5)
    made = certify(seen, oracle(seen, street), unit="item", budget=0)
    assert made.claim.found == 0 and made.claim.unseen == 60


def test_where_nobody_can_tell_the_worst_is_assumed(seen: Project, street: Path) -> None:
    made = certify(seen, Scripted(*[0] * 60), unit="item", known_rate=0.0)
    assert (made.claim.found, made.claim.cant_tell, made.claim.total_upper) == (0, 60, 60)


def test_a_frame_that_does_not_decode_is_a_cannot_tell_without_being_asked(seen: Project, street: Path) -> None:
    with seen.begin() as c:
        blind = items.all_ids(c)[[3, 30]].tolist()
        progress.mark_all(c, "embed", "toy-1", [Mark(str(i), "failed", "broken", 1) for i in blind])
    made = certify(seen, Scripted(*[-1] * 99), unit="item", known_rate=0.0, census=True)
    assert (made.answers, made.claim.cant_tell, made.claim.unseen) == (58, 2, 0)


def test_known_positives_are_mixed_in_for_a_person_and_only_a_yes_of_them_is_kept(seen: Project, street: Path) -> None:
    certify(seen, oracle(seen, street), unit="item", budget=30, known_rate=0.0)
    positives = answered_yes(seen)
    certify(seen, Scripted(*[-1] * 200), unit="item", anew=True, known_rate=0.5, budget=24, look=4)
    later = [made for made in audits(seen) if made.params["audit"]["number"] == 2]
    shown = [why for made in later for why in made.reason if why == "known"]
    assert 5 < len(shown) < 25 and answered_yes(seen) == positives, "a miss takes no yes back"
    made = certify(seen, Scripted(), unit="item", known_rate=0.5)
    assert made.claim.miss_rate_upper == 1.0 and made.claim.total_upper == np.inf
    assert made.statement[0] == (
        f"Nothing can be claimed: people may overlook up to 100 % of what shows, for they missed {len(shown)} of "
        f"{len(shown)} known positives mixed in."
    )


def answered_yes(project: Project) -> set[int]:
    with project.read() as c:
        return {one.item_id for one in labels.current(c, "red") if one.value == 1}


def test_known_positives_of_a_look_that_was_cut_off_count_once(seen: Project, street: Path) -> None:
    certify(seen, oracle(seen, street), unit="item", budget=30, known_rate=0.0)
    with pytest.raises(OSError, match="the line is down"):
        certify(
            seen, Failing(oracle(seen, street).oracle, "red", source="human"), anew=True, unit="item", known_rate=0.5
        )
    made = certify(seen, oracle(seen, street), unit="item", known_rate=0.5, budget=24)
    again = certify(seen, oracle(seen, street), unit="item", known_rate=0.5, budget=0)
    shown = [why for made in audits(seen) for why in made.reason if why == "known"]
    for said in (made, again):
        assert said.statement[0].endswith(f", for they missed 0 of {len(shown)} known positives mixed in.")


def test_a_census_looks_at_everything_in_order_of_time(seen: Project, street: Path) -> None:
    made = certify(seen, oracle(seen, street), unit="item", census=True)
    assert made.claim.draws == 0 and made.claim.searched == 60 and made.claim.total_upper == made.claim.found == 18
    shown = [id for made in audits(seen) for id in made.ids]
    assert shown == sorted(shown)


def test_later_media_lie_outside_until_it_begins_anew(seen: Project, street: Path, tmp_path: Path) -> None:
    certify(seen, oracle(seen, street), budget=12)
    making.film(tmp_path / "more" / "late.mp4", 10, shade=60)
    collect(seen, tmp_path / "more")
    said: list[str] = []
    old = certify(seen, oracle(seen, street), budget=0, say=said.append)
    assert old.claim.units == 30
    later = "1 source came after the audit began and are outside the claim; raravis certify red --anew takes all in"
    assert said[1] == later and later in old.statement
    assert certify(seen, oracle(seen, street), budget=0, anew=True).claim.units > 30


def test_frames_sampled_later_lie_outside_a_claim_about_frames(seen: Project, street: Path) -> None:
    certify(seen, oracle(seen, street), unit="item", budget=12)
    collect(seen, street / "film", sample="every:0.5")
    with seen.read() as c:
        later = items.count(c) - 60
    made = certify(seen, oracle(seen, street), unit="item", budget=0)
    outside = f"{later} frames came after the audit began and are outside the claim; raravis certify red --anew takes "
    assert later > 20 and made.claim.units == 60 and any(line.startswith(outside) for line in made.statement)
    assumed = json.loads(Path(made.files["json"]).read_text())["assumptions"]
    assert "Counted are the frames that were sampled; what shows only between them is outside the claim." in assumed
    assert not any("came after" in line for line in certify(seen, oracle(seen, street), budget=0).statement)


def test_a_certificate_stays_when_another_audit_is_made(seen: Project, street: Path) -> None:
    first = certify(seen, oracle(seen, street), budget=12)
    file = Path(first.files["json"])
    before = file.read_bytes()
    certify(seen, oracle(seen, street), budget=0, min_seconds=3.0)
    certify(seen, oracle(seen, street), budget=12, anew=True)
    certify(seen, oracle(seen, street), budget=12)
    assert file.with_name("certificate-event-audit-1.json").read_bytes() == before
    assert verify(file)["audit"]["number"] == 2
    assert sorted(path.name for path in file.parent.iterdir() if path.suffix == ".html") == [
        "certificate-event-audit-1.html",
        "certificate-event.html",
    ], "the price of a third took no look, and made way"


def test_when_everything_was_looked_at_no_price_is_told(seen: Project, street: Path) -> None:
    made = certify(seen, Scripted(*[1] * 3, 0, *[-1] * 56), unit="item", known_rate=0.0, census=True)
    said: list[str] = []
    certify(seen, Scripted(), unit="item", known_rate=0.0, say=said.append)
    assert said[-1] == "everything was looked at: there is nothing left to ask"
    assert made.statement[-1] == "Everything was looked at: no further look can raise the claim."


def test_stills_have_no_events(project: Project, tmp_path: Path) -> None:
    making.still(tmp_path / "stills" / "a.jpg")
    collect(project, tmp_path / "stills")
    with project.begin() as c:
        concepts.add(c, "red")
    with pytest.raises(InputError, match=r"stills last no time, .* wanted the unit item"):
        certify(project, Scripted())
    assert certify(project, Scripted(-1), unit="item").statement[0] == (
        "If every answer is right, there are no frames of 'red': 0 in 1 frame, every one looked at."
    )


def test_an_unknown_encoder_is_refused_though_the_audit_has_its_own(seen: Project, street: Path) -> None:
    certify(seen, oracle(seen, street), unit="item", budget=12)
    with pytest.raises(InputError, match="unknown encoder 'nope'"):
        certify(seen, oracle(seen, street), unit="item", encoder="nope")


def test_a_collection_that_lost_units_is_refused(seen: Project, street: Path, tmp_path: Path) -> None:
    making.film(tmp_path / "more" / "late.mp4", 10, shade=60)
    collect(seen, tmp_path / "more")
    certify(seen, oracle(seen, street), budget=12)
    flow.forget(seen, "late.mp4")
    with pytest.raises(InputError, match="the collection changed since the audit of 'red' began: it froze"):
        certify(seen, oracle(seen, street))
    assert certify(seen, oracle(seen, street), anew=True, budget=0).claim.units == 30


@pytest.mark.parametrize("wrong", [{"recall": 0.0}, {"recall": 1.0}, {"confidence": 1.5}, {"confidence": -0.1}])
def test_recall_and_confidence_lie_between_0_and_1(seen: Project, street: Path, wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=r"certify: (recall|confidence) is"):
        certify(seen, oracle(seen, street), **wrong)


def test_unknown_concepts_short_footage_and_strange_rates_are_refused(seen: Project, street: Path) -> None:
    with pytest.raises(InputError, match="unknown concept 'blue'"):
        flow.certify(seen, "blue", Scripted())
    with pytest.raises(InputError, match="no footage lasts 70 s"):
        certify(seen, Scripted(), min_seconds=70.0)
    with pytest.raises(InputError, match="known rate of 1; wanted 0 or more, and less than 1"):
        certify(seen, Scripted(), known_rate=1.0)
    with pytest.raises(InputError, match="events of at least 0 s; wanted more than 0 s"):
        certify(seen, Scripted(), min_seconds=0.0)


def test_another_recall_is_read_off_the_same_audit_and_another_confidence_is_refused(
    seen: Project, street: Path
) -> None:
    certify(seen, oracle(seen, street), unit="item", recall=0.8)
    lower = certify(seen, oracle(seen, street), unit="item", recall=0.5)
    assert lower.claim.holds and lower.answers == 0
    with pytest.raises(InputError, match=r"began at confidence 0\.95, got 0\.99"):
        certify(seen, oracle(seen, street), unit="item", confidence=0.99)


def test_a_certificate_is_verified_from_its_file_alone(seen: Project, street: Path, tmp_path: Path) -> None:
    for unit in ("item", "event"):
        made = certify(seen, oracle(seen, street), unit=unit, recall=0.5, anew=True)
        moved = Path(made.files["json"]).rename(tmp_path / f"{unit}.json")
        assert verify(moved)["statement"] == made.statement


def tampered(made: dict[str, Any], change: Any, *, hide: bool) -> dict[str, Any]:
    change(made)
    rest = {name: value for name, value in made.items() if name != "digest"}
    return {**rest, "digest": digest(rest) if hide else made["digest"]}


def first_drawn(made: dict[str, Any]) -> dict[str, Any]:
    return next(step for step in made["steps"] if step["kind"] == "draw" and step["answer"] == -1)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda made: made["claim"].update(recall_low=0.99), "states recall_low 0.99"),
        (lambda made: made["claim"].update(found=60), "states found 60"),
        (lambda made: made["claim"].update(holds=False), "its answers give another claim"),
        (lambda made: made["statement"].__setitem__(0, "All is well."), "its answers give another claim"),
        (lambda made: first_drawn(made).update(answer=1), "but its answers give"),
        (lambda made: first_drawn(made).update(counts=1), "counts as"),
        (lambda made: first_drawn(made).update(probability=1.0), "was drawn at 1.0"),
        (lambda made: made["steps"].remove(first_drawn(made)), "was drawn at"),
        (lambda made: made.pop("rule"), "a part is missing"),
        (lambda made: made["terms"].update(recall="most"), "a part is missing or misshapen"),
    ],
)
def test_a_tampered_certificate_fails_even_where_its_digest_was_made_to_fit(
    certificate: str, tmp_path: Path, change: Any, why: str
) -> None:
    made = json.loads(certificate)
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(tampered(made, change, hide=True)))
    with pytest.raises(InputError, match=why):
        verify(path)


def test_a_changed_digest_and_files_that_are_no_certificate_are_told(certificate: str, tmp_path: Path) -> None:
    made = json.loads(certificate)
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(tampered(made, lambda m: m.update(version="9"), hide=False)))
    for text, why in (
        (None, "was changed after"),
        ("[]", "no certificate of format 1"),
        ("%", "no certificate: wanted"),
    ):
        path.write_text(text or path.read_text())
        with pytest.raises(InputError, match=why):
            verify(path)
    with pytest.raises(InputError, match="cannot be read"):
        verify(tmp_path / "none.json")


def test_the_page_stands_by_itself_and_names_every_draw(seen: Project, street: Path) -> None:
    made = certify(seen, oracle(seen, street), unit="item", recall=0.5)
    page = Path(made.files["html"]).read_text(encoding="utf-8")
    assert f"<h1>{made.statement[0].replace(chr(39), '&#x27;')}</h1>" in page
    assert "http" not in page and "<script" not in page and page.count("<td>1 in ") == made.claim.draws


def test_the_pace_is_measured_on_a_persons_looks(seen: Project) -> None:
    assert pace(seen, "red") is None
    asked = flow.ask(seen, "red", strategy="random", k=4)
    assert asked is not None
    later = flow.ask(seen, "red", strategy="random", k=8)
    assert later is not None
    from raravis.types import Label

    with seen.begin() as c:
        labels.add(c, [Label(i, "red", -1, "ann", round_id=asked.id, at=100.0) for i in asked.ids])
        labels.add(
            c, [Label(i, "red", -1, "ann", round_id=later.id, at=104.0) for i in set(later.ids) - set(asked.ids)]
        )
    assert pace(seen, "red") == pytest.approx(4.0 / len(set(later.ids) - set(asked.ids)))


def test_examples_alone_steer_what_is_looked_at_first(seen: Project, street: Path, tmp_path: Path) -> None:
    add_examples(seen, "red", like=[making.still(tmp_path / "red.png", red=True, shade=90)])
    made = certify(seen, oracle(seen, street), unit="item", recall=0.5, budget=12)
    assert made.claim.found > 6, "12 by chance would hold 3.6"
