"""What the child process of a job does, one file a kind of job."""

from collections.abc import Callable

Progress = Callable[[float, str], None]  # share done 0..1, and what is being done in a few words
