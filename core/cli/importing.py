"""The command `import`: a new data set, or once more into one; what it would do first, on request."""

import contextlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from core.cli import data, shared
from core.words import counted, those

if TYPE_CHECKING:
    from core.services.importing import ImportRequest
    from core.work.preview import Preview
    from db.records import Dataset

FORMATS = (
    "label-files, folders, csv, csv-onehot, csv-long, open-images, voc, coco, label-studio, imagefolder, "
    "fiftyone, cvat, imagenet-txt, images"
)


Source = Annotated[
    str,
    typer.Argument(
        metavar="PATH_OR_URL",
        help="A folder, an archive (zip, tar), an annotation file beside its images, or a URL (s3://…, https://…).",
    ),
]
Name = Annotated[str, typer.Option(help="What the new data set is to be called.")]
Format = Annotated[str, typer.Option(help=f"How the labels are written: {FORMATS}; auto: found out.")]
Split = Annotated[
    str,
    typer.Option(
        help="Shares of the parts, such as train=.8,val=.2 or train=.7,val=.2,test=.1; "
        "else as the source says, else 80 to 20."
    ),
]
Group = Annotated[
    str, typer.Option(help="A further column of the source: one value stays on one side of the split.")
]
Unlisted = Annotated[
    Literal["absent", "unknown"] | None,
    typer.Option(help="What a label is where the source says nothing; else as the format says, else absent."),
]
Mapping = Annotated[
    list[str] | None,
    typer.Option(
        "--map", metavar="OLD=NEW", help="Rename a label; two to one name merge; OLD= leaves it out."
    ),
]
MapAnew = Annotated[
    bool,
    typer.Option(
        "--map-anew",
        help="With --into: forget how the last import of this source mapped labels. Without it that mapping holds, "
        "but for the labels that --map names (NAME=NAME keeps a label as it is).",
    ),
]
Labels = Annotated[
    str, typer.Option(help="Labels to have beside the source's own, unknown on every image: sea,sky.")
]
Into = Annotated[
    str, typer.Option(metavar="NAME", help="Import once more into this data set: what is new is added.")
]
OverwriteVerified = Annotated[
    bool,
    typer.Option("--overwrite-verified", help="With --into: also change labels that a person has verified."),
]
Problems = Annotated[
    Path | None,
    typer.Option(
        parser=shared.path, metavar="FILE.csv", help="Write all that could not be taken: file, line, reason."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be imported; store nothing.")]


def import_(
    source: Source,
    name: Name = "",
    format: Format = "auto",
    split: Split = "",
    group: Group = "",
    unlisted: Unlisted = None,
    mapping: Mapping = None,
    map_anew: MapAnew = False,
    labels: Labels = "",
    into: Into = "",
    overwrite_verified: OverwriteVerified = False,
    problems: Problems = None,
    dry_run: DryRun = False,
    json: data.Json = False,
) -> None:
    """Import images and their labels as a data set, or once more into one."""
    from core.services import importing
    from db.terms import LabelState

    if bool(name) == bool(into):
        raise typer.BadParameter("give either --name for a new data set, or --into for one that is there")
    house = shared.enter()
    request = importing.ImportRequest(
        source=_source(source),
        name=name,
        format=format,
        unlisted=LabelState(unlisted) if unlisted else None,
        shares=data.parse_split(split) if split else None,
        mapping=_mapping(mapping or []),
        labels=tuple(word.strip() for word in labels.split(",") if word.strip()),
        group=group,
        into=shared.dataset_named(house, into).id if into else None,
        earlier={} if map_anew else None,
        keep_verified=not overwrite_verified,
        trusted=True,
    )
    request = importing.with_earlier(house.store, request)
    _tell_earlier(request)
    if dry_run:
        _preview(house, request, problems, json)
    else:
        _import(house, request, problems, json)


def _import(house: shared.House, request: "ImportRequest", problems: Path | None, json: bool) -> None:
    from core.services import importing

    job = importing.start_import(house.store, house.settings, house.actor, request)
    done = shared.follow(house, job.id, interrupted=lambda: _cancel(house, job.id))
    _summary(house, dict(done.result), request, problems, json)


def _source(text: str) -> Path | str:
    from core.data.sources import is_url

    return text.strip() if is_url(text) else shared.path(text).expanduser().absolute()


def _mapping(pairs: list[str]) -> dict[str, str | None] | None:
    """`old=new` and `old=` as a mapping. Raises BadParameter."""
    found: dict[str, str | None] = {}
    for pair in pairs:
        old, equals, new = pair.rpartition("=")
        if not equals or not old.strip():
            raise typer.BadParameter(f"--map {pair}: write OLD=NEW, or OLD= to leave the label out")
        found[old.strip()] = new.strip() or None
    return found or None


def _tell_earlier(request: "ImportRequest") -> None:
    """That the last import's mapping holds, where it does."""
    named = request.mapping or {}
    ways = [
        f"{old}={new or ''}"
        for old, new in (request.earlier or {}).items()
        if old not in named and new != old
    ]
    if ways:
        shared.say(
            "Mapped as in the last import of this source, where it still has the labels: "
            f"{', '.join(ways)} (--map-anew: not)."
        )


def _cancel(house: shared.House, job_id: int) -> str:
    """Ctrl-C on an import means: do not import."""
    from core.services import jobs
    from db.errors import Stale

    with contextlib.suppress(Stale):  # it has just ended
        jobs.stop(house.store, house.actor, job_id)
    job = jobs.wait(house.store, house.actor, job_id, timeout_s=10.0)
    return job.message or f"The import ended: {job.state.value}."


def _preview(house: shared.House, request: "ImportRequest", problems: Path | None, json: bool) -> None:
    from core.data import problem_list
    from core.work import preview as work

    with shared.progress_bar() as bar:
        found = work.dry_run(house.store, house.settings, request, bar)
    if problems is not None:
        problem_list.write(problems, found.all_problems, revision=1, even_empty=True)
    if json:
        shared.show_json(work.as_json(found))
        return
    holds = f"{counted(found.images, 'image')}, {counted(len(found.labels), 'label')}"
    shared.show(f"{found.title}: {holds}. Nothing was stored.")
    if found.labels:
        shared.show(shared.table(["label", "images"], [[label, str(count)] for label, count in found.labels]))
    bare, same = counted(found.without_label, "image"), counted(found.duplicates, "exact duplicate")
    shared.show(f"{bare} without any label; {same}.")
    _show_silence(request, found)
    if found.again is not None:
        _show_again(dict(found.again), ("would be", "would be"))
    data.notes([*found.notes, *(f"{where}: {reason}" for _, where, reason in found.problems)])


def _show_silence(request: "ImportRequest", found: "Preview") -> None:
    word = request.unlisted or found.unlisted
    why = "as asked" if request.unlisted else found.unlisted_why or "no format says otherwise"
    shared.show(f"A label that is not listed is {word.value if word else 'absent'} ({why.rstrip('.')}).")


def _show_again(again: dict[str, Any], be: tuple[str, str]) -> None:
    """What importing once more does to the images and cells that are there; be: is or are, in its tense."""
    added, changed = those(again["added"], "image", *be), counted(again["changed"], "label")
    shared.show(f"{added} added, {changed} changed.")
    if "new" in again:
        told = {
            "the same": again["same"],
            "the same under another name": again["renamed"],
            "left out, for another picture has their name": again["clashing"],
            "no longer in the source, kept": again["gone"],
        }
        shared.show(
            "Images: " + ", ".join(f"{count:,} {what}" for what, count in told.items() if count) + "."
        )
    if again["new_labels"]:
        shared.show(f"New labels: {', '.join(again['new_labels'])}.")
    if again["changes"]:
        rows = [[label, f"{old} → {new}", str(count)] for label, old, new, count in again["changes"]]
        shared.show(shared.table(["label", "change", "images"], rows))
    if again["kept"]:
        one, several = "differs but was verified by a person", "differ but were verified by a person"
        shared.show(f"{those(again['kept'], 'label', one, several)}: kept (--overwrite-verified).")


def _summary(
    house: shared.House, done: dict[str, Any], request: "ImportRequest", problems: Path | None, json: bool
) -> None:
    from core.services import datasets, importing

    dataset = datasets.get(house.store, house.actor, int(done["dataset"]))
    if problems is not None:
        written = importing.problems_csv(house.store, house.settings, house.actor, dataset.id)
        _write_problems(written, problems)
    if json:
        shared.show_json(_as_json(house, dataset, done))
    elif request.into is None:
        _show(house, dataset)
    elif done["revision"] is None:
        shared.show(done["message"])
    else:
        shared.show(
            f"“{dataset.name}” has {counted(dataset.images, 'image')} and is at revision {done['revision']}."
        )
        _show_again(done, ("was", "were"))


def _write_problems(written: Path | None, to: Path) -> None:
    from core.data import problem_list

    if written is None:
        problem_list.write(to, (), revision=1, even_empty=True)
    else:
        shutil.copyfile(written, to)


def _as_json(house: shared.House, dataset: "Dataset", done: dict[str, Any]) -> dict[str, Any]:
    from core.services import datasets

    found = datasets.overview(house.store, house.actor, dataset.id)
    counts = {label.name: int(found.present_total[label.position]) for label in found.labels}
    parts = {part.value: count for part, count in found.images.items()}
    answer: dict[str, Any] = {"dataset": dataset.id, "name": dataset.name, "format": dataset.format}
    answer |= {"images": dataset.images, "parts": parts, "labels": counts}
    answer |= {"without_label": found.without_label, "notes": dataset.notes}
    return answer | {key: value for key, value in done.items() if key not in answer}


def _show(house: shared.House, dataset: "Dataset") -> None:
    from core.services import datasets

    found = datasets.overview(house.store, house.actor, dataset.id)
    counts = {label.name: int(found.present_total[label.position]) for label in found.labels}
    split = ", ".join(f"{count:,} {part.value}" for part, count in found.images.items() if count)
    what = f"{counted(dataset.images, 'image')} ({split}), {counted(len(counts), 'label')}"
    shared.show(f"“{dataset.name}” is data set {dataset.id}: {what}.")
    if counts:
        shared.show(
            shared.table(["label", "images"], [[label, str(count)] for label, count in counts.items()])
        )
    else:
        shared.show("Add labels on the page Labels before you train.")
    shared.show(f"{counted(found.without_label, 'image')} without any label.")
    data.notes(list(dataset.notes))
