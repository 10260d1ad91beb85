"""What this machine cannot run is skipped and named; with RARAVIS_REQUIRE_ALL=1 such a skip is a failure."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path

import pytest

NEEDS = ("postgres", "data", "browser")  # markers of what a machine may not have
MAY_BE_MISSING = ("data",)  # even where everything else is required


@pytest.fixture(scope="session")
def data() -> Path:
    """The development data's folder; the test also carries the marker."""
    return Path(os.environ["RARAVIS_DATA"])


def pytest_configure() -> None:
    """A shell without job control has what it starts in the background ignore Ctrl-C, and so would our programs."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow files first, lest a worker be left alone with one; the browser's last.

    Playwright's event loop stays in its thread, and servers want their own.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.get_closest_marker("browser") is not None, item.path not in slow))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("data") and not os.environ.get("RARAVIS_DATA"):
        pytest.skip("RARAVIS_DATA is unset")
    if item.get_closest_marker("browser") and (lacking := _no_browser()):
        pytest.skip(lacking)


def _no_browser() -> str | None:
    """What is missing for a real browser, and how it is got; None: nothing is."""
    if find_spec("playwright") is None:
        return "no playwright: pip install -e '.[dev]'"
    return None if shutil.which("chromium") else "no chromium: apt-get install chromium"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    required = [need for need in NEEDS if need in item.keywords and need not in MAY_BE_MISSING]
    if report.skipped and required and os.environ.get("RARAVIS_REQUIRE_ALL") == "1":
        report.outcome = "failed"
        report.longrepr = f"RARAVIS_REQUIRE_ALL=1, and {', '.join(required)} cannot be had: {_reason(report)}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None, None, None]:
    """Begins with what was not run."""
    _tell_missing(terminalreporter)
    return (yield)


def _tell_missing(terminalreporter: pytest.TerminalReporter) -> None:
    missing = {
        f"{need} ({_reason(report)})"
        for report in terminalreporter.stats.get("skipped", [])
        for need in NEEDS
        if need in getattr(report, "keywords", ())  # a module that skips itself has none
    }
    if missing:
        terminalreporter.write_line(f"not run here: {', '.join(sorted(missing))}", yellow=True)


def _reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")
