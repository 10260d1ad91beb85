"""The commands, one after the other: what comes on stdout, what on stderr, and with which exit code."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import click
import media_making as making
import pytest

from raravis.cli.at_work import at_work
from raravis.cli.commands import raravis as commands
from raravis.cli.show import clock
from raravis.cli.training import FINETUNE
from raravis.store import Project, labels

TOY = ("--encoder", "toy", "--workers", "1")
KEYS = ["concept", "answers", "positives", "rounds", "seconds", "events", "exports"]


def answers(here: Path) -> list[int]:
    with Project.open(here / "raravis-project") as project, project.read() as c:
        return [label.value for label in labels.current(c, "red")]


def log(here: Path) -> list[int]:
    with Project.open(here / "raravis-project") as project, project.read() as c:
        return [label.value for label in labels.log(c, "red")]


def press(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(keys))


def test_each_verb_says_what_it_did_in_one_line_on_stdout(raravis: Any, here: Path) -> None:
    shutil.rmtree("raravis-project")
    said = {
        command: raravis(*command.split())
        for command in (
            "ingest yard --workers 1",
            "sample --sample every:2 --workers 1",
            "detect --workers 1",
            "embed --encoder toy --workers 1",
            "index",
        )
    }
    assert {command: (code, out) for command, (code, out, _) in said.items()} == {
        "ingest yard --workers 1": (0, "4 new files, 0 known, 0 failed, 0 skipped\n"),
        "sample --sample every:2 --workers 1": (0, "4 sources sampled by every:2\n"),
        "detect --workers 1": (0, "4 sources given items by whole\n"),
        "embed --encoder toy --workers 1": (0, "every item embedded by toy-1\n"),
        "index": (0, "10 vectors indexed, exact\n"),
    }
    assert "10 items to look at" in said["embed --encoder toy --workers 1"][2]


def test_a_round_is_asked_answered_trained_on_and_exported(raravis: Any, here: Path) -> None:
    code, out, _ = raravis("ask", "--for", "red", "--strategy", "similar", "-k", 6)
    assert code == 0 and out.startswith("Round 1") and out.count("similar") == 6 and "d.png      0:00.0" in out
    assert raravis("label", "--for", "red", "--oracle", "oracle.csv")[:2] == (
        0,
        "6 answers: 4 yes, 2 no, 0 can't tell\n",
    )
    code, out, _ = raravis("train", "--for", "red")
    assert code == 0 and out.startswith("head over toy-1 trained on 6 answers; yes from 0.")
    code, out, _ = raravis("export", "--for", "red", "--format", "csv", "--out", "taken")
    assert (code, out) == (0, "csv    taken/red/events.csv\n") and (here / "taken/red/events.csv").exists()


def test_rounds_are_json_for_programs(raravis: Any, here: Path) -> None:
    asked = ["item", "source", "seconds", "score", "reason"]
    searched = ["item", "source", "seconds", "end_seconds", "box", "score", "reason"]
    for command, item in (("search --like red.png", searched), ("ask --for red --strategy similar", asked)):
        code, out, _ = raravis(*command.split(), "-k", 2, "--json")
        told = json.loads(out)
        assert code == 0 and {"round", "items"} <= set(told) and len(told["items"]) == 2
        assert list(told["items"][0]) == item


def test_find_prints_one_line_of_json_last_and_progress_elsewhere(raravis: Any, here: Path) -> None:
    code, out, err = raravis(
        "find", "yard", "--for", "red", "--oracle", "oracle.csv", "--budget", 18, "--no-ends", "--json", *TOY
    )
    told = json.loads(out)
    assert code == 0 and out.count("\n") == 1 and list(told) == KEYS
    assert (told["concept"], told["answers"], told["positives"], told["rounds"]) == ("red", 18, 4, 6)
    assert [list(event) for event in told["events"]] == [
        ["source", "start_seconds", "end_seconds", "score", "answers", "propagated"]
    ] * 2
    assert [event["source"] for event in told["events"]] == ["cam/a.mp4", "d.png"]
    assert set(told["exports"]) == {"csv", "coco", "clips", "onnx"} and all(
        map(Path.exists, map(Path, told["exports"].values()))
    )
    assert "4 known" in err and "{" not in err


def test_find_tells_a_person_the_events_and_what_they_cost(raravis: Any, here: Path) -> None:
    find = ("find", "yard", "--concept", "red", "--oracle", "oracle.csv", "--budget", 18, "--no-ends", *TOY)
    code, out, err = raravis(*find)
    assert code == 0 and "red: 2 events" in out and "18 answers in 6 looks, 4 of them yes" in out
    assert "example pictures were free" in out and "raravis status --project raravis-project" in err
    assert "raravis export model --for red --project raravis-project --out model; then: raravis infer model" in err


def test_refine_places_the_ends_and_shows_the_events(raravis: Any, here: Path) -> None:
    raravis("find", "yard", "--for", "red", "--oracle", "oracle.csv", "--budget", 18, "--sample", "every:2", *TOY)
    code, out, _ = raravis("refine", "--for", "red", "--oracle", "oracle.csv", "--precision", "0s")
    assert code == 0 and "0:02.0  0:05.0" in out and "answers; to write them down: raravis export --for red" in out
    again = raravis("refine", "--for", "red", "--oracle", "oracle.csv")[1]
    assert "\n0 answers;" in again


def test_find_can_leave_ends_alone_or_place_them_precisely(raravis: Any, here: Path) -> None:
    find = ("find", "yard", "--for", "red", "--oracle", "oracle.csv", "--sample", "every:2", "--json", *TOY)
    code, out, _ = raravis(*find, "--budget", 8, "--no-ends", "--project", "off")
    assert code == 0 and {event["propagated"] for event in json.loads(out)["events"]} <= {0}
    code, out, _ = raravis(*find, "--budget", 50, "--precision", 0, "--project", "precise")
    assert [(e["start_seconds"], e["end_seconds"]) for e in json.loads(out)["events"]] == [(2.0, 5.0), (0.0, 0.0)]


def test_keys_from_a_pipe_answer_undo_and_stop(raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raravis("ask", "--for", "red", "--strategy", "similar", "-k", 5)
    press(monkeypatch, "ynzyuq")  # yes, no, not no but yes, can't tell, stop
    code, out, err = raravis("label", "--for", "red", "--by", "ann")
    assert (code, out) == (0, "3 answers: 2 yes, 0 no, 1 can't tell\n")
    assert sorted(answers(here)) == [0, 1, 1] and log(here) == [1, -1, 1, 0]
    assert "Is it red? Look at " in err and (here / "raravis-project/rounds/look-0001.jpg").exists()
    press(monkeypatch, "\n")  # the rest no
    assert raravis("label", "--for", "red")[1] == "2 answers: 0 yes, 2 no, 0 can't tell\n"


@pytest.mark.parametrize(
    ("keys", "kept"),
    [("", []), ("q", []), ("zzz", []), ("yz", []), ("Y", [1]), ("x?yn", [1, -1]), ("nnnnnnnz\n", [-1] * 3)],
)
def test_keys_that_mean_nothing_are_passed_over_and_the_end_of_the_pipe_stops(
    raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch, keys: str, kept: list[int]
) -> None:
    raravis("ask", "--for", "red", "--strategy", "similar", "-k", 3)
    press(monkeypatch, keys)
    assert raravis("label", "--for", "red")[0] == 0 and answers(here) == kept


def test_find_by_keys_keeps_what_was_answered_and_goes_on_later(
    raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("find", "yard", "--for", "red", "--strategy", "similar", "--look", 3, "--budget", 9, "--json", *TOY)
    press(monkeypatch, "yyy\nyq")
    code, out, _ = raravis(*command)
    assert code == 0 and (json.loads(out)["answers"], json.loads(out)["positives"]) == (4, 4)
    press(monkeypatch, "\n\n\n")
    assert json.loads(raravis(*command)[1])["answers"] == 9 == len(answers(here))


def test_when_all_is_answered_there_is_nothing_left_to_ask(raravis: Any, here: Path) -> None:
    raravis("ask", "--for", "red", "-k", 50)
    raravis("label", "--for", "red", "--oracle", "oracle.csv")
    assert raravis("ask", "--for", "red") == (0, "", "nothing is left to ask\n")


def test_status_tells_stages_failures_gaps_and_concepts(raravis: Any, here: Path) -> None:
    (here / "yard" / "broken.mp4").touch()
    raravis("ingest", "yard")
    code, out, err = raravis("status")
    assert (code, err) == (0, "") and "4 sources in 4 places" in out and "18 items" in out
    assert "broken.mp4" in " ".join(out.split()) and "a look every 1 s (median)" in out
    assert "finer: --sample every:0.5 would make 32 moments" in out and "red" in out
    told = json.loads(raravis("status", "--json")[1])
    assert told["collection"]["items"] == 18 and told["stages"][-1]["done"] == 18
    assert json.loads(raravis("status", "--json", "--failures", 0)[1])["failures"] == []


def test_relocate_and_forget_say_what_they_did(raravis: Any, here: Path) -> None:
    moved = (here / "yard").rename(here / "moved")
    assert raravis("relocate", "yard", "moved")[:2] == (0, "4 files now lie under moved\n")
    assert raravis("ingest", moved)[1] == "0 new files, 4 known, 0 failed, 0 skipped\n"
    assert raravis("forget", "cam/a.mp4")[:2] == (0, "cam/a.mp4 forgotten, with 8 items\n")


def test_names_with_brackets_and_colons_are_shown_as_they_are(raravis: Any, here: Path) -> None:
    shutil.rmtree(here / "yard")
    for shade, name in enumerate(("[/red].png", "[bold]a.png", ":smile:.png"), 20):
        making.still(here / "yard" / name, shade=shade)
    shutil.rmtree(here / "raravis-project")
    for command in ("ingest yard --workers 1", "sample", "detect", "embed --encoder toy"):
        assert raravis(*command.split())[0] == 0
    code, out, _ = raravis("search", "--like", "red.png")
    assert code == 0 and all(name in out for name in ("[/red].png", "[bold]a.png", ":smile:.png"))


def test_help_is_there_for_every_command_and_shows_every_default(raravis: Any) -> None:
    code, out, _ = raravis("--help")
    assert code == 0
    for name, command in commands.commands.items():
        assert name in out and raravis(name, "--help")[0] == 0
        assert command.help and command.help[0].isupper() and command.help.strip().endswith(".")
    assert raravis("--version")[1].startswith("raravis, version ")


def test_a_command_has_the_names_and_defaults_of_the_flow_function() -> None:
    import inspect

    from raravis import flow

    apart = {
        "project",
        "workers",
        "as_json",
        "database",
        "opens",
        "terminal",
        "inputs",
        "oracle",
        "by",
        "ezmode_labels",
        "round_id",
        "verify",
    }
    conditions = ("sources", "timelines", "time_of_day", "start", "end", "labels", "score", "duplicates")
    renamed = {"reference": "pictures_written", "source": "source", "old": "old", "new": "new"}
    renamed |= dict.fromkeys(conditions, "filter")
    beyond = {"train": {"concepts", "level", "exclusive", "out", *FINETUNE}}  # other levels are other functions
    beyond["search"] = {"then_text", "then_like", "then_concept", "within_seconds", "before"}  # of search_then
    beyond |= {"dedup": {"again", "k", "offset"}, "frames": {"size"}}  # another function; a page; read from text
    for name, command in commands.commands.items():
        function = getattr(flow, name, None)
        for option in command.params if function else ():
            if option.name in apart | beyond.get(name, set()) or not isinstance(option, click.Option):
                continue
            known = inspect.signature(function).parameters  # type: ignore[arg-type]
            assert renamed.get(option.name or "", option.name) in known, (name, option.name)
            theirs = known[renamed.get(option.name or "", option.name or "")].default
            ours = option.get_default(click.Context(command))
            if isinstance(ours, str | int) and not option.is_flag and theirs is not inspect.Parameter.empty:
                converted = option.type.convert(ours, option, None)
                assert converted == theirs, (name, option.name, converted, theirs)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0:00.0"),
        (3.04, "0:03.0"),
        (59.97, "1:00.0"),
        (61.25, "1:01.2"),
        (3599.99, "1:00:00.0"),
        (3661, "1:01:01.0"),
    ],
)
def test_a_moment_is_shown_as_on_a_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_ctrl_c_is_one_line_and_130(raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(io.StringIO):
        def read(self, n: int | None = -1) -> str:
            if key := super().read(n):
                return key
            raise KeyboardInterrupt

    raravis("ask", "--for", "red")
    monkeypatch.setattr(sys, "stdin", Interrupted("yn"))
    code, out, err = raravis("label", "--for", "red")
    assert (code, out) == (130, "")
    assert err.splitlines()[-1] == "stopped; everything answered is kept, the same command goes on from here"
    assert sorted(answers(here)) == [-1, 1]


@pytest.mark.parametrize("group", [(), ("index",), ("export",)])
def test_the_list_of_commands_cuts_no_sentence_short(raravis: Any, group: tuple[str, ...]) -> None:
    listed = raravis(*group, "--help")[1].partition("Commands:")[2]
    assert listed.strip() and "..." not in listed


def test_the_bare_command_shows_the_help_and_is_no_error(raravis: Any) -> None:
    code, out, err = raravis()
    assert (code, err) == (0, "")
    assert out.startswith("Usage: raravis") and "  find " in out and "Start with `raravis demo`" in out


def test_a_project_below_a_folder_is_not_taken_in_with_it(raravis: Any, here: Path) -> None:
    making.still(here / "raravis-project" / "exports" / "red" / "001.png", shade=7)
    assert raravis("ingest", ".")[1] == "1 new files, 4 known, 0 failed, 1 skipped\n"  # red.png and oracle.csv
    making.still(here / "yard" / "beside" / "e.png", shade=9)
    assert raravis("ingest", ".")[1].startswith("1 new files, 5 known")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ann:secret@server/birds", "postgresql://ann:***@server/birds"),
        ("postgresql://ann@server/birds", "postgresql://ann@server/birds"),
    ],
)
def test_who_holds_the_project_is_told_without_the_password(
    here: Path, monkeypatch: pytest.MonkeyPatch, url: str, shown: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/raravis", "ingest", "yard", "--database", url])
    with at_work("raravis-project", workers=1) as work:
        said = (work.project.folder / "lock.holder").read_text(encoding="utf-8")
    assert said.startswith(f"`raravis ingest yard --database {shown}` (pid ")
