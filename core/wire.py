"""How a process asks a predictor: where it listens, and messages of JSON followed by pictures."""

import json
import socket
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.settings import Settings

_MOST_JSON = 64 * 1024**2
_MOST_PICTURES = 256 * 1024**2  # in one message; whoever asks sends more pictures in several


def place(settings: Settings, run_id: int) -> Path:
    """The file in which a run's predictor says where it listens."""
    return settings.home / "predictors" / f"{run_id}.json"


def send(peer: socket.socket, head: Mapping[str, Any], pictures: Sequence[bytes] = ()) -> None:
    """One message: 4-byte big-endian length, JSON, then the pictures, whose sizes the JSON names."""
    text = json.dumps({**head, "sizes": [len(p) for p in pictures]}).encode()
    peer.sendall(struct.pack(">I", len(text)) + text)
    for picture in pictures:
        peer.sendall(picture)


def receive(peer: socket.socket) -> tuple[dict[str, Any], list[bytes]]:
    """One message. Raises OSError when the peer hangs up, ValueError when it is no message of ours."""
    (length,) = struct.unpack(">I", _exactly(peer, 4))
    if length > _MOST_JSON:
        raise ValueError(f"a message of {length} bytes")
    head = json.loads(_exactly(peer, length))
    sizes = [int(size) for size in head["sizes"]]
    if min(sizes, default=0) < 0 or sum(sizes) > _MOST_PICTURES:
        raise ValueError(f"pictures of {sum(sizes)} bytes")
    return head, [_exactly(peer, size) for size in sizes]


def _exactly(peer: socket.socket, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        some = peer.recv(min(count - len(found), 1 << 20))
        if not some:
            raise ConnectionError("the other side hung up")
        found += some
    return bytes(found)
