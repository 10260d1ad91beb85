"""A first sidecar for an ONNX model, from what the file itself tells; whatever is guessed is said."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from raravis.onnx.describe.draft import Draft
from raravis.onnx.describe.facts import look
from raravis.onnx.describe.inputs import colours, placing, size
from raravis.onnx.describe.outputs import outputs
from raravis.onnx.sidecar import read, sha256


class Description(NamedTuple):
    """What goes into the sidecar, and a line for each thing that should be looked at before it is trusted."""

    fields: dict[str, Any]
    notes: list[str]


def describe(path: str) -> Description:
    """The fields of a sidecar that `sidecar.read` takes, and notes: what was guessed, why, how to check it.

    Reads the graph, its metadata and what Hugging Face keeps beside it (`config.json`, `preprocessor_config.json`),
    and runs it once on noise. Writes nothing. Raises ModelError for a model that cannot run here, or whose outputs are
    neither vectors nor boxes.
    """
    facts = look(path)
    draft = Draft()
    draft.know(name=_name(facts.file.stem), version="1")
    size(facts, draft)
    outputs(facts, draft)
    colours(facts, draft)
    placing(facts, draft)
    draft.know(sha256=sha256(facts.file))
    read(json.dumps(draft.fields).encode(), str(facts.file))  # what we write we can read
    return Description(draft.fields, [facts.summary(), *draft.notes])


def _name(stem: str) -> str:
    return re.sub(r"[^\w.-]+", "-", stem, flags=re.ASCII).strip("-") or "model"
