"""Which errors of the system mean that the disk takes no more."""

import errno

import pytest

from core.data import disk
from core.errors import BadInput


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_a_quota_and_a_limit_on_files_are_one_sentence(number: int) -> None:
    with (
        pytest.raises(BadInput, match="The disk is full: needs about 3 KiB more"),
        disk.watched(lambda: 3072),
    ):
        raise OSError(number, "whatever the system says")


def test_another_error_stays_what_it_is() -> None:
    with pytest.raises(PermissionError), disk.watched(lambda: 3072):
        raise PermissionError(errno.EACCES, "Permission denied")
