"""Commands about the labels themselves: list, rename, merge, split off, add, remove, describe, keys, implications."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from core.cli import shared
from core.cli.data import DatasetName, Json
from core.words import counted, those

if TYPE_CHECKING:
    from core.actor import Actor
    from core.services.implied import Broken, Proposal
    from db.records import Batch, Dataset, Label

app = typer.Typer(help="The labels of a data set: what they are called, mean and imply.")

Author = Annotated[str, typer.Option(help="Who changes it; else who is logged in here.")]
Name = Annotated[str, typer.Argument(help="The label's name.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change; change nothing.")]


class _Set:
    """A data set that a command works on, its labels, and who acts."""

    def __init__(self, name: str, author: str = "") -> None:
        from core.actor import Actor

        self.house = shared.enter()
        self.dataset: Dataset = shared.dataset_named(self.house, name)
        self.actor: Actor = Actor.named(author) if author else self.house.actor

    @property
    def by(self) -> "tuple[Any, Actor, int]":
        """What every service is handed first."""
        return self.house.store, self.actor, self.dataset.id

    def label(self, name: str) -> "Label":
        """The label of that name. Raises Missing."""
        from core.services import labels

        return labels.named(*self.by, name)

    def goes_on(self, effect: object, said: str, *, dry_run: bool, json: bool) -> bool:
        """Say what would be done, of a dry run as JSON if asked for; True unless that was all that was wanted."""
        if dry_run and json:
            shared.show_json(effect)
        else:
            shared.say(said)
        return not dry_run

    def done(self, batch: "Batch", said: str, json: bool) -> None:
        """Say what was done, and the revision that it made."""
        if json:
            shared.show_json({"dataset": self.dataset.id, "revision": batch.revision, "batch": batch.id})
        else:
            shared.show(f"{said}; “{self.dataset.name}” is at revision {batch.revision}.")


@app.command("list")
def list_(dataset: DatasetName, json: Json = False) -> None:
    """Every label with its key, its counts, what it implies and what it means."""
    from core.services import datasets

    at = _Set(dataset)
    found = datasets.overview(*at.by)
    names = {label.id: label.name for label in found.labels}
    lines = [
        {
            "label": label.name,
            "key": label.key,
            "present": int(found.present_total[label.position]),
            "verified": sum(int(counts[label.position]) for counts in found.verified.values()),
            "unknown": sum(int(counts[label.position]) for counts in found.unknown.values()),
            "implies": [names[one] for one in label.implies if one in names],
            "description": label.description,
            "examples": list(label.examples),
        }
        for label in found.labels
    ]
    if json:
        shared.show_json({"dataset": at.dataset.id, "revision": found.revision, "labels": lines})
        return
    shown = ("label", "key", "present", "verified", "unknown", "implies", "description")
    shared.show(shared.table(list(shown), [[_cell(line[name]) for name in shown] for line in lines]))


def _cell(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@app.command("rename")
def rename(
    label: Name,
    new: Annotated[str, typer.Argument(help="Its new name.")],
    dataset: DatasetName,
    author: Author = "",
    json: Json = False,
) -> None:
    """Give a label another name; runs keep the name that they learned."""
    from core.services import labels

    at = _Set(dataset, author)
    batch = labels.rename(*at.by, at.label(label).id, new)
    at.done(batch, f"“{label}” is called “{new.strip()}” now", json)


@app.command("merge")
def merge(
    label: Annotated[str, typer.Argument(help="The label that goes.")],
    into: Annotated[str, typer.Argument(help="The label that stays.")],
    dataset: DatasetName,
    author: Author = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Make one label of two: an image has it if it had either."""
    from core.services import labels

    at = _Set(dataset, author)
    one, two = at.label(label), at.label(into)
    effect = labels.merge_effect(*at.by, one.id, two.id)
    said = (
        f"{counted(effect.present, 'image')} will have “{into}”: {effect.second:,} have it now, "
        f"{effect.first - effect.both:,} have only “{label}”, {effect.both:,} both; "
        f"on {effect.conflicts:,} one is present and the other absent. "
        f"Unknown {effect.unknown_before:,} → {effect.unknown:,}, verified {effect.verified_before:,} → "
        f"{effect.verified:,}."
    )
    if at.goes_on(effect, said, dry_run=dry_run, json=json):
        at.done(labels.merge(*at.by, one.id, two.id), f"“{label}” was merged into “{into}”", json)


