"""A setting is read as written, or refused with its variable and its bounds."""

import pytest

from core.errors import BadInput
from core.settings import SETTINGS, Settings


def test_unset_variables_take_their_defaults() -> None:
    found = Settings.load({"ERRATA_HOME": "/somewhere", "PORT": "  "})
    assert (found.port, found.threads, found.worker_idle_s, found.demo) == (8501, 0, 8.0, True)
    assert found.database_url == "sqlite:////somewhere/errata.sqlite"


@pytest.mark.parametrize("name", [name for name, setting in SETTINGS.items() if setting.bounds])
def test_both_bounds_of_a_number_are_allowed(name: str) -> None:
    setting = SETTINGS[name]
    for bound in setting.bounds or ():
        assert getattr(Settings.load({setting.variable: str(bound)}), name) == bound


@pytest.mark.parametrize(
    ("variable", "text", "bounds"),
    [
        ("PORT", "²", "a whole number from 1 to 65535"),
        ("PORT", "70000", "a whole number from 1 to 65535"),
        ("PORT", "0", "a whole number from 1 to 65535"),
        ("PORT", "9" * 5000, "a whole number from 1 to 65535"),
        ("ERRATA_THREADS", "-1", "a whole number from 0 to 256"),
        ("ERRATA_THREADS", "1.5", "a whole number from 0 to 256"),
        ("ERRATA_MAX_UPLOAD_MB", "0", "a whole number from 1 to 100000000"),
        ("ERRATA_MAX_IMAGE_MPX", "1e9", "a whole number from 1 to 10000"),
        ("ERRATA_WORKER_IDLE_S", "nan", "a number from 1 to 86400"),
        ("ERRATA_WORKER_IDLE_S", "inf", "a number from 1 to 86400"),
        ("ERRATA_WORKER_IDLE_S", "soon", "a number from 1 to 86400"),
        ("ERRATA_DEMO", "yes", "0 or 1"),
    ],
)
def test_a_wrong_number_is_told_with_its_bounds(variable: str, text: str, bounds: str) -> None:
    with pytest.raises(BadInput) as told:
        Settings.load({variable: text})
    assert str(told.value) == f"{variable} is “{text[:40]}”; it must be {bounds}."
