"""`predict`: many pictures, some at a time, as rows of a CSV file; memory is bounded however large they are."""

import csv
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from core.cli import shared
from core.errors import BadInput
from core.words import those

if TYPE_CHECKING:
    from core.data.importers.records import Problem
    from core.services.predict import Prediction

_AT_ONCE = 32  # pictures in one question: a bar that moves
Read = TypeVar("Read")
HEAD = ("image", "label", "probability", "predicted")


def predict(run: int, paths: list[Path], out: Path | None, *, force: bool) -> None:
    """Write one row a picture and label; unreadable ones and folders are named on stderr, and it exits with 1."""
    from core import output
    from core.services import runs

    if out is not None:
        output.check(out, force=force)
    house = shared.enter()
    labels = [label.name for label in runs.labels(house.store, house.actor, run)]
    text, good, bad = io.StringIO(newline=""), 0, 0
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    files, unread = expand(paths)
    for problem in unread:
        bad += 1
        shared.say(shared.escaped(problem))
    for name, found in _all(house, run, files):
        if found.problem:
            bad += 1
            shared.say(shared.escaped(found.problem))
            continue
        good += 1
        for label, chance, yes in zip(labels, found.probabilities, found.predicted, strict=True):
            writer.writerow((name, label, f"{chance:.4f}", int(yes)))
    if out is None:
        sys.stdout.write(text.getvalue())
    else:
        output.write(out, text.getvalue().encode(), force=force)
        shared.say(f"{those(good, 'picture', 'was', 'were')} written to {out}.")
    if bad:
        raise typer.Exit(1)


def _all(house: shared.House, run: int, files: list[Path]) -> "Iterator[tuple[str, Prediction]]":
    from core.services import predict as service

    sizes = [_opened(path, lambda path: path.stat().st_size) for path in files]
    large = [service.too_large(str(path), size) for path, size in zip(files, sizes, strict=True)]
    yield from ((problem, service.Prediction((), (), None, problem)) for problem in large if problem)
    fit = [(path, size) for path, size, problem in zip(files, sizes, large, strict=True) if not problem]
    with shared.progress_bar() as bar:
        for part in service.parts([size for _, size in fit], _AT_ONCE):
            bar(part.start / len(fit), f"picture {part.start + 1:,} of {len(fit):,}")
            names = [str(path) for path, _ in fit[part]]
            pictures = [_opened(path, _content) for path, _ in fit[part]]
            found = service.predict(house.store, house.settings, house.actor, run, pictures, names=names)
            yield from zip(names, found, strict=True)


def _content(path: Path) -> bytes:
    """What a file holds; of one that grew since it was measured, enough to be called too large."""
    from core.services.predict import MOST_BYTES

    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _opened(path: Path, read: Callable[[Path], Read]) -> Read:
    try:
        return read(path)
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read ({error.strerror}): check its name and permissions."
        ) from error


def expand(paths: list[Path]) -> tuple[list[Path], list[str]]:
    """The files that are named and all pictures below the folders that are; a sentence for each folder that is closed.

    Raises BadInput for a folder without any picture, or that cannot be read itself.
    """
    found: list[Path] = []
    unread: list[str] = []
    for path in paths:
        if path.is_dir():
            inside, closed = _inside(path)
            if not (inside or closed):
                raise BadInput(f"The folder {path} holds no picture.")
            found += inside
            unread += closed
        else:
            found.append(path)
    return found, unread


def _inside(folder: Path) -> tuple[list[Path], list[str]]:
    """The pictures below a folder, and a sentence for each folder there that cannot be read."""
    from core.data.importers import listing

    problems: list[Problem] = []
    files = listing.files(folder, problems.append)
    pictures = sorted(folder / key for key in files if listing.is_image_name(key))
    closed = [problem for problem in problems if problem.kind == listing.CLOSED]
    return pictures, [f"{folder / problem.file}: {problem.reason}" for problem in closed]
