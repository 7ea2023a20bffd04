"""Errata served on a port of its own with a home of its own, and a Chromium that looks at it."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from core.settings import Settings
from db.store import Store, open_store
from tests.browser import chromium

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "test-results"
START_S = 90.0
PATIENCE_MS = 30_000  # two cores may train beside the browser


@dataclass(frozen=True)
class Served:
    """A running Errata: its address, its home, its database to look into, its environment for commands."""

    url: str
    settings: Settings
    store: Store
    environment: dict[str, str]

    def cli(self, *words: str, timeout_s: float = 300.0) -> str:
        """What a command prints; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", "core", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(home: Path, port: int | None = None, **more: str) -> tuple[Served, "subprocess.Popen[bytes]"]:
    """Start `python -m core serve` on a home, at a free port where none is given, and wait until it answers."""
    port = port or free_port()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ERRATA_")}
    environment |= {
        "ERRATA_HOME": str(home),
        "ERRATA_DEMO": "0",
        "PORT": str(port),
        "ERRATA_WORKER_IDLE_S": "3",
    }
    environment |= more
    home.mkdir(parents=True, exist_ok=True)
    with (home / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "core", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    settings = Settings.load(environment)
    served = Served(f"http://127.0.0.1:{port}", settings, open_store(settings.database_url), environment)
    _await_health(served, process)
    return served, process


def _await_health(served: Served, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{served.url}/errata/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    end(served, process)
    raise AssertionError(f"Errata did not start:\n{(served.settings.home / 'serve.log').read_text()[-3000:]}")


def end(served: Served, process: "subprocess.Popen[bytes]") -> None:
    """End the server and every process of its home, by number."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
    for other in psutil.process_iter(["environ"]):
        if (other.info["environ"] or {}).get("ERRATA_HOME") == str(served.settings.home):
            other.kill()
    served.store.close()


@pytest.fixture(scope="module")
def errata(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Errata with an empty home, shared by the tests of a file."""
    served, process = serve(tmp_path_factory.mktemp("served") / "home")
    yield served
    end(served, process)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine, else Playwright's own; without one the test fails, it is never skipped."""
    path = chromium.find()
    if path is None:
        pytest.fail("No Chromium was found: `make test` says how to get one.", pytrace=False)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh visitor at a window of 1440 × 900."""
    opened = browser.new_context(viewport={"width": 1440, "height": 900})
    opened.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window; when its test fails, what it showed is kept under test-results/."""
    opened = context.new_page()
    yield opened
    report = request.node.stash.get(FAILED, None)
    if report:
        RESULTS.mkdir(exist_ok=True)
        name = re.sub(r"[^\w.-]+", "-", request.node.nodeid).strip("-")
        opened.screenshot(path=RESULTS / f"{name[-120:]}.png")


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Note a failed test where its `page` can see it."""
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report
