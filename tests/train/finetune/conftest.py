"""The small encoder, made once."""

from __future__ import annotations

from pathlib import Path

import finetune_making as making
import pytest


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return making.encoder(tmp_path_factory.mktemp("tiny"))
