from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from raravis.errors import InputError
from raravis.formats import ezmode
from raravis.formats.oracle import Oracle, Row
from raravis.time import Span

COLUMNS = "vid_base_path,image_base_path,image_id,label,xmin,xmax,ymin,ymax,annot_id,split,labeled"


def frame_files(folder: Path) -> Sequence[Path]:
    return sorted(folder.glob("*.jpg"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for video in ("day", "night/a"):
        (tmp_path / video).mkdir(parents=True)
        for number in (3, 4, 7):
            Image.fromarray(np.zeros((50, 100, 3), np.uint8)).save(tmp_path / video / f"{number:04}.jpg")
    (tmp_path / "labels.csv").write_text("name,index\nfox,0\nowl,25\n")
    return tmp_path


def read(root: Path, *lines: str, header: str = COLUMNS, frame_rate: float = 1.0) -> Oracle:
    (root / "annotations.csv").write_text("\n".join([header, *lines, ""]))
    return ezmode.read(
        root / "annotations.csv", root / "labels.csv", root, frame_files=frame_files, frame_rate=frame_rate
    )


def test_a_frame_is_numbered_by_its_place_in_the_sorted_folder_and_its_box_is_a_share_of_the_picture(
    root: Path,
) -> None:
    oracle = read(root, "day,0007.jpg,112,25,10,60,5,30,1,val,0", "night/a,0003,1,0,,,,,2,train,1")
    assert oracle.rows == (
        Row("day", "owl", 1, Span(2, 3), (0.1, 0.1, 0.6, 0.6)),
        Row("night/a", "fox", 1, Span(0, 1), None),
    )


def test_the_frame_rate_of_ingest_gives_the_times(root: Path) -> None:
    assert read(root, "day,day/0004.jpg,1,0,,,,,1,val,0", frame_rate=25).rows[0].span == Span(1 / 25, 2 / 25)


def test_the_oracle_says_yes_on_these_frames_alone(root: Path) -> None:
    oracle = read(root, "day,0004.jpg,1,0,,,,,1,val,0")
    whole = np.repeat([[0.0, 0.0, 1.0, 1.0]], 3, axis=0)
    assert oracle.answers("fox", "day", np.array([0.0, 1.0, 2.0]), whole).tolist() == [-1, 1, -1]


def test_a_box_that_leaves_the_picture_is_cut_at_its_edge(root: Path) -> None:
    assert read(root, "day,0004.jpg,1,0,-10,120,25,50,1,val,0").rows[0].box == (0, 0.5, 1, 1)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("day,0004.jpg,1,7,,,,,1,val,0", r"line 2, column label: got '7'; wanted an index that .*labels.csv names"),
        ("day,0005.jpg,1,0,,,,,1,val,0", "column image_base_path: no picture '0005.jpg' in .*day"),
        ("dusk,0004.jpg,1,0,,,,,1,val,0", "no picture '0004.jpg' in .*dusk"),
        ("day,0004.jpg,1,0,9,x,1,2,1,val,0", "must be four numbers"),
        ("day,0004.jpg,1,0,60,10,5,30,1,val,0", "no area in a picture of 100 x 50"),
    ],
)
def test_what_does_not_fit_is_named(root: Path, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(root, line)


def test_missing_columns_files_and_pictures_are_named(root: Path) -> None:
    with pytest.raises(InputError, match="no column label; wanted vid_base_path"):
        read(root, header="vid_base_path,image_base_path")
    (root / "day" / "0003.jpg").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"0003.jpg: cannot be read for its size"):
        read(root, "day,0003.jpg,1,0,1,2,1,2,1,val,0")
    (root / "labels.csv").unlink()
    with pytest.raises(InputError, match=r"labels.csv: cannot be read"):
        read(root)


def test_no_annotations_give_an_oracle_without_rows(root: Path) -> None:
    assert read(root).rows == ()
