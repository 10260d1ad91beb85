"""What docs/sisyphus.md tells people to type, typed."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import av
import media_making as making
import numpy as np
import pytest

Raravis = Callable[..., tuple[int, str, str]]
PAGE = Path(__file__).parents[2] / "docs" / "sisyphus.md"
BLOCKS = re.findall(r"```sh\n# (.*?)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """What the page takes for granted: videos, pictures with features of them, a folder of classes."""
    making.film(tmp_path / "videos" / "a.mp4", red=[(2, 5)])
    names = [f"pictures/{number}.png" for number in range(4)]
    for number, name in enumerate(names):
        making.still(tmp_path / name, red=number == 3, shade=60 + 20 * number)
    np.save(tmp_path / "index.npy", np.random.default_rng(0).normal(size=(4, 2048)).astype(np.float32))
    (tmp_path / "index.json").write_text(json.dumps([str(tmp_path / name) for name in names]))
    for number in range(12):
        for part, kind in (("train", "red"), ("train", "grey"), ("val", "red"), ("val", "grey")):
            shade = 50 + 4 * number + (part == "val")
            making.still(tmp_path / "dataset" / part / kind / f"{number}.png", red=kind == "red", shade=shade)
    return tmp_path


@pytest.mark.parametrize(("about", "lines"), BLOCKS, ids=[about for about, _ in BLOCKS])
def test_every_line_of_the_page_runs(about: str, lines: str, there: Path, raravis: Raravis) -> None:
    for line in lines.strip().splitlines():
        code, _, told = raravis(*shlex.split(line)[1:])
        assert code == 0, f"{line}: {told}"
    LEFT[about.split(" ")[0]](there)


def _a_film_and_features(there: Path) -> None:
    assert np.load(there / "features" / "features.npy").shape == (8, 384)
    assert len(list((there / "frames").rglob("*.jpg"))) == 3
    with av.open(str(there / "keys.mp4")) as film:
        assert len(list(film.decode(video=0))) == 8


def _nothing_more(there: Path) -> None:
    assert not (there / "frames").exists()


def _what_was_found(there: Path) -> None:
    rows = [json.loads(line) for line in (there / "found.jsonl").read_text(encoding="utf-8").splitlines()]
    red = [(row["start"], row["end"]) for row in rows if row["class"] == "red"]
    assert red == [(2.0, 4.25)], "from the first look with it to the end of the last"


LEFT = {"videos": _a_film_and_features, "features": _nothing_more, "a": _what_was_found}
