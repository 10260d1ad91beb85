"""What goes wrong is one line on stderr that says what to do, exit 1, and nothing is lost."""

from __future__ import annotations

import errno
import importlib
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import media_making as making
import onnx_making
import pytest

from raravis.store import Project, labels, shards

FIND = ("find", "yard", "--for", "red", "--encoder", "toy", "--oracle", "oracle.csv", "--budget", "4", "--workers", "1")


def refused(raravis: Any, *arguments: object) -> str:
    """The one line."""
    code, out, err = raravis(*arguments)
    assert (code, out) == (1, ""), (code, out, err)
    *notes, line = err.splitlines()
    assert line.startswith("error: ") and "Traceback" not in err, err
    assert not [note for note in notes if "error" in note]
    return str(line.removeprefix("error: "))


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("nowhere", "nowhere: no such file or folder"),
        ("empty", "empty: the folder is empty"),
        ("papers", "no video or image that can be read in papers (1 other files)"),
        ("broken", "no video or image that can be read in broken (every file in it failed)"),
        ("list.csv", "list.csv: no column 'path'"),
    ],
)
def test_inputs_that_cannot_be_used(raravis: Any, here: Path, inputs: str, said: str) -> None:
    for folder in ("empty", "papers", "broken"):
        (here / folder).mkdir()
    (here / "papers" / "notes.doc").touch()
    (here / "broken" / "a.mp4").write_text("not a film")
    (here / "list.csv").write_text("file\nyard/a.mp4\n")
    assert said in refused(raravis, "ingest", inputs)
    assert said in refused(raravis, *("find", inputs, *FIND[2:]))


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--strategy", "best", "unknown strategy 'best'; known: "),
        ("--sample", "best", "unknown sampler 'best'; known: change, every, keyframes"),
        ("--detect", "best", "unknown detector 'best'; known: onnx, tiles, whole"),
        ("--encoder", "best", "unknown encoder 'best'; known: builtin, descriptor, "),
        ("--sample", "every:soon", "sampler every: seconds: got 'soon', wanted float"),
        ("--sample", "every:-1", "every"),
        ("--sample", "every:0", "every"),
        ("--sample", "keyframes:max_gap=0", "keyframes"),
        ("--detect", "tiles:many", "tiles: got n=many, overlap=0.25; wanted n from 1 to 16"),
        ("--detect", "tiles:0", "tiles: got n=0"),
        ("--detect", "tiles:17", "tiles: got n=17, overlap=0.25; wanted n from 1 to 16"),
        ("--strategy", "ezmode:prox_rad=3,speed=3", "strategy ezmode has no setting 'speed'; it has: "),
        ("--encoder", "toy:3", "encoder toy takes no argument, got '3'"),
        ("--encoder", "descriptor:foo=1", "encoder descriptor has no setting 'foo'; it has: whitening"),
        ("--encoder", "onnx:/models/a=b.onnx", "/models/a=b.onnx"),
        ("--encoder", "onnx", "encoder onnx needs a path: onnx:PATH"),
        ("--encoder", "onnx:none.onnx", "none.onnx"),
        ("--detect", "onnx", "detector onnx needs a path: onnx:PATH"),
        ("--gap", "soon", "cannot read 'soon' as a duration; wanted 5, 5s, 2m, 24h or 1/6"),
        ("--precision", "-1", "got '-1' as a duration; wanted 0 or more"),
        ("--timeline-from", "moon", "'moon' is not one of 'file', 'folder', 'exif'"),
        ("--budget", "-1", "-1 is not in the range x>=0"),
        ("--like", "nothing.jpg", "nothing.jpg"),
        ("--like", "oracle.csv", "oracle.csv: is not an image that can be read"),
        ("--oracle", "nothing.csv", "nothing.csv: cannot be read: No such file"),
        ("--oracle", "red.png", "red.png: not a CSV file in UTF-8"),
        ("--database", "mysql://x/y", "cannot use a mysql database"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_used(raravis: Any, here: Path, option: str, value: str, said: str) -> None:
    shutil.rmtree("raravis-project")
    assert said in refused(raravis, *FIND, option, value)
    assert not list(here.glob("raravis-project/thumbs/**/*.jpg")), "work was done before the refusal"


def test_an_unknown_command_or_option_points_to_the_help(raravis: Any) -> None:
    assert "'seek'" in refused(raravis, "seek") and "(see raravis --help)" in refused(raravis, "seek")
    assert "--fast" in refused(raravis, "find", "yard", "--for", "red", "--fast")
    assert refused(raravis, "find", "yard").endswith("(see raravis find --help)")


def test_a_sidecar_that_does_not_fit_the_model_says_want_and_got(raravis: Any, here: Path) -> None:
    model = onnx_making.mean_colour(here / "model.onnx")
    onnx_making.sidecar(model, dim=5)
    said = refused(raravis, *FIND, "--encoder", f"onnx:{model}")
    assert "want" in said and "got" in said and "5" in said


def test_an_oracle_of_unknown_sources_gives_their_count_and_the_first_three(raravis: Any, here: Path) -> None:
    making.oracle(here / "oracle.csv", *(f"x{n}.mp4,red,1" for n in range(4)))
    said = refused(raravis, *FIND)
    assert "4 unknown sources: 'x0.mp4', 'x1.mp4', 'x2.mp4', ..." in said and "relative to the folder given" in said


def test_an_oracle_without_the_concept_names_those_it_has(raravis: Any, here: Path) -> None:
    assert "no rows for 'blue'; it has: 'red'" in refused(raravis, *FIND, "--for", "blue")


def test_an_oracle_whose_names_are_ambiguous_is_refused(raravis: Any, here: Path) -> None:
    making.still(here / "other" / "d.png", shade=5)
    assert "names fit several sources: 'd.png'" in refused(raravis, "find", "other", *FIND[1:])


@pytest.mark.parametrize("verb", ["sample", "detect", "embed", "index", "status", "train", "export", "ask", "label"])
def test_a_folder_without_a_project_says_how_to_make_one(raravis: Any, tmp_path: Path, verb: str) -> None:
    concept = ("--for", "red") if verb in ("train", "export", "ask", "label") else ()
    said = refused(raravis, verb, "--project", "none", *concept)
    assert said == f"{tmp_path}/none: no project here; make one with: raravis ingest MEDIA --project {tmp_path}/none"
    assert not (tmp_path / "none").exists()


def test_a_folder_with_other_files_is_no_project(raravis: Any, here: Path) -> None:
    assert "yard: holds files but no project" in refused(raravis, "status", "--project", "yard")
    assert "yard: holds files but no project" in refused(raravis, *FIND, "--project", "yard")


def test_a_project_made_by_a_newer_version_is_refused(raravis: Any, here: Path) -> None:
    (here / "raravis-project" / "project.json").write_text('{"format": 99}')
    assert "made by a newer raravis (format 99" in refused(raravis, "status")
    assert "made by a newer raravis (format 99" in refused(raravis, *FIND)


HOLD = """
import sys, time
from raravis.store import Project
with Project.open(sys.argv[1]) as project, project.lock("raravis ingest /films"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_of_two_processes_learns_who_holds_the_project(raravis: Any, here: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(here / "raravis-project")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        said = refused(raravis, "sample")
        assert f"in use by `raravis ingest /films` (pid {holder.pid} on " in said and "wait for it to finish" in said
        assert raravis("status")[0] == 0  # who only looks need not wait
        holder.kill()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("ask --for blue", "unknown concept 'blue'; known: red"),
        ("label --for blue", "unknown concept 'blue'; known: red"),
        ("train --for blue", "unknown concept 'blue'; known: red"),
        ("export --for blue", "unknown concept 'blue'; known: red"),
        ("search --for blue", "unknown concept 'blue'; known: red"),
        ("search", "nothing to search by; give a picture with --like"),
        ("simulate --for red --oracle oracle.csv --plot x.txt", "cannot draw x.txt; wanted a name that ends in .png, "),
        ("simulate --for red --oracle oracle.csv --plot none/x.png", "none/x.png: no folder "),
        ("simulate --for red --oracle oracle.csv --csv none/x.csv", "none/x.csv: no folder "),
        ("search --like nothing.jpg", "nothing.jpg"),
        ("search --like oracle.csv", "oracle.csv: is not an image"),
        ("search --for red --encoder clip", "unknown encoder 'clip'; known: toy-1"),
        ("ask --for red --strategy best", "unknown strategy 'best'; known: "),
        ("label --for red", "no round about 'red' waits for answers; make one with: raravis ask --for red"),
        ("label --for red --round 9", "no round 9; make one with: raravis ask"),
        ("export --for red", "nothing answered about 'red' yet; run: raravis label --for red"),
        ("relocate nowhere elsewhere", "no source lies under "),
        ("forget nothing.mp4", "'nothing.mp4' names 0 sources; wanted one, by name or path"),
        ("simulate --for red --oracle nothing.csv", "nothing.csv: cannot be read"),
    ],
)
def test_verbs_asked_for_what_is_not_there(raravis: Any, here: Path, command: str, said: str) -> None:
    assert said in refused(raravis, *command.split())


def test_verbs_on_an_empty_project_say_what_to_run_first(raravis: Any, tmp_path: Path) -> None:
    Project.open(tmp_path / "raravis-project", create=True).close()
    assert "run: raravis sample" in refused(raravis, "detect")
    for command in ("index", "search --like x.png", "ask --for red"):
        assert "nothing embedded yet; run: raravis embed" in refused(raravis, *command.split()) or "ask" in command


def full(*_: object, **__: object) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_will_not_hold_it_stops_before_anything(
    raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree("raravis-project")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10**6))
    assert "the disk has 1 MB free, 18 items need about 1 MB, and 64 MB to spare; make room" in refused(raravis, *FIND)


@pytest.mark.parametrize("name", ["store.shards._write_flushed", "flow.embedding.jpeg", "formats.coco.save_jpeg"])
def test_a_full_disk_is_one_line_and_the_same_command_goes_on_afterwards(
    raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    shutil.rmtree("raravis-project")
    module, _, function = name.rpartition(".")
    monkeypatch.setattr(importlib.import_module(f"raravis.{module}"), function, full)
    assert "No space left on device" in refused(raravis, *FIND)
    monkeypatch.undo()
    monkeypatch.chdir(here)
    code, out, _ = raravis(*FIND, "--json")
    assert code == 0 and json.loads(out)["answers"] == 4


def test_a_damaged_vector_file_is_named(raravis: Any, here: Path) -> None:
    with Project.open(here / "raravis-project") as project, project.read() as c:
        shard = shards.open_all(c, project.vectors, "toy-1")[0]
    (path,) = (here / "raravis-project").rglob(f"{shard.name}.vectors.npy")
    path.write_bytes(path.read_bytes()[:100])
    assert f"{shard.name}: shard missing or cut short" in refused(raravis, "ask", "--for", "red")


def test_where_nobody_can_answer_it_says_so(raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)  # closed, as `<&-` does
    raravis("ask", "--for", "red")
    for command in (("label", "--for", "red"), ("find", "yard", "--for", "red", "--encoder", "toy", "--workers", "1")):
        assert "nobody can answer here; give known answers with --oracle" in refused(raravis, *command)


def test_input_that_ends_before_the_first_answer_is_told_once(
    raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raravis("ask", "--for", "red")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    code, out, err = raravis("label", "--for", "red")
    assert (code, out) == (0, "0 answers: 0 yes, 0 no, 0 can't tell\n")
    assert err.splitlines()[-1].startswith("nobody answered: ") and "--oracle FILE" in err.splitlines()[-1]
    code, _, err = raravis("find", "yard", "--for", "red", "--encoder", "toy", "--workers", "1")
    assert code == 0 and err.count("nobody answered") == 1


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 61])
@pytest.mark.parametrize(
    "command", ["search --like red.png", "find yard --encoder toy --workers 1 --oracle oracle.csv"]
)
def test_what_cannot_name_a_concept_is_refused(raravis: Any, here: Path, command: str, name: str) -> None:
    said = refused(raravis, *command.split(), "--for", name)
    assert said == f"{name[:20]!r} cannot name what is sought; wanted one line of 1 to 60 characters"


def test_an_answer_given_before_an_error_is_kept(raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Torn(io.StringIO):
        def read(self, n: int | None = -1) -> str:
            return super().read(n) or full()  # type: ignore[no-any-return]

    raravis("ask", "--for", "red")
    monkeypatch.setattr(sys, "stdin", Torn("yn"))
    code, _, err = raravis("label", "--for", "red")
    assert code == 1 and "error: " in err.splitlines()[-1] and "Traceback" not in err
    with Project.open(here / "raravis-project") as project, project.read() as c:
        assert [label.value for label in labels.log(c, "red")] == [1, -1]


def test_a_file_name_that_is_not_unicode_stops_nothing(raravis: Any, here: Path) -> None:
    strange = os.fsencode(here / "yard") + b"/\xff.png"
    shutil.copyfile(here / "red.png", strange)
    code, out, _ = raravis("ingest", "yard")
    assert code == 0 and "0 new files, 4 known, 0 failed, 1 skipped" in out
    code, out, _ = raravis("status", "--json")
    assert code == 0 and json.loads(out)["failures"][0]["reason"] == "its name is not Unicode; rename it"
