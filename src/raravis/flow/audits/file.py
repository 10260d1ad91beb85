"""A certificate's file: the claim, and all that it takes to work it out again without the project."""

from __future__ import annotations

import functools
import hashlib
import json
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from raravis import __version__
from raravis.certify import Claim, draw_order, most_for, out_of_order, recompute
from raravis.certify.ledger import CONTROL, DRAW, SEARCH, parse
from raravis.errors import InputError
from raravis.flow.audits.ahead import course
from raravis.flow.audits.auditing import Auditing
from raravis.flow.audits.runs import Moments
from raravis.flow.audits.telling import Words
from raravis.flow.audits.values import UNSEEN, Rule, judge
from raravis.flow.audits.words import About, Mixed, first_line, first_line_of_format_1
from raravis.formats.certificate import page
from raravis.formats.export import folder_name, new_file
from raravis.types import CANT_TELL, YES, Round

FORMAT = 2  # 1 had no `mixed_in`, and its first line did not say how much people overlook
ASKED = ("start", "search", "draw")
METHOD = (
    "Units are frames; for an event claim the positive unit of an event is the first that shows it. They were drawn "
    "uniformly, without replacement, from those unseen just before each draw; what the search showed is known and is "
    "no evidence. The bound on the total is a test martingale (prior-posterior ratio, Waudby-Smith & Ramdas, "
    "arXiv:2006.04347; Ville's inequality), so it holds however often one looked. Where nobody could tell, the worst "
    "is assumed."
)


def document(auditing: Auditing, words: Words) -> dict[str, Any]:
    """The certificate as JSON has it; times in seconds on the timeline, answers 1 yes, -1 no, 0 can't tell."""
    units, terms, claim = auditing.units, auditing.terms, words.claim
    names = {id: auditing.sources[id].places[0].name for id in units.lies_in}
    numbers = {id: number for number, id in enumerate(sorted(names))}
    made = {
        "raravis_certificate": FORMAT,
        "version": __version__,
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "concept": auditing.concept,
        "statement": words.statement(),
        "claim": finite(claim.to_json()),
        "terms": {"recall": terms.recall, "confidence": auditing.begun.confidence, "unit": terms.unit},
        "rule": {"min_seconds": units.stamp.min_seconds, "gap_seconds": units.stamp.gap_seconds},
        "audit": {
            "number": auditing.begun.number,
            "recall": auditing.begun.recall,
            "misses": auditing.begun.misses,
            "seed": auditing.begun.seed,
        },
        "collection": {
            "units": len(units),
            "checksum": units.stamp.checksum,
            "hours": units.seconds / 3600,
            "sources": [names[id] for id in sorted(names)],
        },
        "mixed_in": words.mixed._asdict(),
        "assumptions": words.assumptions(),
        "method": METHOD,
        "footage": [[_number(low), _number(high)] for low, high in units.bounds.tolist()],
        "course": course(auditing),
        "steps": _steps(auditing, numbers),
        "elsewhere": _elsewhere(auditing, numbers),
    }
    return {**made, "digest": digest(made)}


def write(made: Mapping[str, Any], exports: Path) -> dict[str, Path]:
    """The JSON file and the page, in a folder of the concept; those of another audit go aside, under its number."""
    files = _files(exports, made["concept"], made["terms"]["unit"])
    _keep_another(files, made)
    with new_file(files["json"]) as partial:
        partial.write_text(json.dumps(made, indent=None), encoding="utf-8")
    with new_file(files["html"]) as partial:
        partial.write_text(page(made), encoding="utf-8")
    return files


def _files(exports: Path, concept: str, unit: str) -> dict[str, Path]:
    return {end: exports / folder_name(concept) / f"certificate-{unit}.{end}" for end in ("json", "html")}


def _aside(file: Path, number: int) -> Path:
    """Where the certificate of an audit lies once another's has its place."""
    return file.with_stem(f"{file.stem}-audit-{number}")


def is_settled(exports: Path, first: Round) -> bool:
    """Whether the audit of this first round is at its end, by its certificate: it holds, or all was looked at."""
    audit = first.params["audit"]
    file = _files(exports, first.concept, audit["stamp"]["unit"])["json"]
    for path in (file, _aside(file, audit["number"])):
        try:
            made = _read(path)
            claim, number = made["claim"], made["audit"]["number"]
        except (InputError, KeyError, TypeError):
            continue  # none, or none that proves anything
        if number == audit["number"]:
            return bool(not claim["unseen"] or (claim["holds"] and claim["found"]))
    return False