@app.command("split")
def split(
    label: Annotated[str, typer.Argument(help="The label to split off from.")],
    new: Annotated[str, typer.Argument(help="The new label.")],
    dataset: DatasetName,
    implies: Annotated[
        bool, typer.Option("--implies/--no-implies", help="The new label implies the other.")
    ] = True,
    author: Author = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Split a label off another: unknown where that may be, absent where it is not."""
    from core.services import labels

    at = _Set(dataset, author)
    of = at.label(label)
    effect = labels.split_effect(*at.by, of.id)
    said = (
        f"“{new.strip()}” begins unknown on {counted(effect.possible + effect.unsure, 'image')}, where “{label}” is "
        f"present or unknown, and absent on {effect.impossible:,}."
    )
    if at.goes_on(effect, said, dry_run=dry_run, json=json):
        batch, _ = labels.split(*at.by, of.id, new, implies=implies)
        at.done(batch, f"“{new.strip()}” was split off “{label}”", json)


@app.command("add")
def add(
    label: Annotated[str, typer.Argument(help="The new label's name.")],
    dataset: DatasetName,
    default: Annotated[
        Literal["unknown", "absent"],
        typer.Option(help="What it is on every image to begin with; unknown: nobody has looked."),
    ] = "unknown",
    description: Annotated[str, typer.Option(help="A sentence: when does an image have it?")] = "",
    author: Author = "",
    json: Json = False,
) -> None:
    """Add a label."""
    from core.services import labels
    from db.terms import LabelState

    at = _Set(dataset, author)
    batch, _ = labels.add(*at.by, label, default_state=LabelState(default), description=description)
    at.done(batch, f"“{label.strip()}” was added, {default} on every image", json)


@app.command("remove")
def remove(
    label: Name, dataset: DatasetName, author: Author = "", dry_run: DryRun = False, json: Json = False
) -> None:
    """Take a label out of the list; its history stays, and undo brings it back."""
    from core.services import labels

    at = _Set(dataset, author)
    found = at.label(label)
    effect = labels.removal(*at.by, found.id)
    said = (
        f"“{label}” is on {counted(effect.present, 'image')}, {those(effect.verified, 'cell', 'is', 'are')} verified; "
        f"{those(effect.runs, 'run', 'learned it and keeps', 'learned it and keep')} it."
    )
    if at.goes_on(effect, said, dry_run=dry_run, json=json):
        at.done(labels.remove(*at.by, found.id), f"“{label}” was removed", json)


@app.command("describe")
def describe(
    label: Name,
    sentence: Annotated[str, typer.Argument(help="When does an image have it, and when not?")],
    dataset: DatasetName,
    example: Annotated[
        list[str] | None,
        typer.Option(help="The file name of an image that shows it; may be repeated. None: as before."),
    ] = None,
    author: Author = "",
    json: Json = False,
) -> None:
    """Say what a label means: shown while annotating."""
    from core.services import datasets, labels

    at = _Set(dataset, author)
    found = at.label(label)
    rows = list(found.examples) if example is None else datasets.rows_named(*at.by, example)
    batch = labels.describe(*at.by, found.id, description=sentence, examples=rows)
    at.done(batch, f"“{label}” is described", json)


@app.command("key")
def key(
    label: Name,
    key: Annotated[str, typer.Argument(help='A letter or digit; "" for none.')],
    dataset: DatasetName,
    take: Annotated[bool, typer.Option("--take", help="Take it from the label that has it.")] = False,
    author: Author = "",
    json: Json = False,
) -> None:
    """Give a label its key in the gallery."""
    from core.services import labels

    at = _Set(dataset, author)
    batch = labels.set_key(*at.by, at.label(label).id, key, take=take)
    at.done(batch, f"“{label}” has the key {key.upper()}" if key else f"“{label}” has no key", json)


@app.command("imply")
def imply(
    label: Name,
    implied: Annotated[
        list[str] | None, typer.Argument(help="What an image with it has, too; none: nothing any more.")
    ] = None,
    *,
    dataset: DatasetName,
    author: Author = "",
    json: Json = False,
) -> None:
    """Declare what a label implies, in place of what it implied before."""
    from core.services import labels

    at = _Set(dataset, author)
    others = [at.label(name).id for name in implied or []]
    batch = labels.imply(*at.by, at.label(label).id, others)
    what = ", ".join(f"“{name}”" for name in implied or []) or "nothing"
    at.done(batch, f"“{label}” implies {what}", json)


@app.command("violations")
def violations(
    dataset: DatasetName,
    mend: Annotated[
        Literal["present", "away"] | None,
        typer.Option(help="present: set what is implied present; away: take the label away."),
    ] = None,
    label: Annotated[str, typer.Option(help="Mend the implications of this label alone.")] = "",
    implied: Annotated[str, typer.Option(help="Mend the implications of this other label alone.")] = "",
    author: Author = "",
    json: Json = False,
) -> None:
    """List the images that break an implication, and mend them, one change an implication."""
    from core.services import implied as rules

    at = _Set(dataset, author)
    found = rules.rules(*at.by)
    chosen = [
        one for one in found.broken if label in ("", one.label.name) and implied in ("", one.implied.name)
    ]
    if mend is not None:
        _mend(at, chosen, mend, json)
        return
    if json:
        shared.show_json(
            {
                "dataset": at.dataset.id,
                "revision": found.revision,
                "violations": [_plain(one) for one in chosen],
                "cycles": [[one.name for one in group] for group in found.cycles],
                "suggested": [_suggested(one) for one in found.proposals],
            }
        )
        return
    _show(chosen, found.declared)
    for group in found.cycles:
        names = " and ".join(f"“{one.name}”" for one in group)
        shared.show(f"{names} imply each other: they mean the same, merge them.")
    for one in found.proposals:
        shared.show(
            f"Suggested: “{one.label.name}” implies “{one.implied.name}”, on {one.confidence:.1%} of its images "
            f"({one.support:,})."
        )


def _plain(one: "Broken") -> dict[str, Any]:
    facts = {name: getattr(one, name) for name in ("absent", "unknown", "verified", "rows")}
    return {"label": one.label.name, "implied": one.implied.name, **facts}


def _suggested(one: "Proposal") -> dict[str, Any]:
    facts = {"confidence": one.confidence, "support": one.support}
    return {"label": one.label.name, "implied": one.implied.name, **facts}


def _show(chosen: "list[Broken]", declared: int) -> None:
    if not chosen:
        shared.show(f"{those(declared, 'implication', 'is', 'are')} declared; no image breaks one.")
        return
    head = ["label", "implies", "absent on", "not said on"]
    rows = [[one.label.name, one.implied.name, str(one.absent), str(one.unknown)] for one in chosen]
    shared.show(shared.table(head, rows))


def _mend(at: _Set, chosen: "list[Broken]", way: str, json: bool) -> None:
    from core.errors import BadInput
    from core.implications import Way
    from core.services import implied as rules

    mended: list[Batch] = []
    for one in chosen:
        try:
            mended.append(rules.mend(*at.by, one.label.id, one.implied.id, Way(way)))
        except BadInput:  # mended with one before it, or nobody has said: nothing to take away
            continue
    if json:
        shared.show_json(
            {"dataset": at.dataset.id, "mended": [{"revision": b.revision, "cells": b.size} for b in mended]}
        )
        return
    for batch in mended:
        shared.show(f"{batch.reason}: {counted(batch.size, 'label')} changed, revision {batch.revision}.")
    if not mended:
        shared.show("There is nothing to mend.")
