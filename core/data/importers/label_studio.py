"""Label Studio: exported tasks with what people submitted; JSON here, the short forms in label_studio_min."""

from pathlib import Path
from typing import Any

from core.data.importers import choosing, entries, json_stream, label_studio_min, tables
from core.data.importers.choosing import Chosen
from core.data.importers.json_stream import Kind
from core.data.importers.label_studio_tasks import Tasks
from core.data.importers.records import Parsed, Place
from core.data.importers.source import Source
from core.data.importers.studio_names import image_field, image_of
from core.errors import BadInput
from db.terms import LabelState

ENDINGS = (".json", *tables.ENDINGS)
# What core.data.exporters.label_studio writes for images that are not verified throughout.
_LISTS = ("unknown_labels", "absent_labels", "verified_labels")
_OURS = "errata"
_WHY = "Tasks that nobody has submitted say nothing: their labels are unknown."


class LabelStudio:
    """A submitted task speaks of every label: what it does not choose is verified absent."""

    name = "label-studio"
    title = "Label Studio: JSON, JSON_MIN or CSV export"
    signs = "a file of tasks as Label Studio exports them"

    def looks_like(self, root: Path) -> bool:
        """True when a file near the top begins like one."""
        return bool(_documents(root))

    def parse(self, root: Path) -> Parsed:
        """Read the file, or one for each part. Raises BadInput when there is none, or it has another shape."""
        chosen = choosing.one_a_part(root, _documents(root), "Label Studio exports")
        chosen = chosen or choosing.lone(root, (".json",))
        if not chosen:
            raise BadInput(f"{root} holds no JSON or CSV file of tasks as Label Studio exports them.")
        source = Source.open(self.name, root)
        tasks = Tasks(source)
        for one in chosen:
            if label_studio_min.fits(one.path):
                label_studio_min.read(tasks, one)
            else:
                _read(tasks, one)
        tasks.say()
        source.draft.keep_rest(source.found.keys)
        if tasks.ours:
            return source.draft.finish(
                None, "What is not listed was absent or unknown where it was exported."
            )
        return source.draft.finish(LabelState.UNKNOWN, _WHY)


def _documents(root: Path) -> list[Chosen]:
    return [one for one in choosing.near(root, ENDINGS) if _fits(one.path) or label_studio_min.fits(one.path)]


def _fits(path: Path) -> bool:
    first = json_stream.head(path).get("") if path.suffix.lower() == ".json" else None
    task = first.value if first is not None else None
    return (
        isinstance(task, dict)
        and isinstance(task.get("data"), dict)
        and bool({"annotations", "completions", "predictions"} & task.keys())
    )


def _read(tasks: Tasks, chosen: Chosen) -> None:
    file, draft = chosen.folder + chosen.path.name, tasks.source.draft
    for item in json_stream.items(chosen.path):
        if item.section or item.kind is Kind.OBJECT:
            raise BadInput(
                f"{Place(file, item.line)}: it is not a list of tasks, as Label Studio exports it."
            )
        if item.kind is not Kind.ELEMENT:
            continue
        where = Place(file, item.line, f"task {item.at + 1}")
        if isinstance(item.value, dict) and isinstance(item.value.get("data"), dict):
            _take(tasks, chosen, item.value, where)
        else:
            draft.problem("bad entry", where, json_stream.why_not(item.value, "is no task with data"))


def _take(tasks: Tasks, chosen: Chosen, task: dict[str, Any], where: Place) -> None:
    data, source = task["data"], tasks.source
    field = image_field(data)
    if field is None:
        source.draft.problem("bad entry", where, "Its data has no field with an image's name; left out.")
        return
    part = chosen.part
    if isinstance(data.get("split"), str):
        part = source.part(data["split"], where) or part
    meta = entries.meta_of(data, (field, "split", *_LISTS))
    image = image_of(source, data[field], where, part, chosen.folder, meta)
    if image is None:
        return
    annotations = _objects(task.get("annotations", task.get("completions")))
    submitted = [one for one in annotations if not one.get("was_cancelled")]
    tasks.passed_over["Annotations that were skipped, passed over"] += len(annotations) - len(submitted)
    for one in submitted:
        tasks.submitted(image, _chosen(tasks, one, where), where)
    predictions = _objects(task.get("predictions"))
    ours = [one for one in predictions if one.get("model_version") == _OURS]
    tasks.passed_over["Predictions of models, which are not annotations, passed over"] += len(
        predictions
    ) - len(ours)
    if ours or any(name in data for name in _LISTS):
        tasks.ours = True
        if not submitted:
            _take_ours(tasks, image, data, ours, where)


def _take_ours(
    tasks: Tasks, image: int, data: dict[str, Any], predictions: list[dict[str, Any]], where: Place
) -> None:
    draft = tasks.source.draft
    present = [name for one in predictions for name in _chosen(tasks, one, where)]
    unknown, absent, verified = (entries.names_in(data.get(name), draft, where) for name in _LISTS)
    entries.say_lists(draft, image, where, present, unknown=unknown, absent=absent, verified=verified)


def _chosen(tasks: Tasks, annotation: dict[str, Any], where: Place) -> list[str]:
    """The choices of one annotation, each once."""
    names: list[str] = []
    for result in _objects(annotation.get("result")):
        value = result.get("value")
        if isinstance(value, dict) and "choices" in value:
            names += entries.names_in(value["choices"], tasks.source.draft, where)
        else:
            tasks.passed_over["Regions and other results that are no choices, passed over"] += 1
    return list(dict.fromkeys(names))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
