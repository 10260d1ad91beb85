from __future__ import annotations

from pathlib import Path

import pytest
from films import Render

from raravis.media.browser import playing


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "wanted"),
    [
        ("a.mp4", "libx264", "yuv420p", ("file", "video/mp4")),
        ("a.mov", "libx264", "yuv420p", ("file", "video/mp4")),
        ("a.mp4", "libx264", "yuv444p", ("clip", "application/octet-stream")),
        ("a.mkv", "libx264", "yuv420p", ("clip", "application/octet-stream")),
        ("a.webm", "libvpx-vp9", "yuv420p", ("file", "video/webm")),
        ("a.mp4", "mpeg4", "yuv420p", ("clip", "application/octet-stream")),
        ("a.avi", "mpeg4", "yuv420p", ("clip", "application/octet-stream")),
    ],
)
def test_a_browser_plays_what_all_browsers_know(
    render: Render, name: str, codec: str, pix_fmt: str, wanted: tuple[str, str]
) -> None:
    assert playing("video", render(name, range(10, 40, 10), codec=codec, pix_fmt=pix_fmt)) == wanted


def test_a_still_stands_and_a_folder_of_frames_is_made_a_clip(tmp_path: Path) -> None:
    assert playing("image", tmp_path / "a.png").plays == "still"
    assert playing("frames", tmp_path).plays == "clip"


def test_a_file_that_is_gone_or_no_film_is_none_to_play(tmp_path: Path) -> None:
    assert playing("video", tmp_path / "gone.mp4").plays == "clip"
    (tmp_path / "text.mp4").write_text("no film")
    assert playing("video", tmp_path / "text.mp4").plays == "clip"


def test_another_file_in_its_place_is_looked_at_anew(render: Render, tmp_path: Path) -> None:
    path = render("a.mp4", range(10, 40, 10))
    assert playing("video", path).plays == "file"
    path.write_bytes(render("b.avi", range(10, 40, 10), codec="mpeg4").read_bytes())
    assert playing("video", path).plays == "clip"
