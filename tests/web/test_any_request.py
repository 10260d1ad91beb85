"""Requests made at random from the OpenAPI description: no answer is a mistake of ours, and each is as described."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import booleans
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from raravis import flow
from raravis.store import Project
from raravis.web.app import app_of
from raravis.web.room import Room
from raravis.web.serving import open_room

RULES = settings(
    max_examples=5,  # an operation
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
HOSTS = frozenset({"testserver", "localhost"})
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
THERE = {"name": "red", "id": 3, "item_id": 3, "source_id": 1, "example_id": 1}
STREAMS = "/api/live"  # its answer has no end


@pytest.fixture(scope="module")
def wide_open(yard_seen: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room of the yard in which anything may happen."""
    folder = tmp_path_factory.mktemp("any")
    shutil.copytree(yard_seen, folder, dirs_exist_ok=True)
    with Project.open(folder / "project") as project:
        flow.relocate(project, yard_seen / "yard", folder / "yard")
        room = open_room(project, roots=[folder / "yard"])
        yield room
        room.close()


@pytest.fixture(scope="module")
def described(wide_open: Room) -> Any:
    """The operations that the server describes, and what to send with each request."""
    app = app_of(wide_open, hosts=HOSTS)
    described = schemathesis.openapi.from_asgi("/api/openapi.json", app).exclude(path=STREAMS)
    headers = {"X-Raravis": "1", "Authorization": f"Bearer {wide_open.doors.issue()}"}  # users come and go below
    return [found.ok() for found in described.get_all_operations()], headers


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_finds_a_mistake_of_ours_and_every_answer_is_as_described(described: Any, mode: Any) -> None:
    operations, headers = described
    assert {operation.path for operation in operations} >= {"/api/session", "/api/concepts/{name}/answers"}
    for operation in operations:
        try:
            _try(operation, mode, headers)
        except Unsatisfiable:  # it takes nothing that could be wrong
            assert mode is GenerationMode.NEGATIVE


def _try(operation: Any, mode: Any, headers: dict[str, str]) -> None:
    @RULES
    @given(operation.as_strategy(generation_mode=mode), booleans())
    def asked(case: Any, about_something: bool) -> None:
        if about_something:
            case.path_parameters |= {name: there for name, there in THERE.items() if name in case.path_parameters}
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    asked()
