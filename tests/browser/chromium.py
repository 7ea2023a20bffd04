"""The Chromium that browser tests drive: the system's, else Playwright's own.

Run as a module it makes sure that there is one, and fails with one sentence where none can be had.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> str | None:
    """The path of a Chromium on this machine, or None; ERRATA_TEST_CHROMIUM names one."""
    named = os.environ.get("ERRATA_TEST_CHROMIUM")
    candidates = [named] if named else [*map(shutil.which, NAMES), *MAC_APPS, _playwrights_own()]
    return next((path for path in candidates if path and Path(path).exists()), None)


def _playwrights_own() -> str | None:
    # In a process of its own: Playwright's loop must not run inside a test that has started another.
    ask = "from playwright.sync_api import sync_playwright as p\nwith p() as q: print(q.chromium.executable_path)"
    asked = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True)
    return asked.stdout.strip() or None


def main() -> int:
    """Find a Chromium, or let Playwright download one; 1 and a sentence if neither works."""
    if find():
        return 0
    print("No Chromium on this machine; Playwright downloads its own.")
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])
    if find():
        return 0
    print(
        "The browser tests need a Chromium and none could be had: install the package `chromium` "
        "or Google Chrome, or let `playwright install chromium` reach the network, and run again.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
