"""Which names are video, which are pictures, and which folders are videos kept as pictures."""

from __future__ import annotations

from pathlib import Path

IMAGES = frozenset({".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
# fmt: off
VIDEOS = frozenset({
    ".264", ".265", ".3g2", ".3gp", ".amv", ".asf", ".avi", ".dav", ".divx", ".dv", ".f4v", ".flv", ".gxf", ".h264",
    ".h265", ".hevc", ".insv", ".ivf", ".lrv", ".m1v", ".m2p", ".m2ts", ".m2v", ".m4v", ".mj2", ".mjpeg", ".mjpg",
    ".mkv", ".mod", ".mov", ".mp4", ".mpe", ".mpeg", ".mpg", ".mts", ".mxf", ".nut", ".obu", ".ogm", ".ogv", ".qt",
    ".rm", ".rmvb", ".tod", ".ts", ".vob", ".webm", ".wmv", ".wtv", ".y4m",
})
# fmt: on


def is_image(path: Path) -> bool:
    """By suffix alone."""
    return path.suffix.lower() in IMAGES


def is_hidden(path: Path) -> bool:
    """By its leading dot."""
    return path.name.startswith(".")


def frame_files(folder: Path) -> list[Path]:
    """The folder's pictures in order of time: by number where all names are bare digits, else by name."""
    pictures = [path for path in folder.iterdir() if is_image(path) and not is_hidden(path) and path.is_file()]
    return sorted(pictures, key=_by_number if numbered(pictures) else _by_name)


def numbered(pictures: list[Path]) -> bool:
    """Whether there are at least two pictures, all named by bare digits."""
    return len(pictures) > 1 and all(path.stem.isascii() and path.stem.isdigit() for path in pictures)


def _by_number(path: Path) -> tuple[int, str]:
    return int(path.stem), path.name


def _by_name(path: Path) -> tuple[int, str]:
    return 0, path.name
