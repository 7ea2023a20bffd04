"""What drivers raise, in sentences: never with a password, a key or a query in them."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from core.data import disk
from core.data.importers.names import short
from core.data.sources import addresses
from core.errors import BadInput, ErrataError, Refused

# The roots of what drivers raise beside OSError; a driver that is not loaded raises none of them.
_ROOTS = {
    "botocore.exceptions": ("BotoCoreError", "ClientError"),
    "aiohttp": ("ClientError",),
    "gcsfs.retry": ("HttpError",),
    "google.auth.exceptions": ("GoogleAuthError",),
    "azure.core.exceptions": ("AzureError",),
}
_NO_CREDENTIALS = {
    *("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound"),
    *("TokenRetrievalError", "SSOTokenLoadError", "UnauthorizedSSOTokenError"),
    *("DefaultCredentialsError", "RefreshError"),
}
_UNREACHABLE = {
    *("EndpointConnectionError", "ConnectionClosedError", "HTTPClientError"),
    *("ClientConnectionError", "ClientPayloadError", "ConnectionError", "gaierror", "ServiceRequestError"),
}
_SLOW = {"TimeoutError", "ReadTimeoutError", "ConnectTimeoutError", "FSTimeoutError"}
_WHERE = {
    "s3": (
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, where Errata is started; "
        "for a public bucket, FSSPEC_S3='{\"anon\": true}'"
    ),
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS where Errata is started",
    "az": "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY where Errata is started",
}
_PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}
_PACKAGES |= {"http": "aiohttp", "https": "aiohttp", "sftp": "paramiko", "ssh": "paramiko"}
_PACKAGES |= {"hf": "huggingface_hub", "smb": "smbprotocol", "webdav": "webdav4"}


def roots() -> tuple[type[Exception], ...]:
    """The classes to catch around a driver's work."""
    loaded = [(sys.modules.get(module), names) for module, names in _ROOTS.items()]
    found = [getattr(module, name) for module, names in loaded for name in names if hasattr(module, name)]
    return (OSError, ValueError, RuntimeError, KeyError, TypeError, asyncio.TimeoutError, *found)


@contextmanager
def told(url: str) -> Iterator[None]:
    """Turn what a driver raises into one sentence about the URL."""
    try:
        yield
    except ErrataError:
        raise
    except roots() as error:
        # Without the cause: drivers put whole requests into theirs, signatures and all, and logs keep them.
        raise as_error(error, url) from None


def as_error(error: BaseException, url: str) -> ErrataError:
    """The sentence for a person, as an error: Refused for an address that is closed to browsers, else BadInput."""
    shown = addresses.shown(url)
    if any(isinstance(one, addresses.OutsideError) for one in _chain(error)):
        return Refused(addresses.refused(url))
    return BadInput(f"{shown} {_what(error, url)}")


def missing_driver(protocol: str) -> BadInput:
    """What is said when the package for a protocol is not installed."""
    package = _PACKAGES.get(protocol, "the fsspec driver for it")
    return BadInput(
        f"{protocol}:// needs a package that is not installed: pip install {package}, and start Errata again."
    )


def is_gone(error: BaseException) -> bool:
    """True when one file is no longer there."""
    return isinstance(error, FileNotFoundError) or _status(error) in (404, 410)


def is_closed(error: BaseException) -> bool:
    """True when one file may not be read."""
    return isinstance(error, PermissionError) or _status(error) in (401, 403)


def _what(error: BaseException, url: str) -> str:
    protocol = addresses.protocol(url)
    names = {kind.__name__ for one in _chain(error) for kind in type(one).__mro__}
    codes = {_code(one) for one in _chain(error)}
    if names & _NO_CREDENTIALS:
        where = _WHERE.get(protocol, "give them where Errata is started, as its fsspec driver wants them")
        return f"cannot be read: there are no credentials for {protocol}. To give some, {where}."
    if names & _SLOW:
        return "does not answer in time: try again; what has arrived is kept."
    if "NoSuchBucket" in codes:
        bucket = addresses.shown(url).split("://", 1)[-1].split("/")[0]
        return f"does not exist: there is no bucket {short(bucket)}."
    if any(is_closed(one) for one in _chain(error)):
        return "may not be read with the credentials that Errata has: check them, and what they allow."
    status = next((code for one in _chain(error) if (code := _status(one))), None)
    if status is not None and status not in (404, 410):
        return f"cannot be read now: its server answers {status}. Try again later."
    if names & _UNREACHABLE:
        return "cannot be reached: check its name and the network."
    if any(is_gone(one) for one in _chain(error)):
        return "does not exist: check the address."
    full = next((one for one in _chain(error) if disk.is_full(one)), None)
    if full is not None:
        return "cannot be fetched: the disk is full. Free some space and try again."
    return f"cannot be read ({type(error).__name__}: {addresses.scrubbed(str(error))})."


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from, each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [other for other in (one.__cause__, one.__context__) if other is not None]


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status", None) or getattr(error, "status_code", None)
    return status if isinstance(status, int) and status >= 400 else None


def _code(error: BaseException) -> str:
    response = getattr(error, "response", None)
    found = response.get("Error", {}) if isinstance(response, dict) else {}
    return str(found.get("Code", ""))
