"""Every setting of Errata: one environment variable each, with its default and one sentence."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from core.errors import BadInput


@dataclass(frozen=True)
class Setting:
    """One environment variable: how it is spelled, what it is when unset, and what it does."""

    variable: str
    default: str
    help: str
    bounds: tuple[int, int] | None = None  # both allowed; None: it is no number


SETTINGS: dict[str, Setting] = {
    "home": Setting("ERRATA_HOME", "./.errata", "Folder of the database, data sets, thumbnails and runs."),
    "database_url": Setting(
        "ERRATA_DATABASE_URL", "", "Database as an SQLAlchemy URL; empty: SQLite in the home folder."
    ),
    "port": Setting("PORT", "8501", "Port of the web page on 127.0.0.1.", (1, 65535)),
    "demo": Setting(
        "ERRATA_DEMO", "1", "1: draw and train the demo set on the first start; 0: leave it out."
    ),
    "allowed_hosts": Setting(
        "ERRATA_ALLOWED_HOSTS",
        "127.0.0.1,localhost,[::1]",
        "Host names the web server answers to, comma-separated.",
    ),
    "worker_idle_s": Setting(
        "ERRATA_WORKER_IDLE_S", "8", "Seconds without work after which the worker leaves.", (1, 86400)
    ),
    "threads": Setting("ERRATA_THREADS", "0", "CPU threads a training run uses; 0: all cores.", (0, 256)),
    "max_upload_mb": Setting(
        "ERRATA_MAX_UPLOAD_MB", "20000", "Largest archive that may be uploaded, in MB.", (1, 10**8)
    ),
    "max_image_mpx": Setting(
        "ERRATA_MAX_IMAGE_MPX", "100", "Largest image that is decoded, in megapixels.", (1, 10**4)
    ),
}


@dataclass(frozen=True)
class Settings:
    """The settings in force."""

    home: Path
    database_url: str
    port: int
    demo: bool
    allowed_hosts: tuple[str, ...]
    worker_idle_s: float
    threads: int
    max_upload_mb: int
    max_image_mpx: int

    @classmethod
    def load(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment (`os.environ`, unless given). Raises BadInput that names the variable."""
        env = os.environ if env is None else env
        raw = {name: env.get(s.variable, "").strip() or s.default for name, s in SETTINGS.items()}
        values: dict[str, Any] = {f.name: _read(f.name, raw[f.name]) for f in fields(cls)}
        values["home"] = Path(raw["home"]).expanduser().absolute()
        values["database_url"] = raw["database_url"] or f"sqlite:///{values['home'] / 'errata.sqlite'}"
        return cls(**values)

    @property
    def datasets_dir(self) -> Path:
        return self.home / "datasets"

    @property
    def runs_dir(self) -> Path:
        return self.home / "runs"

    @property
    def uploads_dir(self) -> Path:
        return self.home / "uploads"

    @property
    def exports_dir(self) -> Path:
        return self.home / "exports"

    @property
    def logs_dir(self) -> Path:
        return self.home / "logs"


def _read(name: str, text: str) -> Any:
    """The value of one setting from its text. Raises BadInput."""
    setting = SETTINGS[name]
    variable = setting.variable
    if setting.bounds is not None:
        return _number(setting, text, whole=name != "worker_idle_s")
    if name == "demo":
        if text not in ("0", "1"):
            raise BadInput(f"{variable} is “{text}”; it must be 0 or 1.")
        return text == "1"
    if name == "allowed_hosts":
        return tuple(host.strip() for host in text.split(",") if host.strip())
    return text


def _number(setting: Setting, text: str, *, whole: bool) -> float:
    """The number of one setting from its text: an int where it is whole. Raises BadInput."""
    assert setting.bounds is not None
    low, high = setting.bounds
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        number = math.nan
    if not low <= number <= high:
        kind = "a whole number" if whole else "a number"
        raise BadInput(f"{setting.variable} is “{text[:40]}”; it must be {kind} from {low} to {high}.")
    return number
