"""The component that sends an archive to our own route, mounted from Python: Streamlit's would hold it in memory."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.data import archive

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "errata_upload",
    js=(_HERE / "upload.mjs").read_text(encoding="utf-8"),
    css=(_HERE / "upload.css").read_text(encoding="utf-8"),
)

# What follows the last dot: choosers of files know no more of a name than that.
_ACCEPT = ",".join(sorted({"." + ending.rsplit(".", 1)[1] for ending in archive.ENDINGS}))


@dataclass(frozen=True, slots=True)
class Uploaded:
    """An archive that lies on the server now."""

    id: str  # its name under <home>/uploads
    name: str  # the file's own name on the reader's machine
    bytes: int


def upload(key: str, *, token: str, most_mb: int) -> Uploaded | None:
    """Show where to drop an archive; returns it in the run after it arrived whole, else None."""
    base = st.get_option("server.baseUrlPath").rstrip("/")
    data = {
        "base": base,
        "token": token,
        "mostMb": most_mb,
        "endings": list(archive.ENDINGS),
        "accept": _ACCEPT,
    }
    result = _mount(key=key, data=data, on_uploaded_change=lambda: None)
    found = getattr(result, "uploaded", None)
    if not found:
        return None
    return Uploaded(str(found["upload"]), str(found["name"]), int(found["bytes"]))
