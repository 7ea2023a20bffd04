"""Where tensors live and in which precision they are multiplied, chosen once."""

import contextlib
import ctypes
import sys
from dataclasses import dataclass
from functools import cache

import torch
from torch import dtype

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h


@dataclass(frozen=True)
class Device:
    """A torch device, and the dtype of its mixed precision, if it gains from one."""

    torch: torch.device
    mixed: dtype | None

    def precision(self) -> contextlib.AbstractContextManager[object]:
        """The context in which forward passes are computed."""
        if self.mixed is None:
            return contextlib.nullcontext()
        return torch.autocast(self.torch.type, dtype=self.mixed)


@cache
def choose() -> Device:
    """CUDA where there is one, else the processor; bf16 only on a GPU that computes it.

    On processors without bf16 instructions it runs at a fifth of fp32's speed.
    """
    if not torch.cuda.is_available():
        return Device(torch.device("cpu"), None)
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    # emulated bf16 is slower than fp32
    bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
    return Device(torch.device("cuda"), torch.bfloat16 if bf16 else None)


def keep_memory() -> None:
    """Has the C library keep freed memory for the next step instead of giving it back and clearing it anew.

    A step frees and takes the same hundreds of megabytes again; page faults were a quarter of its time. Does
    nothing where the C library is not glibc.
    """
    if not sys.platform.startswith("linux"):
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "gnu_get_libc_version"):
        library.mallopt(M_MMAP_THRESHOLD, 1 << 30)
        library.mallopt(M_TRIM_THRESHOLD, (1 << 31) - 1)