def _keep_another(files: Mapping[str, Path], made: Mapping[str, Any]) -> None:
    """What was certified stays so: begun anew or with other terms, an audit takes no other's place that drew."""
    try:
        other = _read(files["json"])
        number, drew = other["audit"]["number"], any(step["kind"] in (SEARCH, DRAW) for step in other["steps"])
    except (InputError, KeyError, TypeError):
        return  # none yet, or none that proves anything
    if drew and (number, other["rule"]) != (made["audit"]["number"], made["rule"]):
        for file in files.values():
            with new_file(_aside(file, number)) as partial:
                file.replace(partial)


def verify(path: Path) -> dict[str, Any]:
    """The certificate in a file, once its claim was worked out anew from its answers.

    Raises InputError naming what is wrong: no certificate, changed after it was written, a claim that does not follow
    from the answers, or draws that do not come in the order of the audit's seed.
    """
    made = _read(path)
    try:
        if digest({name: value for name, value in made.items() if name != "digest"}) != made["digest"]:
            raise InputError(f"{path}: was changed after it was written; ask for the certificate as it was made")
        steps = _recounted(path, made)
        _compare(path, made, _claim(made, steps), _claim(made, steps, if_right=True))
        _refuse_another_order(path, made, steps)
        _refuse_unassuming(path, made["assumptions"])
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise InputError(f"{path}: a part is missing or misshapen ({error!r}), so it proves nothing") from None
    return made


def digest(made: Mapping[str, Any]) -> str:
    """Of everything but itself: shows a change made by accident; the claim is worked out anew in any case."""
    return hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        made = json.loads(path.read_text(encoding="utf-8"), parse_constant=functools.partial(_no_number, path))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise InputError(f"{path}: no certificate: wanted the .json that raravis certify wrote") from None
    if not isinstance(made, dict) or made.get("raravis_certificate") not in (1, FORMAT):
        raise InputError(f"{path}: no certificate of format 1 or {FORMAT}: wanted the .json that raravis certify wrote")
    return made


def _no_number(path: Path, text: str) -> float:
    raise InputError(f"{path}: holds {text}, which is no number, so it proves nothing")


def _refuse_another_order(path: Path, made: Mapping[str, Any], steps: list[list[Any]]) -> None:
    """Raises InputError where units were not drawn in the order that seed and number settled before the first draw."""
    seed, number = made["audit"]["seed"], made["audit"]["number"]
    order = draw_order(made["collection"]["units"], np.random.default_rng([seed, number]))
    if step := out_of_order(parse(steps), order):
        raise InputError(
            f"{path}: states that unit {step.row} was drawn, but seed {seed} of audit {number} gives another then: it "
            "does not hold"
        )


def _refuse_unassuming(path: Path, assumptions: Any) -> None:
    if not (isinstance(assumptions, list) and assumptions and all(isinstance(line, str) for line in assumptions)):
        raise InputError(f"{path}: does not say what it assumes, and no claim assumes nothing: it proves nothing")


def _recounted(path: Path, made: Mapping[str, Any]) -> list[list[Any]]:
    """The steps, each with what its unit counts as by the answers in the file."""
    values = _values(made)
    for number, value in values.items():
        step = made["steps"][number]
        if step["counts"] != value:
            unit = f"unit {step['unit']} counts as {step['counts']}"
            raise InputError(f"{path}: states that {unit}, but its answers give {value}: it does not hold")
    return [[step["kind"], step["unit"], step["probability"], step["counts"]] for step in made["steps"]]


def _claim(made: Mapping[str, Any], steps: list[list[Any]], *, if_right: bool = False) -> Claim:
    kept = [step for step in steps if not (if_right and step[0] == CONTROL)]
    units, audit, misses = made["collection"]["units"], made["audit"], made["audit"]["misses"] and not if_right
    return recompute(kept, units, audit["recall"], made["terms"]["confidence"], misses=misses)


