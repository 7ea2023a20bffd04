"""The command line names its formats without loading them, so the lists in its help are held to the registries."""

from core.cli import exporting, importing
from core.data.exporters import EXPORTERS
from core.data.importers import IMPORTERS


def test_the_help_names_every_format_that_is_imported() -> None:
    assert sorted(importing.FORMATS.split(", ")) == sorted(IMPORTERS)


def test_the_help_names_every_format_that_is_exported() -> None:
    assert sorted(exporting.FORMATS.split(", ")) == sorted(EXPORTERS)
