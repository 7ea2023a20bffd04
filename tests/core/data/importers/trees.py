"""Sources as files in a folder, and what was read from them in words."""

from pathlib import Path

from core.data.importers import Parsed
from db.terms import LabelState, Part

YES, NO, UNKNOWN = LabelState.PRESENT, LabelState.ABSENT, LabelState.UNKNOWN


def tree(root: Path, files: dict[str, str | bytes], *images: str) -> Path:
    """Write files; images need only exist, for parsing opens none of them."""
    for name, content in {**files, **dict.fromkeys(images, b"")}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def parts(parsed: Parsed) -> dict[str, Part | None]:
    return {image.key: image.part for image in parsed.images}


def told(parsed: Parsed) -> set[tuple[str, str]]:
    """(kind, where) of every problem, each of which has a file and a sentence."""
    assert all(problem.file and problem.reason.endswith(".") for problem in parsed.problems)
    return {(problem.kind, problem.where) for problem in parsed.problems}
