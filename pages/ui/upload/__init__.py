"""An archive from the reader's machine, streamed to disk with its progress shown."""

from pages.ui.upload.component import Uploaded, upload

__all__ = ["Uploaded", "upload"]
