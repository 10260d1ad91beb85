"""An evaluation as a page to look at: the numbers with their intervals, two plots a class, and the worst errors."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from string import Template
from typing import Any

import numpy as np
from PIL import Image

from raravis.formats.evaluation_plots import calibration, precision_recall
from raravis.formats.evaluation_style import PAGE, STYLE
from raravis.types import Pixels

DOUBTS = 12  # shown as pictures
TITLES = {
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "average_precision": "Average precision",
    "roc_auc": "ROC AUC",
    "ece": "Calibration error (ECE)",
    "brier": "Brier score",
}
DATA = {
    "answers": "what was answered in the project",
    "oracle": "everything in the project, as a file of known answers has it",
    "folder": "a folder of pictures by class",
}
METHOD = (
    "Intervals are 95 %. Precision and recall: Clopper–Pearson where every item stands alone; where several belong to "
    "one event, the same at the effective number of items (Korn &amp; Graubard 1998). The others: bootstrap, 400 times "
    "or fewer, over whole events or sources, seeded.",
    "Average precision is the sum of precision over the steps of recall, items of one probability being one step. "
    "Calibration error: ten equal bins, weighted by their items. Its plot’s bars are Wilson’s intervals.",
    "By event: an event counts as found when any of its items is said to be it. Neighbouring items that are said "
    "to be it are one event, as neighbouring answers are; it is false when it shares no time with a true one.",
    "In the whole collection: answers that a search chose are certain, those drawn by chance stand for what was not "
    "looked at (Horvitz–Thompson, by batch as Des Raj); intervals by Jeffreys’ posterior of what is unseen.",
    "Doubtful answers: confident learning (Northcutt, Jiang &amp; Chuang 2021), thresholds by class, ranked by margin.",
)
Pictures = Mapping[int, Pixels]


def page(made: Mapping[str, Any], pictures: Pictures) -> str:
    """The page: no scripts, nothing to load. `pictures` are small ones by row; those that are missing are gone."""
    names = [one["name"] for one in made["classes"]]
    return Template(PAGE).substitute(
        style=STYLE,
        title=escape(names[0] if len(names) == 1 else f"{len(names)} classes"),
        made=escape(made["made"].replace("T", " ").replace("Z", " UTC")),
        version=escape(made["version"]),
        headline=_headline(made),
        data=_data(made),
        left_out="".join(f'<p class="small">{line}</p>' for line in _left_out(made["left_out"])),
        summary=_summary(made) if len(names) > 1 else "",
        confusion=_confusion(made),
        classes="".join(_class(one, pictures) for one in made["classes"]),
        doubts=_doubts(made, pictures),
        method="".join(f"<li>{line}</li>" for line in METHOD),
    )


def between(one: Mapping[str, Any] | None, digits: int = 3) -> str:
    """`0.912 (0.850 – 0.953)`; without an interval where there is none, or nothing is left open."""
    if one is None or one["value"] is None:
        return "–"
    ends = (
        ""
        if one["low"] is None or one["low"] == one["high"]
        else f" ({one['low']:.{digits}f} – {one['high']:.{digits}f})"
    )
    return f"{one['value']:.{digits}f}{ends}"


def _headline(made: Mapping[str, Any]) -> str:
    first = made["classes"][0] if len(made["classes"]) == 1 else made["macro"]
    of = escape(first["name"]) if len(made["classes"]) == 1 else "Mean of the classes"
    told = [
        f"{name} {first[name]['value']:.2f}" for name in ("precision", "recall") if first[name]["value"] is not None
    ]
    return f"{of}: {', '.join(told) or 'nothing to count'}"


def _data(made: Mapping[str, Any]) -> str:
    data = made["data"]
    many = f"{data['items']:,} items in {data['groups']:,} events or sources"
    return f"{escape(made['model']['id'])}, tried on {DATA[data['kind']]}: {many}."


def _left_out(told: Mapping[str, Any]) -> Iterator[str]:
    if told["out_of_fold"]:
        yield "Out of fold: each answer was judged by a head fitted without its event."
    if told["kept"]:
        yield f'<span class="note">{told["kept"]:,} of them taught the model: these numbers flatter it.</span>'
    if told["learnt"] or told["beside"]:
        yield (
            f"Left out: {told['learnt']:,} that the model learned from, such as {escape(', '.join(told['some']))}, and "
            f"{told['beside']:,} in one event with these."
        )
    if told["unread"]:
        yield f"Left out: {told['unread']:,} that cannot be read."


def _summary(made: Mapping[str, Any]) -> str:
    heads = ("class", "yes", *(TITLES[name] for name in list(TITLES)[:5]))
    each = [(one["name"], f"{one['yes']:,}", one) for one in made["classes"]]
    each += [("mean of the classes", "", made["macro"]), ("all answers together", "", made["micro"])]
    rows = ((escape(name), yes, *(between(one[key], 2) for key in list(TITLES)[:5])) for name, yes, one in each)
    return f"<h2>Class by class</h2>{_table(heads, rows)}"


def _confusion(made: Mapping[str, Any]) -> str:
    table, names = made["confusion"], [escape(one["name"]) for one in made["classes"]]
    if table is None:
        return ""
    head = "".join(f'<th class="n">{name}</th>' for name in names)
    rows = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(_hot(n, sum(row)) for n in row)}</tr>'
        for name, row in zip(names, table, strict=True)
    )
    told = '<p class="small">Rows: what it is. Columns: what was said.</p>'
    return (
        f'<h2>What is taken for what</h2>{told}<div class="scroll"><table><tr><td></td>{head}</tr>{rows}</table></div>'
    )


def _hot(count: int, of: int) -> str:
    return f'<td class="n hot" style="--share:{round(60 * count / max(of, 1))}%">{count:,}</td>'


def _class(one: Mapping[str, Any], pictures: Pictures) -> str:
    notes = "".join(f'<p class="small note">{escape(note)}</p>' for note in one["notes"])
    when = (
        f"yes from a probability of {one['threshold']:.2f} on"
        if one["threshold"] is not None
        else "said where it is the likeliest"
    )
    counts = f"{one['yes']:,} yes, {one['no']:,} no; {when}."
    numbers = _table((), ((title, between(one[name])) for name, title in TITLES.items()))
    plots = f'<div class="plots">{precision_recall(one)}{calibration(one)}</div>'
    parts = [f"<h2>{escape(one['name'])}</h2><p>{counts}</p>{notes}{plots}<h3>By item</h3>{numbers}{_cells(one)}"]
    parts += [_events(one["events"]), _whole(one["collection"])]
    parts += [_errors(one["worst"], kind, title, pictures) for kind, title in ERRORS]
    return f"<section>{''.join(parts)}</section>"


ERRORS = (
    ("false", "Said to be it, and is not: the highest probabilities"),
    ("missed", "Missed: the lowest probabilities"),
)


def _cells(one: Mapping[str, Any]) -> str:
    cells = one["cells"]
    rows = (
        ("is it", f"{cells['both']:,}", f"{cells['missed']:,}"),
        ("is not", f"{cells['false']:,}", f"{cells['neither']:,}"),
    )
    return _table(("", "said yes", "said no"), rows)


def _events(told: Mapping[str, Any] | None) -> str:
    if told is None:
        return ""
    rows = [
        ("Found", f"{told['found']:,} of {told['events']:,}"),
        ("Recall", between(told["recall"])),
        ("Precision", f"{between(told['precision'])}, {told['said']:,} said, {told['false']:,} of them false"),
    ]
    if told["false_per_hour"]:
        rows.append(("False an hour", f"{between(told['false_per_hour'], 2)}, in {told['hours']:.3g} h"))
    return f"<h3>By event</h3>{_table((), rows)}"


def _whole(told: Mapping[str, Any] | None) -> str:
    if told is None:
        return ""
    if "why_not" in told:
        return f'<h3>In the whole collection</h3><p class="small">{escape(told["why_not"])}</p>'
    rows = [(name.capitalize(), between(told[name])) for name in ("precision", "recall", "prevalence")]
    how = (
        f"From {told['draws']:,} draws by chance ({escape(told['how'])}) and {told['on_purpose']:,} answers on purpose."
    )
    return f'<h3>In the whole collection</h3><p class="small">{how}</p>{_table((), rows)}'


def _errors(worst: Mapping[str, Any], kind: str, title: str, pictures: Pictures) -> str:
    if not worst[kind]:
        return ""
    shown = "".join(_picture(one, pictures, f"probability {one['probability']:.2f}") for one in worst[kind])
    return f'<h3>{title}</h3><div class="pictures">{shown}</div>'


def _doubts(made: Mapping[str, Any], pictures: Pictures) -> str:
    if not made["doubts"]:
        return ""
    shown = "".join(
        _picture(
            one,
            pictures,
            f"{one['class']}: answered {one['given']}, likely {one['suggested']} ({one['probability']:.2f})",
        )
        for one in made["doubts"][:DOUBTS]
    )
    many = f"{len(made['doubts']):,} in all, in doubts.csv; the most doubtful first."
    told = f"<h2>Answers to look at again</h2><p>{many}</p>{_links(made)}"
    return f'<section>{told}<div class="pictures">{shown}</div></section>'


def _links(made: Mapping[str, Any]) -> str:
    """To the answering page, which shows them in this order while it is served."""
    if not made["browse"]:
        return ""
    named = dict.fromkeys(one["class"] for one in made["doubts"])
    links = [
        f'<a href="{escape(made["browse"]["addresses"][name])}">{escape(name)}</a>'
        for name in named
        if name in made["browse"]["addresses"]
    ]
    command = escape(made["browse"]["command"])
    return f'<p class="small">To answer them anew: <code>{command}</code>, then {", ".join(links)}.</p>'


def _picture(one: Mapping[str, Any], pictures: Pictures, caption: str) -> str:
    picture = pictures.get(one["row"])
    shown = '<div class="gone">it cannot be read</div>' if picture is None else _img(picture, one["source"])
    return f"<figure>{shown}<figcaption>{escape(one['source'])}<br>{escape(caption)}</figcaption></figure>"


def _img(rgb: Pixels, alt: str) -> str:
    file = io.BytesIO()
    Image.fromarray(np.asarray(rgb)).save(file, "JPEG", quality=80)
    coded = b64encode(file.getvalue()).decode("ascii")
    return f'<img alt="{escape(alt, quote=True)}" src="data:image/jpeg;base64,{coded}">'


def _table(heads: Sequence[str], rows: Any) -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    head = f"<thead><tr>{head}</tr></thead>" if head else ""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table>{head}<tbody>{body}</tbody></table></div>'
