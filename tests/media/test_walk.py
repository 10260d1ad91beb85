"""Folders, files and lists: what is found, under which name, and what is passed over and why."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from raravis.errors import InputError
from raravis.media.identity import MIB, WHOLE_BELOW, digest
from raravis.media.walk import Found, walk


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def kinds(found: list[Found]) -> dict[str, str]:
    return {f.name: f.kind for f in found}


def reasons(found: list[Found]) -> dict[str, str]:
    return {f.name: f.reason for f in found if f.kind == "skipped"}


def test_a_folder_gives_its_media_by_name_with_forward_slashes(tmp_path: Path) -> None:
    touch(tmp_path, "b.MP4", "a.jpg", "cam 1/größe.mkv", "cam 1/deep/x.Png", "notes.doc")
    found = list(walk([tmp_path]))
    assert [f.name for f in found] == ["a.jpg", "b.MP4", "notes.doc", "cam 1/größe.mkv", "cam 1/deep/x.Png"]
    assert [f.kind for f in found] == ["image", "video", "skipped", "video", "image"]
    assert all(f.path.is_absolute() and f.path.exists() for f in found)


def test_what_is_passed_over_has_a_reason(tmp_path: Path) -> None:
    touch(tmp_path, ".hidden.mp4", ".cache/a.mp4", "README", "x.xyz")
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe.mp4")
    assert reasons(list(walk([tmp_path]))) == {
        ".hidden.mp4": "hidden file",
        ".cache": "hidden folder",
        "README": "not a known video or image suffix: none",
        "x.xyz": "not a known video or image suffix: .xyz",
        "gone.mp4": "a link to nothing",
        "pipe.mp4": "not a regular file",
    }


def test_a_link_back_to_a_folder_above_ends_the_walk_there(tmp_path: Path) -> None:
    touch(tmp_path, "in/a.mp4")
    (tmp_path / "in" / "loop").symlink_to(tmp_path, target_is_directory=True)
    found = list(walk([tmp_path]))
    assert kinds(found) == {"in/a.mp4": "video", "in/loop": "skipped"}
    assert reasons(found) == {"in/loop": "a link back to a folder above it"}


def test_what_may_not_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.mp4", "b.mp4")
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "b.mp4" and allowed(path, mode))
    assert reasons(list(walk([tmp_path]))) == {"b.mp4": "no permission to read"}


@pytest.mark.parametrize(
    ("frame_folders", "expected"),
    [
        ("auto", {"v1": "frames", "one/1.jpg": "image", "trap/a.jpg": "image", "trap/b.jpg": "image"}),
        ("always", {"v1": "frames", "one/1.jpg": "image", "trap": "frames"}),
        (
            "never",
            {f"v1/00000{i}.JPEG": "image" for i in (1, 2, 3)}
            | {"one/1.jpg": "image", "trap/a.jpg": "image", "trap/b.jpg": "image"},
        ),
    ],
)
def test_folders_of_numbered_pictures_are_videos(frame_folders, expected, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    touch(tmp_path, "v1/000001.JPEG", "v1/000002.JPEG", "v1/000003.JPEG", "one/1.jpg", "trap/a.jpg", "trap/b.jpg")
    assert kinds(list(walk([tmp_path], frame_folders=frame_folders))) == expected


def test_a_folder_of_frames_given_by_itself_bears_its_own_name(tmp_path: Path) -> None:
    touch(tmp_path, "walk/1.jpg", "walk/2.jpg", "walk/notes.txt")
    found = list(walk([tmp_path / "walk"]))
    assert kinds(found) == {"walk": "frames", "notes.txt": "skipped"}


def test_a_single_file_is_named_by_its_file_name(tmp_path: Path) -> None:
    touch(tmp_path, "deep/er/a.mp4")
    assert kinds(list(walk([str(tmp_path / "deep/er/a.mp4")]))) == {"a.mp4": "video"}


def test_a_gif_that_moves_is_video_and_one_that_does_not_is_an_image(tmp_path: Path) -> None:
    pictures = [Image.fromarray(np.full((8, 8, 3), grey, np.uint8)) for grey in (0, 90, 250)]
    pictures[0].save(tmp_path / "still.gif")
    pictures[0].save(tmp_path / "moves.gif", save_all=True, append_images=pictures[1:], duration=40)
    assert kinds(list(walk([tmp_path]))) == {"still.gif": "image", "moves.gif": "video"}


def test_a_text_list_names_files_relative_to_itself(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "sub/b.jpg", "dir/c.mp4")
    (tmp_path / "list.txt").write_text("\ufeffa.mp4\n\nsub/b.jpg\nnothing.mp4\ndir\n", encoding="utf-8")
    found = list(walk([tmp_path / "list.txt"]))
    assert kinds(found) == {"a.mp4": "video", "sub/b.jpg": "image", "nothing.mp4": "skipped", "c.mp4": "video"}
    assert reasons(found) == {"nothing.mp4": "no such file"}


def test_a_csv_list_gives_timelines_and_starts(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "b.mp4", "c.mp4")
    rows = (
        "path,timeline,starts_at\na.mp4,gate,12.5\nb.mp4,gate,1970-01-01T00:01:00\nc.mp4,,1970-01-01T01:00:00+01:00\n"
    )
    (tmp_path / "list.csv").write_text(rows)
    found = list(walk([tmp_path / "list.csv"]))
    assert [(f.name, f.timeline, f.starts_at) for f in found] == [
        ("a.mp4", "gate", 12.5),
        ("b.mp4", "gate", 60.0),
        ("c.mp4", None, 0.0),
    ]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("l.csv", "file\na.mp4\n", "no column 'path'; columns: file"),
        ("l.csv", "path,starts_at\na.mp4,noon\n", "line 2: cannot read starts_at 'noon'"),
        ("l.csv", "path,starts_at\n.,5\n", "starts_at needs a file"),
        ("l.csv", "", "no column 'path'; columns: none"),
        ("l.txt", "\n \n", "the list names no files"),
        ("l.txt", b"\xff\xfe\x00", "cannot be read as a UTF-8 list"),
    ],
)
def test_lists_that_cannot_be_used_are_refused(name: str, content: str | bytes, says: str, tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4")
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=says):
        list(walk([tmp_path / name]))


def test_nothing_missing_and_empty_inputs_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to ingest"):
        walk([])
    with pytest.raises(InputError, match="no such file or folder"):
        walk([tmp_path / "gone"])
    with pytest.raises(InputError, match="the folder is empty"):
        walk([tmp_path])


def test_the_same_bytes_are_one_identity_whatever_the_name(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"same")
    (tmp_path / "b.mkv").write_bytes(b"same")
    (tmp_path / "c.mp4").write_bytes(b"Same")
    a, b, c = (digest(tmp_path / name) for name in ("a.mp4", "b.mkv", "c.mp4"))
    assert a == b != c
    assert a.startswith("4-")


@pytest.mark.parametrize(("at", "seen"), [(0, True), (-1, True), (MIB + 5, False)])
def test_of_a_large_file_the_ends_and_spread_parts_count(at: int, seen: bool, tmp_path: Path) -> None:
    size = WHOLE_BELOW + 8 * MIB
    for name in ("a", "b"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    with (tmp_path / "b").open("r+b") as file:
        file.seek(at % size)
        file.write(b"x")
    assert (digest(tmp_path / "a") != digest(tmp_path / "b")) == seen


def test_a_folder_of_frames_is_known_by_its_files(tmp_path: Path) -> None:
    for folder in ("a", "b", "c", "d"):
        touch(tmp_path, *(f"{folder}/{i}.jpg" for i in range(40)))
    (tmp_path / "b" / "39.jpg").write_bytes(b"y")
    (tmp_path / "c" / "39.jpg").rename(tmp_path / "c" / "41.jpg")
    a, b, c, d = (digest(tmp_path / folder) for folder in "abcd")
    assert a == d and len({a, b, c}) == 3
