"""Known positives on a sheet: one an event, far from the others; and what is said of those that were missed."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import media_making as making
import numpy as np
import pytest
from flow_making import Scripted, by_oracle, collect

from raravis import flow
from raravis.certify import Audit
from raravis.errors import InputError
from raravis.flow.answers import Chip, OracleAnswerer
from raravis.flow.audits.auditing import Auditing
from raravis.flow.audits.begun import Terms
from raravis.flow.audits.file import digest, verify
from raravis.flow.audits.given import Given
from raravis.flow.audits.mixing import AWAY_SECONDS, events_of, mixed_in, room_for
from raravis.flow.audits.runs import Moments
from raravis.flow.audits.units import Stamp, Units
from raravis.flow.certify import Certified
from raravis.store import Project, concepts, items, labels, rounds
from raravis.types import Label

EVENTS = [(start, start + length) for start, length in ((20, 3), (70, 3), (120, 20), (180, 3), (230, 3))]
SECONDS = 260


@pytest.fixture(scope="session")
def avenue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of 260 s with five events fifty seconds apart, four of them short."""
    folder = tmp_path_factory.mktemp("avenue")
    making.film(folder / "film" / "avenue.mp4", SECONDS, red=EVENTS)
    making.oracle(folder / "oracle.csv", *(f"avenue.mp4,red,1,{start},{end}" for start, end in EVENTS))
    return folder


@pytest.fixture
def searched(project: Project, avenue: Path) -> Iterator[Project]:
    """All of it answered but the seconds 20 to 60 of every hundred: four events found, one not yet."""
    collect(project, avenue / "film", sample="every:1")
    with project.begin() as c:
        concepts.add(c, "red")
        table = items.arrays(c)
        red = [any(start <= pts / 1000 < end for start, end in EVENTS) for pts in table.pts.tolist()]
        told = [at for at, pts in enumerate(table.pts.tolist()) if pts % 100_000 >= 60_000 or pts < 20_000]
        labels.add(c, [Label(int(table.ids[at]), "red", 1 if red[at] else -1, "ann") for at in told])
    yield project


def given(*answers: tuple[float, int]) -> tuple[Given, Units]:
    """Answers (second, value) on one line, one second long each."""
    start = np.array([at for at, _ in answers], float)
    value = np.array([said for _, said in answers], np.int8)
    moments = Moments(np.zeros(len(start), np.int64), start, start + 1)
    source, pts = np.ones(len(start), np.int64), start.astype(np.int64)
    stamp = Stamp("event", 5.0, 1.0, "toy-1", 0, 0, 0)
    units = Units(stamp, source[:0], pts[:0], moments, np.zeros((1, 2)), ("cam",), {1: 0}, 0.0)
    return Given(source, pts, moments, value, value), units


def shown_seconds(*args: Any, count: int = 9, seed: int = 0) -> list[int]:
    answers, units, sheet = args
    return [pts for _, pts in mixed_in(answers, units, sheet, count, np.random.default_rng(seed))]


def test_yes_answers_with_no_no_between_or_little_time_are_of_one_event() -> None:
    assert events_of(*given((0, 1), (20, 1), (40, -1), (60, 1))).tolist() == [0, 0, -1, 1]
    assert events_of(*given((0, 1), (2, -1), (4, 1), (11, -1), (12, 1))).tolist() == [0, -1, 0, -1, 1]
    assert events_of(*given((60, 1), (30, -1), (0, 1), (31, 0))).tolist() == [1, -1, 0, -1], "in whatever order"
    assert events_of(*given()).tolist() == []


def test_a_sheet_gets_at_most_one_frame_of_an_event() -> None:
    answers = given(*[(at, 1) for at in range(30)], (40, -1), (50, 1))
    picked = [shown_seconds(*answers, [], seed=seed) for seed in range(200)]
    assert all(len(one) == 2 and sum(at < 30 for at in one) == 1 for one in picked)
    firsts = Counter(shown_seconds(*answers, [], count=1, seed=seed)[0] == 50 for seed in range(400))
    assert abs(firsts[True] - 200) < 60, "drawn over events: the one of a single frame comes as often"


def test_none_is_shown_beside_another_frame_of_its_sheet() -> None:
    answers = given((10, 1), (11, 1), (30, -1), (50, 1))
    assert sorted(at > 20 for at in shown_seconds(*answers, [("cam", 30.0)])) == [False, True]
    assert shown_seconds(*answers, [("cam", 12.0 + AWAY_SECONDS - 0.1)]) == [50]
    assert shown_seconds(*answers, [("cam", 10.5), ("cam", 50.0)]) == [] and room_for(*answers, [("cam", 50.0)]) == 1
    assert len(shown_seconds(*answers, [("another", 10.5)])) == 2
    assert shown_seconds(*given((0, -1)), []) == []


