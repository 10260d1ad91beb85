"""A folder to look through: a clip and a still of every event, and a contact sheet of the surest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from raravis.errors import MediaError
from raravis.formats.export import Export, Part, new_folder, parts
from raravis.formats.sheet import CHIPS, clock, save_jpeg, sheet, shrink
from raravis.types import Event, Item, Pixels

BEFORE_AND_AFTER = 1.0  # seconds of the source shown around an event


def write(export: Export, folder: Path) -> Path:
    """The folder `clips`: `001_cam01_00h01m23.4s.mp4` and `.jpg` an event by timeline and time, `sheet.jpg`.

    An event across files has a clip in each (`001-2_…`); one of stills has no clip. `missing.txt` names the
    events whose file is gone.
    """
    target = folder / "clips"
    with new_folder(target) as partial:
        missing = [*_clips(export, partial), *_stills(export, partial)]
        if missing:
            (partial / "missing.txt").write_text("\n".join(sorted(missing)) + "\n", encoding="utf-8")
    return target


def file_name(number: str, place_name: str, seconds: float) -> str:
    """`001_site-a-cam01_00h01m23.4s`: sorts by event, says source and time, and is a file name on any system."""
    stem = re.sub(r"\.\w{1,5}$", "", place_name)
    source = re.sub(r'[<>:"/\\|?*\x00-\x1f\s]+', "-", stem).strip("-.")[-60:] or "source"
    tenths = round(seconds * 10)
    return f"{number}_{source}_{tenths // 36000:02d}h{tenths // 600 % 60:02d}m{tenths % 600 / 10:04.1f}s"


def _clips(export: Export, folder: Path) -> Iterator[str]:
    """Writes the clips; a line for each that could not be."""
    for number, event in export.numbered():
        films = [part for part in _once(parts(export, event)) if part.source.kind != "image"]
        for place, part in enumerate(films, 1):
            name = file_name(_digits(export, number) + (f"-{place}" if films[1:] else ""), part.place.name, part.start)
            length = float(part.source.duration * part.source.time_base)
            start, end = max(part.start - BEFORE_AND_AFTER, 0.0), min(part.end + BEFORE_AND_AFTER, length)
            try:
                export.clip(part.source, start, end, folder / f"{name}.mp4")
            except MediaError as error:
                (folder / f"{name}.mp4").unlink(missing_ok=True)
                yield f"{name}.mp4: {error}"


def _stills(export: Export, folder: Path) -> Iterator[str]:
    """Writes stills and sheet; a line for each event whose picture is gone."""
    stills = {number: (event, middle(export, event)) for number, event in export.numbered()}
    surest = set(sorted(stills, key=lambda number: -stills[number][0].score)[:CHIPS])
    chips: dict[int, tuple[Pixels, str]] = {}
    for number, rgb in _pictures(export, {number: item for number, (_, item) in stills.items()}):
        event, item = stills.pop(number)
        save_jpeg(rgb, folder / _still_name(export, number, event, item))
        if number in surest:
            chips[number] = shrink(rgb), _caption(export, number, event, item)
    if chips:
        pictures, captions = zip(*(chips[number] for number in sorted(chips)), strict=True)
        sheet(pictures, captions, folder / "sheet.jpg", title=f"{export.concept}: {len(export.events)} events")
    for number, (event, item) in stills.items():
        yield f"{_still_name(export, number, event, item)}: the file is gone or cannot be read"


def _pictures(export: Export, items: dict[int, Item]) -> Iterator[tuple[int, Pixels]]:
    """Event number and picture, in one pass; copies of a file on several timelines share their items."""
    numbers: dict[int, list[int]] = {}
    for number, item in items.items():
        numbers.setdefault(item.id, []).append(number)
    for item, rgb in export.pictures([items[shared[0]] for shared in numbers.values()]):
        yield from ((number, rgb) for number in numbers[item.id])


def middle(export: Export, event: Event) -> Item:
    """The item in the middle of the yes answers; of all the event's items when nobody answered yes."""
    ids = [label.item_id for label in export.yes(event)] or event.items
    return export.items[ids[(len(ids) - 1) // 2]]


def _once(found: list[Part]) -> list[Part]:
    """One part a source: copies of a file would give the same clip again."""
    return list({part.source.id: part for part in reversed(found)}.values())[::-1]


def _home(export: Export, event: Event, item: Item) -> Part:
    return next(part for part in parts(export, event) if part.source.id == item.source_id)


def _digits(export: Export, number: int) -> str:
    """`007`: as many digits for each event, so that names sort."""
    return str(number).zfill(max(3, len(str(len(export.events)))))


def _still_name(export: Export, number: int, event: Event, item: Item) -> str:
    home = _home(export, event, item)
    return f"{file_name(_digits(export, number), home.place.name, home.start)}.jpg"


def _caption(export: Export, number: int, event: Event, item: Item) -> str:
    home = _home(export, event, item)
    return f"{number}  {home.place.name}\n{clock(home.start)} to {clock(home.end)}   score {event.score:.2f}"
