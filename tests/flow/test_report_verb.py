from __future__ import annotations

from html import escape
from pathlib import Path

import media_making as making
import pytest
from flow_making import Scripted

from raravis import flow
from raravis.errors import InputError
from raravis.flow.examples import add_examples
from raravis.store import Project, labels
from raravis.types import Label


def test_a_report_tells_what_was_sought_found_and_certified(seen: Project, tmp_path: Path) -> None:
    add_examples(seen, "red", like=[making.still(tmp_path / "red.png", red=True)])
    with seen.begin() as c:
        labels.add(c, [Label(item, "red", 1, "ann", at=1e9) for item in range(21, 27)])
        labels.add(c, [Label(item, "red", -1, "ann", at=1e9) for item in (10, 30)])
    before = flow.report(seen, "red")
    assert before == seen.exports / "red" / "report.html"
    text = before.read_text(encoding="utf-8")
    assert "1 event in 1 file, from 8 answers, 6 of them yes" in text and "Nobody audited" in text
    assert text.count("data:image/jpeg") == 2  # the example, and the event
    assert "2001-09-09 01:46 UTC" in text and "1 source, 60 seconds of footage, 60 items" in text
    made = flow.certify(seen, "red", Scripted(-1))
    after = flow.report(seen, "red", out=tmp_path / "out").read_text(encoding="utf-8")
    assert all(escape(line) in after for line in made.statement) and "Nobody audited" not in after


def test_of_nothing_there_is_no_report(seen: Project) -> None:
    with pytest.raises(InputError, match="nothing answered about 'red' yet"):
        flow.report(seen, "red")
    with pytest.raises(InputError, match="unknown concept"):
        flow.report(seen, "blue")
