"""A page to hand on: what was sought, what was found, how sure that is, and who said so."""

from __future__ import annotations

import io
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from html import escape
from pathlib import Path
from string import Template

import numpy as np
from PIL import Image, ImageDraw

from raravis.formats.clips import middle
from raravis.formats.events_csv import evidence
from raravis.formats.export import Export, new_file, parts
from raravis.formats.report_style import PAGE, STYLE
from raravis.formats.sheet import FRAMES, clock, shrink
from raravis.types import CANT_TELL, NO, WHOLE, YES, Box, Event, Pixels

SHOWN = 60  # pictures, about 10 kB each
EXAMPLE_SIDE = 160  # pixels
UNAUDITED = (
    "Nobody audited this: how much was missed is unknown.",
    "Events not listed here may well be there. A certificate says how many at most: raravis certify draws moments by "
    "chance, asks about them, and bounds what is missing at a stated confidence.",
)


def write(export: Export, folder: Path) -> Path:
    """`report.html`: one self-contained page, events by timeline and time, and pictures of the surest, best first."""
    target = folder / "report.html"
    with new_file(target) as partial:
        partial.write_text(page(export), encoding="utf-8")
    return target


def page(export: Export) -> str:
    """The page: no scripts, nothing to load."""
    pictures = "".join(_figures(export))
    return Template(PAGE).substitute(
        style=STYLE,
        concept=escape(export.concept),
        created=escape(export.created.replace("T", " ").replace("Z", " UTC")),
        version=escape(export.version),
        headline=_headline(export),
        sought=_sought(export),
        sure_class="sure" if export.certified else "open",
        sure="".join(f"<p>{escape(line)}</p>" for line in export.certified or UNAUDITED),
        pictures=pictures or '<p class="small">There is nothing to show.</p>',
        shown=_shown(export),
        events="".join(_rows(export)),
        event_count=f"{len(export.events):,}",
        people="".join(_people(export)),
        settings="".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in _settings(export)),
    )


def _headline(export: Export) -> str:
    yes = sum(label.value == YES for label in export.labels)
    found, sources = (
        len(export.events),
        len({part.place.name for event in export.events for part in parts(export, event)}),
    )
    where = f" in {_count(sources, 'file')}" if found else ""
    return f"{_count(found, 'event')}{where}, from {_count(len(export.labels), 'answer')}, {yes:,} of them yes"


def _sought(export: Export) -> str:
    """The examples: pictures, and words in quotes; what it is not is told apart by words, not by colour alone."""
    shown = []
    for one in export.examples:
        unlike = '<figcaption class="unlike">not like this</figcaption>' if one.sign == NO else ""
        if one.picture:
            alt = f"example: {one.name}"
            shown.append(f'<figure class="example">{_img(_smaller(one.picture), alt)}{unlike}</figure>')
        else:
            shown.append(f'<figure class="example words"><q>{escape(one.name)}</q>{unlike}</figure>')
    return "".join(shown) or '<p class="small">No examples: it was known by its name alone.</p>'


def _figures(export: Export) -> Iterator[str]:
    """The surest events, best first, each with the picture in the middle of its yes answers."""
    numbered = sorted(export.numbered(), key=lambda pair: (-pair[1].score, pair[0]))[:SHOWN]
    wanted = {number: middle(export, event) for number, event in numbered}
    boxes = {label.item_id: label.box for label in export.labels if label.box}
    seen = {
        item.id: _jpeg(_boxed(rgb, boxes.get(item.id) or item.box))
        for item, rgb in export.pictures(list({item.id: item for item in wanted.values()}.values()))
    }
    for number, event in numbered:
        picture = seen.get(wanted[number].id)
        shown = _img(picture, f"event {number}") if picture else '<div class="gone">the file is gone</div>'
        yield f'<figure id="p{number}">{shown}<figcaption>{_caption(export, number, event)}</figcaption></figure>'


def _caption(export: Export, number: int, event: Event) -> str:
    part = parts(export, event)[0]
    when = "" if part.source.kind == "image" else f"<br>{clock(part.start)} to {clock(part.end)}"
    score = f"<br>score {_score(export, event)}" if export.head else ""
    return f"<b>{number}</b> {escape(part.place.name)}{when}{score}"


def _score(export: Export, event: Event) -> str:
    """Nothing gave one while there is no classifier."""
    return f"{event.score:.2f}" if export.head else "–"


def _shown(export: Export) -> str:
    left = len(export.events) - SHOWN
    return f"The {SHOWN} surest are shown, {left:,} more are in the table." if left > 0 else "The surest first."


def _rows(export: Export) -> Iterator[str]:
    for number, event in export.numbered():
        answers = export.yes(event)
        for part in parts(export, event):
            still = part.source.kind == "image"
            when = ("–", "–") if still else (clock(part.start), clock(part.end))
            follows = len(event.items) - len(answers)
            told = (_score(export, event), f"{len(answers):,}", f"{follows:,}", evidence(answers))
            cells = (f"{number:,}", escape(part.place.name), *when, *told)
            yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _people(export: Export) -> Iterator[str]:
    by = Counter((label.by, label.source, label.value) for label in export.labels)
    for who, how in sorted({(name, source) for name, source, _ in by}):
        times = [label.at for label in export.labels if (label.by, label.source) == (who, how) and label.at]
        counts = (by[who, how, value] for value in (YES, NO, CANT_TELL))
        cells = (
            escape(who),
            how,
            *(f"{count:,}" for count in counts),
            _day(min(times, default=0)),
            _day(max(times, default=0)),
        )
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _settings(export: Export) -> list[tuple[str, str]]:
    learnt = f"{len(export.head.trained_on):,} answers" if export.head else "no classifier yet"
    return [*export.settings.items(), ("Classifier learned from", learnt), ("Version", export.version)]


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at)) if at else "–"


def _boxed(rgb: Pixels, box: Box) -> Pixels:
    """The picture, small, with the box drawn where it is a part of it."""
    small = Image.fromarray(shrink(rgb))
    if box != WHOLE:
        corners = [side * length for side, length in zip(box, (*small.size, *small.size), strict=True)]
        ImageDraw.Draw(small).rectangle(corners, outline=FRAMES[YES], width=2)
    return np.asarray(small)


def _smaller(picture: bytes) -> bytes:
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.thumbnail((EXAMPLE_SIDE, EXAMPLE_SIDE))
    return _jpeg(np.asarray(image))


def _jpeg(rgb: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", quality=80)
    return file.getvalue()


def _img(picture: bytes, alt: str) -> str:
    return f'<img alt="{escape(alt)}" src="data:image/jpeg;base64,{b64encode(picture).decode("ascii")}">'
