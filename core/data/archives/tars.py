"""A tar, packed or not, becomes a folder: each member is checked by its header before its data are written."""

import tarfile
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from core.data import disk
from core.data.archives import members, streams
from core.data.archives.kinds import PACKINGS, Kind, of_bytes
from core.data.archives.members import Damaged, Packed, Tally
from core.data.archives.streams import Forward
from core.data.importers.names import short
from core.errors import BadInput

_BLOCK = 512  # bytes that a tar is made of
_PADDING_BYTES = 64 * 1024**2  # zeros that may follow the end; writers fill up to their block of some KiB
_GLOBAL_HEADERS = 100  # a writer's comment and the like; tarfile keeps them all
# What tarfile raises on damaged or crafted headers.
_DAMAGED = (tarfile.TarError, ValueError, OverflowError, IndexError, KeyError, TypeError, RecursionError)


def extract(packed: Packed, kind: Kind, into: Path) -> None:
    """Unpack into a new or empty folder. Raises BadInput, Damaged, OSError; then `into` may hold a part."""
    tally = Tally(packed)
    with open(packed.path, "rb") as file:
        _check_inside(file, kind, packed)
        source = Forward(streams.unpacked(file, kind), tally)
        into.mkdir(parents=True, exist_ok=True)
        disk.require(into, packed.path.stat().st_size)
        try:
            _write_all(source, tally, into)
            _check_end(source, packed)
        except _DAMAGED as error:
            raise Damaged(str(error) or type(error).__name__) from error
    tally.check_any()


def _check_inside(file: IO[bytes], kind: Kind, packed: Packed) -> None:
    """Raise BadInput when a packing holds no tar, and go back to the start of the file."""
    if kind not in PACKINGS:
        return
    source = streams.unpacked(file, kind)
    head = b""
    with streams.damage():
        while len(head) < _BLOCK and (more := source.read(_BLOCK - len(head))):
            head += more
    file.seek(0)
    inside = of_bytes(head)
    if inside is Kind.TAR:
        return
    if inside is not None:
        raise BadInput(
            f"{packed.called} is packed twice ({inside.value} within {kind.value}): unpack it once, and send that."
        )
    raise BadInput(
        f"{packed.called} is one file packed with {kind.value}, no archive of many: pack the folder as a zip "
        "or tar.gz."
    )


def _write_all(source: Forward, tally: Tally, into: Path) -> None:
    # Opened for plain reading, so that tarfile reads from us alone: its own streams hold what they skip.
    opened: Any = tarfile.TarFile(fileobj=cast(IO[bytes], source), mode="r")
    while True:
        source.headers()
        info = opened.next()
        opened.members.clear()  # else a million of them stay in memory
        if info is None:
            return
        if len(opened.pax_headers) > _GLOBAL_HEADERS:
            raise Damaged("it has global headers without end")
        if info.size < 0:
            raise Damaged("a member has a negative size")
        path = tally.member(info.name)
        _check_kind(info)
        if info.isdir() or not members.wanted(path):
            continue
        tally.file(info.name, info.size)
        _write(source, info, path, into)


def _check_kind(info: tarfile.TarInfo) -> None:
    name = short(info.name, 80)
    if info.issym() or info.islnk():
        raise BadInput(
            f"The archive's member {name} is a link or a device, not a file: refused. Pack the files themselves "
            "(tar --dereference --hard-dereference)."
        )
    if not (info.isreg() or info.isdir()):
        raise BadInput(f"The archive's member {name} is a link or a device, not a file: refused.")
    if info.issparse():
        raise BadInput(f"The archive's member {name} is packed with holes: pack it anew without --sparse.")


def _write(source: Forward, info: tarfile.TarInfo, path: PurePosixPath, into: Path) -> None:
    target = into / path
    left = info.size
    with disk.watched(lambda: left), members.written_once(info.name):
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "xb") as file:
            while left:
                block = source.block(left)
                if not block:
                    raise BadInput(
                        f"The archive's member {short(info.name, 80)} is damaged (it ends within): "
                        "upload it again."
                    )
                file.write(block)
                left -= len(block)


def _check_end(source: Forward, packed: Packed) -> None:
    """A whole tar ends with zeros, and nothing follows: tarfile takes a damaged header for the end too."""
    if len(source.last_block) < _BLOCK or source.last_block.strip(b"\0"):
        raise Damaged("it ends, or is damaged, before its end marker")
    after = 0
    while block := source.block(members.BLOCK):  # to the last byte: a packing's checksum stands there
        after += len(block)
        if block.strip(b"\0"):
            raise BadInput(f"{packed.called} holds more behind its end: pack it anew as one archive.")
        if after > _PADDING_BYTES:
            raise BadInput(f"{packed.called} unfolds to zeros without end: an archive bomb, refused.")
