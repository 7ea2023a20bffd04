"""What the child process of a job does, one file a kind of job."""

from collections.abc import Callable

Progress = Callable[[float, str], None]  # share done 0..1, and what is being done in a few words


def counted(
    progress: Progress, verb: str, begin: float = 0.0, end: float = 0.95
) -> Callable[[int, int], None]:
    """Turns a count of images into progress, from one share of the whole to another."""

    def tell(done: int, total: int) -> None:
        share = begin + (end - begin) * done / max(total, 1)
        progress(share, f"{verb} {done:,} of {total:,} images")

    return tell
