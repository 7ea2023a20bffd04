"""Registering a source as an import into a data set does, before anything is decoded: labels, headers and hashes."""

from pathlib import Path

from core.data import importers, registering
from core.data.facts import Facts
from core.data.importers import Parsed, Problem


def register(root: Path) -> tuple[Parsed, Facts, tuple[Problem, ...]]:
    """The labels of a source, the facts of its image files, and what is wrong with the others."""
    parsed = importers.parse(root)
    facts, problems = registering.look(parsed.root, [image.key for image in parsed.images])
    return parsed, facts, problems
