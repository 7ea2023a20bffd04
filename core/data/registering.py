"""What is known of image files without decoding them: their headers, and the hash of their bytes."""

from collections.abc import Callable, Sequence
from pathlib import Path

from core.data import images
from core.data.facts import Facts, Gathered
from core.data.images import BadImage, DecodeLimits
from core.data.importers.records import Problem

UNREADABLE = "unreadable image"  # the kind of its problem
_TELL_EVERY = 500


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