class Watched(OracleAnswerer):
    """An oracle that takes itself for a person, and remembers what each sheet showed."""

    source = "human"
    sheets: list[list[tuple[float, str]]]
    misses = False  # says no to what it knows

    def __call__(self, chips: Sequence[Chip]) -> Any:
        self.sheets = [*getattr(self, "sheets", []), [(chip.seconds, chip.reason) for chip in chips]]
        for position, value in super().__call__(chips):
            yield position, (-1 if self.misses and chips[position].reason == "known" else value)


def watching(project: Project, avenue: Path, *, misses: bool = False) -> Watched:
    who = Watched(by_oracle(project, avenue / "oracle.csv").oracle, "red", source="human")
    who.misses, who.sheets = misses, []
    return who


def certify(project: Project, who: Any, **settings: Any) -> Certified:
    return flow.certify(project, "red", who, **{"min_seconds": 2.0, "look": 6, "known_rate": 0.4, **settings})


def event_at(second: float) -> int:
    return next(number for number, (start, end) in enumerate(EVENTS) if start <= second < end)


def test_in_an_audit_known_positives_come_one_an_event_and_away_from_the_rest(searched: Project, avenue: Path) -> None:
    who = watching(searched, avenue)
    made = certify(searched, who, recall=0.99)
    known = 0
    for sheet in who.sheets:
        mixed = [at for at, why in sheet if why == "known"]
        others = [at for at, why in sheet if why != "known"]
        known += len(mixed)
        assert len({event_at(at) for at in mixed}) == len(mixed)
        assert all(abs(at - other) >= AWAY_SECONDS for at in mixed for other in others)
        assert sheet == sorted(sheet), "in order of time"
    assert known > 5 and made.claim.miss_rate_upper is not None and made.claim.found == 5
    assert f"they missed 0 of {known} known positives mixed in." in made.statement[0]


def test_which_known_ones_come_is_the_same_after_a_restart(searched: Project, avenue: Path, tmp_path: Path) -> None:
    certify(searched, watching(searched, avenue), budget=12)
    looks = []
    for name in ("one", "other"):
        shutil.copytree(searched.folder, tmp_path / name)
        with Project.open(tmp_path / name) as again:
            made = Auditing(again, "red", Terms(min_seconds=2.0)).look(12, known_rate=0.4)
            looks.append((made.ids, made.reason) if made else None)
    assert looks[0] == looks[1] is not None and "known" in looks[0][1]


def test_who_missed_every_known_positive_claims_nothing(searched: Project, avenue: Path) -> None:
    said: list[str] = []
    made = certify(searched, watching(searched, avenue, misses=True), say=said.append)
    shown = sum(why == "known" for one in audits(searched) for why in one.reason)
    missed = f"they missed {shown} of {shown} known positives mixed in"
    assert shown > 5 and made.claim.miss_rate_upper == 1.0
    assert made.statement[0] == f"Nothing can be claimed: people may overlook up to 100 % of what shows, for {missed}."
    assert not any("If every answer is right" in line for line in made.statement)
    told = json.loads(Path(made.files["json"]).read_text())
    assert told["mixed_in"] == {"shown": shown, "missed": shown}
    assert any(f"people missed {shown} of {shown}" in line for line in told["assumptions"])
    page = Path(made.files["html"]).read_text(encoding="utf-8")
    assert f"<dt>{shown} of {shown}</dt><dd>known positives mixed in were missed</dd>" in page
    between = [line for line in said if " so far" in line and "found so far" not in line]
    assert between and all("nothing can be claimed so far" in line for line in between)
    assert f"people missed {shown} of {shown} known positives mixed in" in between[-1]


