"""A certificate as a page that people read: the claim first, then what it rests on, then every unit behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from string import Template
from typing import Any

from raravis.formats.certificate_style import PAGE, STYLE

SAID = {1: "yes", -1: "no", 0: "can’t tell", None: "settled by others"}
COUNTS = {1: "found", -1: "–", 0: "may be one", None: "–"}
WIDE, HIGH = 640, 150  # of the course, in its own units


def page(made: Mapping[str, Any]) -> str:
    """One self-contained HTML page of a certificate as its JSON file has it; light or dark as the reader's system."""
    claim, terms = made["claim"], made["terms"]
    drawn = [step for step in made["steps"] if step["kind"] == "draw" and step["counts"] is not None]
    asked = [step for step in made["steps"] if step["kind"] == "search" and step["answer"] is not None]
    return Template(PAGE).substitute(
        style=STYLE,
        title=escape(f"{made['concept']}: certificate"),
        concept=escape(made["concept"]),
        made=escape(made["made"].replace("T", " ").replace("Z", " UTC")),
        version=escape(made["version"]),
        verdict="reached" if claim["holds"] else "open",
        verdict_text=_verdict(claim, terms),
        first=escape(made["statement"][0]),
        rest="".join(f"<p>{escape(line)}</p>" for line in made["statement"][1:]),
        bar=_bar(claim),
        course=_course(made["course"], terms["recall"]),
        numbers=_numbers(made, drawn),
        assumptions="".join(f"<li>{escape(line)}</li>" for line in made["assumptions"]),
        method=escape(made["method"]),
        drawn=_table(drawn, made),
        drawn_count=f"{len(drawn):,}",
        asked=_table(asked, made),
        asked_count=f"{len(asked):,}",
        sources=", ".join(escape(name) for name in made["collection"]["sources"]),
        source_count=f"{len(made['collection']['sources']):,}",
        digest=made["digest"],
        file=f"certificate-{terms['unit']}.json",
    )


def _verdict(claim: Mapping[str, Any], terms: Mapping[str, Any]) -> str:
    asked = f"{100 * terms['recall']:g} % asked for"
    return f"{asked}: reached" if claim["holds"] else f"{asked}: not reached yet"


def _bar(claim: Mapping[str, Any]) -> str:
    """What was found beside what there can be at most."""
    found, most = claim["found"], claim["total_upper"]
    if not most:
        return ""
    share = 100 * found / most
    return (
        f'<div class="bar" role="img" aria-label="{found:,} found of at most {most:,.0f}">'
        f'<span style="width:{share:.2f}%"></span></div>'
        f'<p class="scale"><span>{found:,} found</span><span>at most {most:,.0f} in all</span></p>'
    )


def _course(course: Sequence[Sequence[float]], recall: float) -> str:
    """What could be claimed, draw by draw, as a line; nothing for fewer than three points."""
    if len(course) < 3:
        return ""
    last = course[-1][0] or 1
    points = " ".join(f"{WIDE * n / last:.1f},{HIGH * (1 - share):.1f}" for n, share in course)
    wanted = HIGH * (1 - recall)
    return (
        "<figure><figcaption>What could be claimed, draw by draw</figcaption>"
        f'<svg viewBox="-44 -10 {WIDE + 60} {HIGH + 36}" role="img" aria-label="The claim over {last:,.0f} draws">'
        f'<line class="axis" x1="0" y1="{HIGH}" x2="{WIDE}" y2="{HIGH}"/>'
        f'<line class="goal" x1="0" y1="{wanted}" x2="{WIDE}" y2="{wanted}"/>'
        f'<text x="-8" y="{wanted + 4}" text-anchor="end">{100 * recall:g} %</text>'
        f'<text x="-8" y="{HIGH + 4}" text-anchor="end">0 %</text>'
        f'<text x="0" y="{HIGH + 20}">0</text>'
        f'<text x="{WIDE}" y="{HIGH + 20}" text-anchor="end">{last:,.0f} draws</text>'
        f'<polyline points="{points}"/></svg></figure>'
    )


def _numbers(made: Mapping[str, Any], drawn: Sequence[Mapping[str, Any]]) -> str:
    claim, units = made["claim"], "moments" if made["terms"]["unit"] == "event" else "frames"
    told = [
        (f"{made['collection']['units']:,}", f"{units} in the frozen collection"),
        (f"{made['collection']['hours']:.3g} h", "of footage"),
        (f"{len(drawn):,}", "drawn by chance and answered"),
        (f"{sum(step['answer'] == 1 for step in drawn):,}", "of those answered yes"),
        (f"{claim['searched']:,}", "looked at on purpose, or settled by other answers"),
        (f"{claim['cant_tell']:,}", "may show one more, counted as not found"),
        (f"{claim['unseen']:,}", "unseen"),
        (f"{100 * claim['confidence']:g} %", "confidence, however often one looked"),
    ]
    if (mixed := made.get("mixed_in")) and mixed["shown"]:
        told.append((f"{mixed['missed']:,} of {mixed['shown']:,}", "known positives mixed in were missed"))
    return "".join(f"<div><dt>{value}</dt><dd>{what}</dd></div>" for value, what in told)


def _table(steps: Iterable[Mapping[str, Any]], made: Mapping[str, Any]) -> str:
    return "".join(_row(number, step, made["collection"]["sources"]) for number, step in enumerate(steps, 1))


def _row(number: int, step: Mapping[str, Any], names: Sequence[str]) -> str:
    chance = f"1 in {1 / step['probability']:,.0f}" if step["probability"] else "–"
    cells = (f"{number:,}", escape(names[step["source"]]), clock(step["start"]), chance, SAID[step["answer"]])
    told = "".join(f"<td>{cell}</td>" for cell in (*cells, COUNTS[step["counts"]]))
    return f"<tr>{told}</tr>"


def clock(seconds: float) -> str:
    """`0:02:09.50`: where on the timeline."""
    hundredths = round(seconds * 100)
    minutes, rest = divmod(hundredths, 6000)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest / 100:05.2f}"
