"""Files copied from elsewhere, several at once; what lies here already, unchanged, is not copied again."""

import itertools
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from fsspec.callbacks import Callback

from core.data import disk
from core.data.importers.records import MOST_TOLD, Problem
from core.data.sources import addresses, failures
from core.data.sources.records import FetchLimits, Found
from core.data.sources.remote import Remote
from core.errors import BadInput, ErrataError, Interrupted

_TELL_EVERY_S = 0.5
_WAITING = 4  # files handed out for each that can be under way


class Here:
    """A folder of ours for one URL: `files`, half of one under `drafts`, and a record of what arrived."""

    def __init__(self, into: Path) -> None:
        self.files, self.drafts = into / "files", into / "drafts"
        shutil.rmtree(self.drafts, ignore_errors=True)
        for folder in (self.files, self.drafts):
            folder.mkdir(parents=True, exist_ok=True)
        self._record = into / "fetched.jsonl"
        self._known = self._read()

    def _read(self) -> dict[str, str]:
        if not self._record.exists():
            return {}
        known = {}
        for line in self._record.read_text("utf-8", errors="replace").splitlines():
            try:
                key, stamp = json.loads(line)
                known[str(key)] = str(stamp)
            except (ValueError, TypeError):  # the last line of a process that was killed
                continue
        return known

    def stamp(self, key: str) -> str:
        """What a file that arrived was stamped with; empty for one that did not."""
        return self._known.get(key, "")

    def has(self, found: Found) -> bool:
        """True when the file lies here as it is there."""
        path = self.files / found.key
        if not found.stamp or self.stamp(found.key) != found.stamp or not path.is_file():
            return False
        return found.bytes is None or path.stat().st_size == found.bytes

    def keep(self, found: Found, draft: Path) -> None:
        """A whole file takes its place. Raises OSError where a file and a folder have one name."""
        path = self.files / found.key
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(path)
        self.note(found.key, found.stamp)

    def note(self, key: str, stamp: str) -> None:
        """Write down that something arrived."""
        self._known[key] = stamp
        with self._record.open("a", encoding="utf-8") as file:
            file.write(json.dumps([key, stamp]) + "\n")

    def forget_others(self, keys: Collection[str]) -> None:
        """Remove what an earlier listing had and this one has not."""
        for folder, _, names in os.walk(self.files, topdown=False):
            for name in names:
                path = Path(folder, name)
                if path.relative_to(self.files).as_posix() not in keys:
                    path.unlink()
            if folder != str(self.files) and not os.listdir(folder):  # noqa: PTH208  no Path for a million
                os.rmdir(folder)  # noqa: PTH106


class Copier:
    """Copies files of one URL to `here`, and counts."""

    def __init__(
        self, remote: Remote, here: Here, limits: FetchLimits, tell: Callable[[int, int], None]
    ) -> None:
        self._remote, self._here, self._tell = remote, here, tell
        self._counted = _Counted(limits, addresses.shown(remote.url))
        self.problems: list[Problem] = []
        self.copied = 0

    def copy(self, wanted: Iterable[Found]) -> None:
        """Copy all; `tell` gets files and bytes so far. What is gone or closed becomes a problem, the rest goes on.

        Raises BadInput when the disk is full or a limit is met, Interrupted when the server no longer answers.
        """
        names = (self._here.drafts / str(at) for at in itertools.count())
        rest = zip(wanted, names, strict=False)
        most = self._remote.at_once * _WAITING
        pending: dict[Future[int], tuple[Found, Path]] = {}
        with ThreadPoolExecutor(self._remote.at_once, thread_name_prefix="fetch") as pool:
            try:
                while True:
                    for found, draft in itertools.islice(rest, most - len(pending)):
                        pending[pool.submit(self._one, found, draft)] = (found, draft)
                    if not pending:
                        return
                    done, _ = wait(pending, timeout=_TELL_EVERY_S, return_when=FIRST_COMPLETED)
                    for future in done:
                        self._arrived(future, *pending.pop(future))
                    self._tell(self.copied, self._counted.total)
            except BaseException:
                self._counted.stopped = True
                for future in pending:
                    future.cancel()
                raise

    def _one(self, found: Found, draft: Path) -> int:
        """Copy one file; returns its bytes."""
        self._counted.go_on()
        self._remote.copy(found, draft, self._counted)
        return draft.stat().st_size

    def _arrived(self, future: Future[int], found: Found, draft: Path) -> None:
        try:
            size = future.result()
            if found.bytes is not None and size != found.bytes:
                self._told(found, f"It changed while it was fetched ({size:,} bytes, not {found.bytes:,})")
                return
            self._here.keep(found, draft)
            self.copied += 1
        except ErrataError:
            raise
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            self._told(found, "A file and a folder have this name")
        except failures.roots() as error:
            self._failed(found, error)

    def _failed(self, found: Found, error: BaseException) -> None:
        url = self._remote.url
        if disk.is_full(error):
            raise BadInput(
                f"The disk is full: {addresses.shown(url)} needs about {disk.size(found.bytes or 1)} more for the "
                "file that was under way. Free some space and try again."
            ) from None
        if failures.is_gone(error):
            self._told(found, "It was listed, and is gone now")
        elif failures.is_closed(error):
            self._told(found, "It may not be read with these credentials")
        else:
            said = failures.as_error(error, url)
            raise Interrupted(
                f"{said} {self.copied:,} files are here already: start again, and only the rest is fetched."
            ) from None

    def _told(self, found: Found, reason: str) -> None:
        if len(self.problems) < MOST_TOLD:
            self.problems.append(Problem("not fetched", found.key, f"{reason}; left out."))


class _Stopped(OSError):
    """The rest is no longer wanted."""


class _Counted(Callback):  # type: ignore[misc]  # fsspec has no types
    """Counts bytes of all files as they come: what a server says of its sizes is a claim."""

    def __init__(self, limits: FetchLimits, shown: str) -> None:
        super().__init__()
        self._most, self._shown = limits.total_bytes, shown
        self.total = 0
        self.stopped = False

    def go_on(self) -> None:
        """Raise when the rest is no longer wanted."""
        if self.stopped:
            raise _Stopped
        if self.total > self._most:
            raise BadInput(f"{self._shown} brings more than {disk.size(self._most)}: refused.")

    def relative_update(self, inc: int = 1) -> None:
        """As drivers call it, from their own threads."""
        self.total += inc
        self.go_on()
