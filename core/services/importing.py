"""Importing: what was asked for, as a job keeps it; looking before; importing anew, or once more into a data set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core import naming
from core.actor import Actor
from core.data import problem_list
from core.data.importers.names import clean_label
from core.data.problem_list import Noted
from core.data.sources import EVERYTHING, Allowed, check_allowed, is_url, shown
from core.errors import BadInput
from core.settings import Settings
from db import datasets, jobs
from db.records import Job
from db.store import Store
from db.terms import JobKind, JobState, LabelState, Part

MOST_LOOKED_AT = 100  # earlier imports of a data set, to find the last of a source


@dataclass(frozen=True)
class ImportRequest:
    """What to import and how."""

    source: Path | str
    """A folder, an archive or a table on this machine; a str is a URL."""
    name: str
    """Of the new data set; of no meaning where `into` names one."""
    format: str = "auto"
    unlisted: LabelState | None = None
    """What a label is that the source does not list for an image; None: what its format says, else absent."""
    shares: Mapping[Part, float] | None = None
    """None: as the source says, else 80 to 20; with `into`: as the data set was split before."""
    upload: bool = False
    """The source came by the browser, as `file`."""
    file: str = ""
    """The upload's own name on the reader's machine."""
    seed: int = 0
    mapping: Mapping[str, str | None] | None = None
    """Labels of the source by name: what each becomes, None to leave it out; the others stay as they are."""
    labels: tuple[str, ...] = ()
    """Labels to have beside the source's own; unknown on every image."""
    group: str = ""
    """A further column of the source: images with the same value stay on one side of the split."""
    into: int | None = None
    """The data set to add to; None: a new one."""
    earlier: Mapping[str, str | None] | None = None
    """The mapping of the last import of the same source, with `into`: it holds for the labels that the source still
    has and that `mapping` does not name. None: not looked up yet, see `with_earlier`; empty: it does not hold."""
    keep_verified: bool = True
    """Importing once more leaves what a person has verified as it is."""
    trusted: bool = False
    """Asked for at the command line: a URL may name any protocol, and this machine's own network."""

    def to_params(self) -> dict[str, Any]:
        """As JSON, for the job's row."""
        return {
            **self.__dict__,
            "source": str(self.source),
            "unlisted": self.unlisted.value if self.unlisted else None,
            "shares": {part.value: share for part, share in self.shares.items()} if self.shares else None,
            "mapping": dict(self.mapping) if self.mapping else None,
            "earlier": None if self.earlier is None else dict(self.earlier),
            "labels": list(self.labels),
        }

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> "ImportRequest":
        """The inverse of `to_params`; a job of an earlier Errata has a path, and fewer words."""
        source, shares, unlisted = (
            params.get("source", params.get("path", "")),
            params["shares"],
            params["unlisted"],
        )
        kept = (
            "name",
            "format",
            "upload",
            "file",
            "seed",
            "mapping",
            "group",
            "into",
            "earlier",
            "keep_verified",
            "trusted",
        )
        return cls(
            source=source if is_url(source) else Path(source),
            unlisted=LabelState(unlisted) if unlisted else None,
            shares={Part(word): float(share) for word, share in shares.items()} if shares else None,
            labels=tuple(params.get("labels", ())),
            **{word: params[word] for word in kept if word in params},
        )

    def mapping_of(self, labels: Sequence[str]) -> dict[str, str | None]:
        """What labels of the source become, by name; of the earlier mapping, what the source still has."""
        earlier = {name: new for name, new in (self.earlier or {}).items() if name in labels}
        return {name: new for name, new in {**earlier, **(self.mapping or {})}.items() if new != name}

    @property
    def called(self) -> str:
        """The source as it may be shown and stored: an upload by its own name, a URL without what is secret in it."""
        if self.upload:
            return self.file or "an uploaded archive"
        return shown(self.source) if isinstance(self.source, str) else str(self.source)

    @property
    def allowed(self) -> Allowed:
        """Which URLs may be read for whoever asked."""
        return EVERYTHING if self.trusted else Allowed()


def start_preview(store: Store, settings: Settings, actor: Actor, request: ImportRequest) -> Job:
    """Queue a look at what an import would bring; its result is a Preview (core.work.preview) as JSON.

    Raises BadInput when the source is not there, Refused for a URL that may not be read, Missing.
    """
    request = _checked(store, request)
    return jobs.add(
        store, JobKind.PREVIEW, actor=actor.name, dataset_id=request.into, params=request.to_params()
    )


def start_import(store: Store, settings: Settings, actor: Actor, request: ImportRequest) -> Job:
    """Queue an import. Raises BadInput when the name is taken or the source is not there, Refused, Missing."""
    request = _checked(store, request)
    if request.into is None:
        request = replace(request, name=naming.check_name(store, request.name))
    return jobs.add(
        store, JobKind.IMPORT, actor=actor.name, dataset_id=request.into, params=request.to_params()
    )


def _checked(store: Store, request: ImportRequest) -> ImportRequest:
    if isinstance(request.source, str):
        check_allowed(request.source, request.allowed)
    elif not request.source.exists():
        raise BadInput(f"There is no folder or file {request.source} on this machine: check the path.")
    if request.into is not None:
        request = replace(request, name=datasets.get(store, request.into).name)
    request = with_earlier(store, request)
    return replace(request, labels=tuple(dict.fromkeys(map(clean_label, request.labels))))


def with_earlier(store: Store, request: ImportRequest) -> ImportRequest:
    """The same request with how the last import of the same source into its data set mapped labels."""
    if request.into is None or request.earlier is not None:
        return request
    done = jobs.listing(
        store,
        kinds=[JobKind.IMPORT],
        states=[JobState.FINISHED],
        dataset_id=request.into,
        limit=MOST_LOOKED_AT,
    )
    before = map(ImportRequest.from_params, (job.params for job in done))
    last = next((one for one in before if (one.upload, one.called) == (request.upload, request.called)), None)
    if last is None:
        return replace(request, earlier={})
    return replace(request, earlier={**(last.earlier or {}), **(last.mapping or {})})


def problems_of_preview(store: Store, settings: Settings, actor: Actor, job_id: int) -> Path | None:
    """Everything that a look could not take as it stands, as a CSV file; None where there is nothing."""
    return problem_list.there(problem_list.of_preview(settings.uploads_dir, job_id))


def problems_csv(store: Store, settings: Settings, actor: Actor, dataset_id: int) -> Path | None:
    """Everything that the imports of a data set could not take as it stands, as a CSV file with the columns
    revision, kind, file, line, reason; None where there is nothing. Raises Missing.
    """
    folder = settings.datasets_dir / datasets.get(store, dataset_id).folder
    return problem_list.there(folder / problem_list.FILE)


def problems(store: Store, settings: Settings, actor: Actor, dataset_id: int) -> Noted:
    """What the imports of a data set could not take: rows of revision, kind, file, line, reason. Raises Missing."""
    dataset = datasets.get(store, dataset_id)
    return problem_list.read(settings.datasets_dir / dataset.folder / problem_list.FILE, dataset.revision)
