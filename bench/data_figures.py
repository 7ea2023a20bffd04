"""A figure beside its limit or its peer, as the benches of data print it."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line: what was measured, beside what, and whether the goal is met (None: there is no goal)."""

    what: str
    value: str
    beside: str
    met: bool | None = None


def at_least(what: str, value: float, limit: float, unit: str, beside: str = "") -> Figure:
    """A figure that has to reach a limit."""
    return Figure(what, written(value, unit), _told(value, limit, unit, beside), value >= limit)


def at_most(what: str, value: float, limit: float, unit: str, beside: str = "") -> Figure:
    """A figure that must not pass a limit."""
    return Figure(what, written(value, unit), _told(value, limit, unit, beside), value <= limit)


def written(value: float, unit: str) -> str:
    """A number to three digits as people write it, with its unit: 16,400/s, 1.32 x, 0.690 s, 88 MiB."""
    digits = 0 if not value else 2 - math.floor(math.log10(abs(value)))
    number = f"{round(value, digits):,.{max(digits, 0)}f}"
    return f"{number}{'' if unit.startswith('/') else ' '}{unit}"


def _told(value: float, limit: float, unit: str, beside: str) -> str:
    asked = f"{limit:,.9g}{'' if unit.startswith('/') else ' '}{unit}"
    return f"limit {asked}, {value / limit:.2f} of it" + (f"; {beside}" if beside else "")


def timed(work: Callable[[], object]) -> float:
    """Seconds that the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def processor_s(work: Callable[[], object]) -> float:
    """Seconds of the processor that the work takes here; hardly changed by the load of others."""
    start = time.process_time()
    work()
    return time.process_time() - start


def table(figures: Iterable[Figure]) -> str:
    """The lines as a Markdown table; what misses its goal says so."""
    words = {True: "met", False: "**missed**", None: ""}
    lines = ["| what | measured | beside | |", "|---|---|---|---|"]
    lines += [f"| {one.what} | {one.value} | {one.beside} | {words[one.met]} |" for one in figures]
    return "\n".join(lines)