def _compare(path: Path, made: Mapping[str, Any], claim: Claim, if_right: Claim) -> None:
    """Raises InputError where the file states what its answers do not give."""
    stated, found, terms = made["claim"], finite(claim.to_json()), made["terms"]
    for name in set(found) - {"recall", "holds", "answers_to_go"}:
        if stated[name] != found[name]:
            raise InputError(
                f"{path}: states {name} {stated[name]}, but its answers give {found[name]}: it does not hold"
            )
    holds = claim.total_upper <= most_for(claim.found, terms["recall"])
    about = About(made["concept"], terms["unit"], made["rule"]["min_seconds"], *_size(made), terms["confidence"])
    said = _first_line(path, made, claim, if_right, about)
    if stated["holds"] != holds or made["statement"][0] != said:
        raise InputError(f"{path}: its answers give another claim: {said}")


def _first_line(path: Path, made: Mapping[str, Any], claim: Claim, if_right: Claim, about: About) -> str:
    if made["raravis_certificate"] == 1:
        return first_line_of_format_1(claim, if_right, about)
    mixed = Mixed(made["mixed_in"]["shown"], made["mixed_in"]["missed"])
    counted = [step["counts"] for step in made["steps"] if step["kind"] == CONTROL]
    if made["audit"]["misses"] and mixed != (len(counted), sum(value != YES for value in counted)):
        raise InputError(f"{path}: states that people missed {mixed}, but its answers give another number")
    return first_line(claim, if_right, about, mixed)


def _size(made: Mapping[str, Any]) -> tuple[int, float]:
    return made["collection"]["units"], made["collection"]["hours"]


def _steps(auditing: Auditing, numbers: Mapping[int, int]) -> list[dict[str, Any]]:
    """What happened to units, in order, each with where it lies and what was answered."""
    units, answered = auditing.units, auditing.given.answered
    out = []
    for kind, row, prob, value in auditing.audit.to_json():
        step: dict[str, Any] = {"kind": kind, "unit": row, "probability": prob, "counts": value}
        if kind in ASKED:
            said = int(answered[row])
            moment = units.moments
            step |= {"answer": None if said == UNSEEN else said, "source": numbers[int(units.source_id[row])]}
            step |= {
                "footage": int(moment.footage[row]),
                "start": float(moment.start[row]),
                "end": float(moment.end[row]),
            }
        out.append(step)
    return out


def _elsewhere(auditing: Auditing, numbers: Mapping[int, int]) -> list[dict[str, Any]]:
    """Answers about frames that are no units; they tell how long events last."""
    given, moment = auditing.given, auditing.given.moments
    rows = np.flatnonzero(auditing.units.rows(given.source_id, given.pts) < 0).tolist()
    return [
        {
            "answer": int(given.value[row]),
            "source": numbers[int(given.source_id[row])],
            "footage": int(moment.footage[row]),
            "start": float(moment.start[row]),
            "end": float(moment.end[row]),
        }
        for row in rows
        if auditing.terms.unit == "event"
    ]


def _values(made: Mapping[str, Any]) -> dict[int, int]:
    """What each step's unit counts as, by its number, from the answers alone."""
    steps = {
        number: step
        for number, step in enumerate(made["steps"])
        if step["kind"] in ASKED and step["counts"] is not None
    }
    units = _moments(list(steps.values()))
    answered = np.array([UNSEEN if s["answer"] is None else s["answer"] for s in steps.values()], np.int8)
    told = [s for s in steps.values() if s["answer"] is not None] + made["elsewhere"]
    bounds = np.array([[-math.inf if a is None else a, math.inf if b is None else b] for a, b in made["footage"]])
    value = np.array([s["answer"] for s in told], np.int8)
    rule = Rule(made["rule"]["min_seconds"], made["rule"]["gap_seconds"])
    judged = judge(units, answered, _moments(told), value, bounds.reshape(-1, 2), rule).value
    judged = np.where(judged == UNSEEN, CANT_TELL, judged)
    return dict(zip(steps, judged.tolist(), strict=True))


def _moments(of: list[dict[str, Any]]) -> Moments:
    footage = np.array([one["footage"] for one in of], np.int64)
    return Moments(footage, np.array([one["start"] for one in of], float), np.array([one["end"] for one in of], float))


def finite(values: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers with None for infinity, which JSON does not have."""
    return {name: None if isinstance(v, float) and math.isinf(v) else v for name, v in values.items()}


def _number(seconds: float) -> float | None:
    return None if math.isinf(seconds) else float(seconds)
