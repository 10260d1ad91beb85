from pathlib import Path

import pytest
from films import Render, renderer


@pytest.fixture
def render(tmp_path: Path) -> Render:
    return renderer(tmp_path)
