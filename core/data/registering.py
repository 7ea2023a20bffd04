"""Registering a source: its images found, their headers read, their bytes hashed, its labels read; nothing decoded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.data import images, importers
from core.data.facts import Facts, Gathered
from core.data.images import BadImage, DecodeLimits
from core.data.importers.records import Parsed, Problem

UNREADABLE = "unreadable image"  # the kind of its problem
_TELL_EVERY = 500


@dataclass(frozen=True, eq=False)
class Registered:
    """A source as far as it can be known without decoding."""

    parsed: Parsed
    facts: Facts
    problems: tuple[Problem, ...]  # of the image files


def register(
    root: Path,
    format: str = "auto",
    progress: Callable[[int, int], None] = lambda done, total: None,
    limits: DecodeLimits | None = None,
) -> Registered:
    """Scan, headers, SHA-256 and labels of a source. Raises BadInput for one that cannot be read."""
    parsed = importers.parse(root, format)
    facts, problems = look(parsed.root, [image.key for image in parsed.images], progress, limits)
    return Registered(parsed, facts, problems)


def look(
    root: Path,
    keys: Sequence[str],
    progress: Callable[[int, int], None] = lambda done, total: None,
    limits: DecodeLimits | None = None,
) -> tuple[Facts, tuple[Problem, ...]]:
    """The facts of image files, and what is wrong with the others; `progress(done, total)` may raise to stop."""
    gathered, problems = Gathered(), []
    for at, key in enumerate(keys):
        if at % _TELL_EVERY == 0:
            progress(at, len(keys))
        try:
            gathered.add(at, *images.identify(root / key, key, limits))
        except BadImage as error:
            problems.append(Problem(UNREADABLE, key, error.reason))
    progress(len(keys), len(keys))
    return gathered.finish(), tuple(problems)
