"""A figure beside its limit or its peer, as the benches of data print it."""

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
    told = f"limit {limit:,.4g} {unit}, {value / limit:.2f} of it" + (f"; {beside}" if beside else "")
    return Figure(what, f"{value:,.4g} {unit}", told, value >= limit)


def at_most(what: str, value: float, limit: float, unit: str, beside: str = "") -> Figure:
    """A figure that must not pass a limit."""
    told = f"limit {limit:,.4g} {unit}, {value / limit:.2f} of it" + (f"; {beside}" if beside else "")
    return Figure(what, f"{value:,.4g} {unit}", told, value <= limit)


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
