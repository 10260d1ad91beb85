"""Why ONNX Runtime cannot load a file, in words that say what to do; its own are a C++ address and a page long."""

from __future__ import annotations

import re

UPDATE = "update onnxruntime, or export the model for an older opset"
_KNOWN = (
    (r"Protobuf parsing failed|No graph was found", "it is damaged, cut off or no ONNX file; fetch it again"),
    (
        r"Opset (\d+) is under development.* till opset (\d+)",
        f"got opset {{}}, this runtime knows up to {{}}; {UPDATE}",
    ),
    (r"IR version: (\d+), max.* version: (\d+)", f"got IR version {{}}, this runtime knows up to {{}}; {UPDATE}"),
    (r"Fatal error: ([\w.:]+)", "got operator {}, which this runtime has not; export it with standard operators"),
)


def why_unreadable(error: Exception) -> str:
    """One line: what was got, what is wanted, what to do; for what is not known here, the runtime's first words."""
    text = " ".join(str(error).split())
    for pattern, told in _KNOWN:
        if match := re.search(pattern, text):
            return told.format(*match.groups())
    return text[:200]