def test_a_known_positive_counts_once_though_counting_was_cut_off(
    searched: Project, avenue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count, cut = Audit._count, iter([True])

    def interrupted(self: Audit) -> None:
        if self._steps and self._steps[-1].kind == "control" and next(cut, False):
            raise KeyboardInterrupt
        count(self)

    monkeypatch.setattr(Audit, "_count", interrupted)
    with pytest.raises(KeyboardInterrupt):
        certify(searched, watching(searched, avenue), budget=12, look=12)
    shown = sum(why == "known" for one in audits(searched) for why in one.reason)
    told = json.loads(next(searched.exports.rglob("certificate*.json")).read_text())
    assert told["mixed_in"] == {"shown": shown, "missed": 0} and shown > 1
    verify(next(searched.exports.rglob("certificate*.json")))


def test_label_shows_the_known_ones_of_a_sheet_too(searched: Project, avenue: Path) -> None:
    certify(searched, Scripted(-1), look=12)
    flow.label(searched, "red", watching(searched, avenue))
    (sheet,) = audits(searched)
    auditing = Auditing(searched, "red", Terms(min_seconds=2.0))
    assert auditing.shown() == (sheet.reason.count("known"), 0) and auditing.shown()[0] > 1


def audits(project: Project) -> list[Any]:
    with project.read() as c:
        return [made for made in rounds.all(c, "red") if made.strategy == "audit"]


def test_what_was_missed_is_told_though_the_claim_does_not_have_it(searched: Project, avenue: Path) -> None:
    certify(searched, watching(searched, avenue), known_rate=0.0, budget=6)
    made = certify(searched, watching(searched, avenue, misses=True), known_rate=None, look=36)
    assert made.claim.miss_rate_upper is None
    assert made.statement[0].startswith("If every answer is right, though people missed ")


def test_before_a_known_positive_was_shown_none_is_said_to_be_missed(searched: Project, avenue: Path) -> None:
    made = certify(searched, watching(searched, avenue), budget=0)
    assert not any("0 of 0" in line for line in made.statement)
    assert made.statement[0].startswith("Nothing can be claimed: no known positive was mixed in so far")
    assert made.statement[1].startswith("If every answer is right, at least ")
    assert "none was mixed in so far" in json.loads(Path(made.files["json"]).read_text())["assumptions"][1]


def test_when_all_was_looked_at_more_known_positives_are_not_asked_for(searched: Project, avenue: Path) -> None:
    made = certify(searched, watching(searched, avenue), recall=0.99)
    assert made.claim.unseen == 0 and not made.claim.holds
    assert not any("--known-rate" in line for line in made.statement)
    assert any("no look is left to mix them into" in line for line in made.statement)
    assert made.statement[-1] == "Everything was looked at: no further look can raise the claim."


def test_a_file_that_states_another_number_of_misses_does_not_hold(searched: Project, avenue: Path) -> None:
    path = Path(certify(searched, watching(searched, avenue, misses=True), budget=12).files["json"])
    made = json.loads(path.read_text())
    made["mixed_in"]["missed"] = 0
    made["digest"] = digest({name: value for name, value in made.items() if name != "digest"})
    path.write_text(json.dumps(made))
    with pytest.raises(InputError, match="its answers give another number"):
        verify(path)


def test_a_certificate_of_format_1_is_verified_as_it_was_written(searched: Project, avenue: Path) -> None:
    path = Path(certify(searched, watching(searched, avenue, misses=True), budget=12).files["json"])
    made = json.loads(path.read_text())
    old = {**made, "raravis_certificate": 1, "statement": made["statement"][:]}
    del old["mixed_in"]
    for first in ("If every answer is right, at least 80 %", made["statement"][0]):
        rest = {**old, "statement": [first]}
        del rest["digest"]
        path.write_text(json.dumps({**rest, "digest": digest(rest)}))
        with pytest.raises(InputError, match="its answers give another claim: If every answer is right, ") as told:
            verify(path)
    right = str(told.value).split("another claim: ")[1]
    rest = {name: value for name, value in old.items() if name != "digest"} | {"statement": [right]}
    path.write_text(json.dumps({**rest, "digest": digest(rest)}))
    assert verify(path)["statement"] == [right]


def test_known_ones_of_a_sheet_that_was_left_half_answered_are_not_missed(searched: Project, avenue: Path) -> None:
    certify(searched, watching(searched, avenue), budget=6)
    before = sum(why == "known" for one in audits(searched) for why in one.reason)
    made = certify(searched, Scripted(-1), look=30)
    assert audits(searched)[-1].reason.count("known") > 1, "shown, and nobody said anything about them yet"
    told = json.loads(Path(made.files["json"]).read_text())
    assert told["mixed_in"] == {"shown": before, "missed": 0}
    certify(searched, watching(searched, avenue), budget=29)
    again = certify(searched, watching(searched, avenue), budget=0)
    shown = sum(why == "known" for one in audits(searched) for why in one.reason)
    assert f"they missed 0 of {shown} known positives" in again.statement[0]


def test_no_sheet_has_known_ones_only(searched: Project, avenue: Path) -> None:
    who = watching(searched, avenue, misses=True)
    certify(searched, who, known_rate=0.9, look=2, budget=20)
    assert who.sheets and all(any(why != "known" for _, why in sheet) for sheet in who.sheets)
    with pytest.raises(InputError, match="known positives are mixed in among others; wanted looks of 2 or more"):
        certify(searched, who, known_rate=0.9, look=1)
