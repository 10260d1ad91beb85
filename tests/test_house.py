"""The measures of the house: small files, small functions, documented commands."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "raravis"


def function_lengths() -> list[int]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SRC.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_no_file_is_over_300_lines() -> None:
    long = {str(p.relative_to(SRC)): n for p in SRC.rglob("*.py") if (n := len(p.read_text().splitlines())) > 300}
    assert long == {}


def test_half_the_functions_are_8_lines_or_fewer_and_nine_in_ten_30_or_fewer() -> None:
    lengths = function_lengths()
    assert lengths[len(lengths) // 2] <= 8
    assert lengths[len(lengths) * 9 // 10] <= 30


def test_every_command_has_a_page_and_every_option_is_named_on_it() -> None:
    from raravis.cli.commands import raravis

    for name, command in raravis.commands.items():
        page = ROOT / "docs" / f"{name}.md"
        assert page.exists(), f"docs/{name}.md is missing"
        text = page.read_text(encoding="utf-8")
        for option in (o for p in command.params for o in p.opts if o.startswith("--")):
            assert option in text, f"docs/{name}.md does not name {option}"


def test_the_readme_begins_with_the_two_commands() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    code = [line for line in lines if line.startswith(("pip ", "python3 -m venv "))][:2]
    assert code[0].endswith("pip install . && raravis demo")
    assert code[1].endswith("pip install -e '.[dev]' && scripts/test")
