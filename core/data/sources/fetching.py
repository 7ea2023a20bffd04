"""A URL's files, copied to a folder here: listed, checked against limits, fetched, an archive unpacked."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

from core.data import archive, disk
from core.data.archive import ArchiveLimits
from core.data.importers import tables
from core.data.importers.names import short
from core.data.importers.records import MOST_TOLD, Problem
from core.data.sources import addresses, failures, remote
from core.data.sources.addresses import Allowed
from core.data.sources.copying import Copier, Here
from core.data.sources.records import FetchLimits, Found
from core.data.sources.remote import Remote
from core.errors import BadInput

Progress = Callable[[float, str], None]  # share done 0..1, and what is being done in a few words
_TELL_EVERY = 1000  # files of a listing
_UNPACKED = "unpacked"


@dataclass(frozen=True)
class Fetched:
    """What came of a URL."""

    source: Path
    """The folder that holds the files, or the CSV file that the URL named; an importer takes it."""
    problems: tuple[Problem, ...]
    """Files that could not be had, by name; the first 10,000."""
    files: int
    """That lie here now, as they were there; of an archive, 1."""
    copied: int
    """Of them, that were copied by this call; the others were here."""


def fetch(
    url: str,
    into: Path,
    progress: Progress,
    *,
    limits: FetchLimits | None = None,
    allow: Allowed | None = None,
    options: Mapping[str, Any] | None = None,
    archive_limits: ArchiveLimits | None = None,
) -> Fetched:
    """Copy what is behind a URL into a folder of ours, several files at a time, and unpack it if it is an archive.

    A URL of a folder brings all files below it; of a CSV, the folder that it lies in (over http(s), the images
    that it names); of any other file, that archive. Called again with the same `into`, it fetches only what is
    missing or changed: keep the folder after an error. Credentials come from the environment or from `options`,
    which go to the fsspec driver.
    Raises Refused for what `allow` (unless given, what suits a browser's form) does not let through; BadInput
    for what cannot be read, and beyond the limits; Interrupted when it broke off.
    """
    url, allow, limits = url.strip(), allow or Allowed(), limits or FetchLimits()
    addresses.check_allowed(url, allow)
    opened = Remote(url, allow, options or {})
    progress(0.0, "looking")
    with failures.told(url):
        one = opened.file()
    here = Here(into)
    if one is None:
        return _folder(opened, here, limits, progress)
    if not one.key.lower().endswith(tables.ENDINGS):
        return _archive(opened, one, into, here, limits, archive_limits, progress)
    if opened.is_web:
        return _web_table(opened, one, here, limits, progress)
    found = _folder(opened.folder(), here, limits, progress)
    return Fetched(here.files / one.key, found.problems, found.files, found.copied)


def _folder(opened: Remote, here: Here, limits: FetchLimits, progress: Progress) -> Fetched:
    problems: list[Problem] = []
    with failures.told(opened.url):
        found = list(_checked(opened.listing(limits), opened, limits, problems, progress))
    here.forget_others({file.key for file in found})
    if not found:
        raise BadInput(f"{addresses.shown(opened.url)} holds no files: check the address.")
    copied = _copy(opened, found, here, limits, problems, progress)
    return Fetched(here.files, tuple(problems), _arrived(found, here), copied)


def _checked(
    listing: Iterable[Found | Problem],
    opened: Remote,
    limits: FetchLimits,
    problems: list[Problem],
    progress: Progress,
) -> Iterator[Found]:
    """The files of a listing, each name once. Raises BadInput beyond the limits."""
    shown, seen, total = addresses.shown(opened.url), set[str](), 0
    for entry in listing:
        if isinstance(entry, Problem):
            _tell(problems, entry)
        elif entry.key in seen:
            _tell(problems, Problem("file name", entry.key, "Another file has this name too; left out."))
        else:
            seen.add(entry.key)
            total += entry.bytes or 0
            yield entry
        if len(seen) > limits.files:
            raise BadInput(f"{shown} holds more than {limits.files:,} files: give a folder further in.")
        if total > limits.total_bytes:
            raise BadInput(
                f"{shown} holds more than {disk.size(limits.total_bytes)}: give a folder further in."
            )
        if seen and len(seen) % _TELL_EVERY == 0:
            progress(0.0, f"listing, {len(seen):,} files so far")


def _copy(
    opened: Remote,
    found: list[Found],
    here: Here,
    limits: FetchLimits,
    problems: list[Problem],
    progress: Progress,
) -> int:
    """Copy what is not here yet; returns how many files that were."""
    wanted = [file for file in found if not here.has(file)]
    need = sum(file.bytes or 0 for file in wanted)
    disk.require(here.files, need)

    def tell(files: int, arrived: int) -> None:
        share = arrived / need if need else files / max(len(wanted), 1)
        of = f" of {disk.size(need)}" if need else ""
        progress(
            min(share, 1.0),
            f"fetching, {files:,} of {len(wanted):,} files, {disk.size(arrived)}{of}",
        )

    copier = Copier(opened, here, limits, tell)
    tell(0, 0)
    copier.copy(wanted)
    if wanted and not copier.copied and len(wanted) == len(found):
        raise BadInput(
            f"Of {addresses.shown(opened.url)}, no file could be fetched. {short(wanted[0].key, 80)}: "
            f"{copier.problems[0].reason}"
        )
    problems += copier.problems[: max(MOST_TOLD - len(problems), 0)]
    return copier.copied


def _arrived(found: list[Found], here: Here) -> int:
    return sum((here.files / file.key).is_file() for file in found)


def _tell(problems: list[Problem], problem: Problem) -> None:
    if len(problems) < MOST_TOLD:
        problems.append(problem)


def _archive(
    opened: Remote,
    one: Found,
    into: Path,
    here: Here,
    limits: FetchLimits,
    archive_limits: ArchiveLimits | None,
    progress: Progress,
) -> Fetched:
    """An archive is fetched, unpacked beside, and removed."""
    unpacked, half = into / _UNPACKED, into / "half"
    if unpacked.is_dir() and one.stamp and here.stamp(_UNPACKED) == one.stamp:
        return Fetched(archive.root_of(unpacked), (), 1, 0)
    if opened.is_page():
        raise BadInput(
            f"{addresses.shown(opened.url)} is a web page: give the address of the archive or CSV file itself."
        )
    if one.bytes is not None and one.bytes > limits.total_bytes:
        raise BadInput(
            f"{addresses.shown(opened.url)} has more than {disk.size(limits.total_bytes)}: refused."
        )
    problems: list[Problem] = []
    copied = _copy(opened, [one], here, limits, problems, progress)
    for folder in (unpacked, half):
        shutil.rmtree(folder, ignore_errors=True)
    progress(1.0, "unpacking")
    file = here.files / one.key
    try:
        archive.extract(file, half, archive_limits, called=short(one.key, 80).strip("'"))
    finally:
        file.unlink(missing_ok=True)  # kept, a damaged one would not be fetched anew
    half.rename(unpacked)
    here.note(_UNPACKED, one.stamp)
    return Fetched(archive.root_of(unpacked), tuple(problems), 1, copied)


def _web_table(opened: Remote, one: Found, here: Here, limits: FetchLimits, progress: Progress) -> Fetched:
    """A CSV from the web, and the images that it names relative to itself."""
    problems: list[Problem] = []
    copied = _copy(opened, [one], here, limits, problems, progress)
    path = here.files / one.key
    named = list(_checked(_named(path, opened.url, one, limits), opened, limits, problems, progress))
    here.forget_others({one.key, *(file.key for file in named)})
    if named:
        copied += _copy(opened, named, here, limits, problems, progress)
    return Fetched(path, tuple(problems), _arrived([one, *named], here), copied)


def _named(path: Path, url: str, one: Found, limits: FetchLimits) -> Iterator[Found | Problem]:
    """The files that a table's image column names, each once; taken for unchanged while the table is."""
    table = tables.read(path)
    column = table.column(tables.IMAGE_COLUMNS)
    if column is None:
        return
    seen: set[str] = set()
    for line, row in table.rows:
        name = row[column].strip() if column < len(row) else ""
        if not name or name in seen:
            continue
        seen.add(name)
        kept = remote.kept(name, limits)
        if addresses.is_url(name) or not isinstance(kept, str):
            reason = f"{short(name, 80)} is no path beside the table; left out."
            yield Problem("file name", path.name, reason, line)
        else:
            yield Found(kept, None, one.stamp, urljoin(url, quote(name)))
