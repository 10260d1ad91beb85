"""Imports go down only; packages on one floor of two never import each other."""

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src" / "raravis"
FLOORS = [
    {"types", "errors", "arrays"},
    {"plugins", "time", "boxes", "onnx"},
    {"media", "sample", "detect", "embed", "index", "pick", "train", "classify", "certify", "store", "formats"},
    {"flow", "scale"},
    {"web", "simulate", "demo", "testing"},
    {"cli"},
]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
WITHIN_A_FLOOR = {("types", "arrays"), ("plugins", "time"), ("flow", "scale"), ("demo", "simulate")}


def rooms(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        modules = (
            [node.module] + [f"{node.module}.{a.name}" for a in node.names]
            if isinstance(node, ast.ImportFrom) and node.module
            else [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else []
        )
        found |= {m.split(".")[1] for m in modules if m.startswith("raravis.") and m.split(".")[1] in FLOOR}
    return found


@pytest.mark.parametrize("path", sorted(SRC.rglob("*.py")), ids=lambda p: str(p.relative_to(SRC)))
def test_imports_go_down_only(path: Path) -> None:
    own = path.relative_to(SRC).parts[0].removesuffix(".py")
    if own in ("__init__", "__main__"):
        return
    assert own in FLOOR, f"{own} stands on no floor: add it to FLOORS"
    for other in rooms(path) - {own}:
        down = FLOOR[other] < FLOOR[own] or (own, other) in WITHIN_A_FLOOR
        assert down, f"{own} (floor {FLOOR[own]}) imports {other} (floor {FLOOR[other]})"


def test_import_raravis_loads_only_the_standard_library_and_numpy() -> None:
    import subprocess
    import sys

    code = "import sys, raravis; print([m for m in sys.modules if m.split('.')[0] in %r])"
    heavy = (
        "av",
        "sklearn",
        "onnxruntime",
        "onnx",
        "sqlalchemy",
        "matplotlib",
        "PIL",
        "scipy",
        "click",
        "rich",
        "fastapi",
        "uvicorn",
    )
    done = subprocess.run([sys.executable, "-c", code % (heavy,)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
