"""Commands about runs: train, runs, stop, resume, analyse, compare, import-run, predict."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli import shared
from core.cli.data import DatasetName, Json
from core.words import those
from db.terms import LARGEST

if TYPE_CHECKING:
    from core.config import TrainConfig
    from db.records import Run

RunNumber = Annotated[int, typer.Argument(metavar="RUN", min=1, max=LARGEST, help="Number of the run.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the file that is there already.")]
Wait = Annotated[
    bool,
    typer.Option(
        "--wait", help="Follow it to its end; exit code 1 if it fails, or is stopped without scores."
    ),
]


def train(
    dataset: DatasetName,
    preset: Annotated[
        str, typer.Option(help="The recipe: scratch, report-2020, report-2020-rebalanced, demo.")
    ] = "scratch",
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE …", help="Change settings of the preset.")
    ] = None,
    from_: Annotated[
        int | None,
        typer.Option("--from", metavar="RUN", min=1, max=LARGEST, help="Continue a finished run."),
    ] = None,
    name: Annotated[str, typer.Option(help="A name for the run.")] = "",
    wait: Wait = False,
) -> None:
    """Train in the background; prints the run's number."""
    from core.services import jobs, runs

    config = parse_config(preset, set_ or [])
    house = shared.enter()
    found = shared.dataset_named(house, dataset)
    run = runs.start(house.store, house.settings, house.actor, found.id, config, parent_id=from_, name=name)
    jobs.ensure_worker(house.store, house.settings)
    shared.show(str(run.id))
    if wait:
        _wait(house, run)


def parse_config(preset: str, settings: list[str]) -> "TrainConfig":
    """The preset with `key=value` settings put in. Raises BadParameter."""
    from core import config
    from core.errors import BadInput

    pairs: dict[str, str] = {}
    for item in settings:
        key, equals, value = item.partition("=")
        if not equals or not key.strip():
            raise typer.BadParameter(f"--set {item}: a setting is written key=value")
        pairs[key.strip()] = value
    try:
        return config.from_settings(preset, pairs)
    except BadInput as error:
        raise typer.BadParameter(str(error)) from None


def _wait(house: shared.House, run: "Run") -> None:
    from core.services import runs as service

    goes_on = f"Run {run.id} goes on in the background; `python -m core stop {run.id}` stops it."
    done = shared.watch(house, run.job_id, interrupted=lambda: goes_on)
    shared.say(done.message or f"It {done.state.value} without saying why.")
    # One that somebody stopped after an epoch has its scores: it did not fail.
    if not service.get(house.store, house.actor, run.id).usable:
        raise typer.Exit(1)


def runs(
    dataset: Annotated[
        str, typer.Option("--dataset", metavar="NAME", help="Only those of this data set.")
    ] = "",
    json: Json = False,
) -> None:
    """List the runs, the newest first."""
    from core.services import datasets
    from core.services import runs as service

    house = shared.enter()
    only = shared.dataset_named(house, dataset).id if dataset else None
    found = service.listing(house.store, house.actor, only)
    names = {d.id: d.name for d in datasets.listing(house.store, house.actor)}
    lines = [_run_facts(house, run, names.get(run.dataset_id, "")) for run in found]
    if json:
        shared.show_json(lines)
        return
    head = ["run", "data set", "preset", "state", "epochs", "revision", "micro F1", "mAP", "name"]
    rows = [[_cell(line[key]) for key in _COLUMNS] for line in lines]
    shared.show(
        shared.table(head, rows) if rows else "There are no runs yet: `python -m core train --dataset NAME`."
    )


_COLUMNS = ("run", "dataset", "preset", "state", "epochs_done", "revision", "micro_f1", "mean_ap", "name")


def _run_facts(house: shared.House, run: "Run", dataset: str) -> dict[str, object]:
    from core.services import runs as service

    epochs = service.epochs(house.store, house.actor, run.id)
    last = epochs[-1].validation if epochs else {}
    job = service.job(house.store, house.actor, run.id)
    return {
        "run": run.id, "name": run.name, "dataset": dataset, "preset": run.preset, "state": run.state.value,
        "epochs_done": run.epochs_done, "revision": run.revision, "micro_f1": last.get("micro_f1"),
        "mean_ap": last.get("mean_ap"), "parent": run.parent_id, "analysed": run.analysed_at is not None,
        "progress": job.progress, "doing": job.doing, "message": job.message, "created_by": run.created_by,
    }  # fmt: skip


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def stop(
    run: RunNumber,
    now: Annotated[bool, typer.Option("--now", help="At once; the epoch that runs is lost.")] = False,
) -> None:
    """Stop a run after its epoch; it keeps its scores and can be resumed."""
    from core.services import runs as service

    house = shared.enter()
    job = service.stop(house.store, house.actor, run, now)
    when = "was stopped before it began"
    if not job.state.ended:
        when = "stops now" if now else "stops after this epoch"
    shared.say(f"Run {run} {when}; `python -m core resume {run}` goes on.")


def resume(run: RunNumber, wait: Wait = False) -> None:
    """Go on with a run that stopped or failed, from its last checkpoint."""
    from core.services import jobs
    from core.services import runs as service

    house = shared.enter()
    jobs.settle(house.store, house.settings, house.actor, service.get(house.store, house.actor, run).job_id)
    service.resume(house.store, house.settings, house.actor, run)
    jobs.ensure_worker(house.store, house.settings)
    if wait:
        _wait(house, service.get(house.store, house.actor, run))


def analyse(
    run: RunNumber,
    out: Annotated[
        Path | None, typer.Option(parser=shared.path, help="Write the errors to this CSV file.")
    ] = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Find out why a run errs: every validation error gets a cause."""
    from core import output
    from core.services import analysis

    if out is not None:
        output.check(out, force=force)
    house = shared.enter()
    job = analysis.start(house.store, house.settings, house.actor, run)
    shared.follow(
        house, job.id, interrupted=lambda: f"The analysis goes on in the background as job {job.id}."
    )
    if out is not None:
        written = analysis.write_csv(house.store, house.settings, house.actor, run, out, force=force)
        shared.say(f"{those(written, 'error', 'was', 'were')} written to {out}.")
    tally: dict[str, int] = {}
    for count in analysis.counts(house.store, house.actor, run):
        tally[count.cause.value] = tally.get(count.cause.value, 0) + count.findings
    if json:
        shared.show_json({"run": run, "errors": sum(tally.values()), "causes": tally})
        return
    lines = [[cause, str(number)] for cause, number in sorted(tally.items(), key=lambda item: -item[1])]
    shared.show(
        shared.table(["cause", "errors"], lines) if lines else f"Run {run} makes no validation error."
    )


def compare(run_a: RunNumber, run_b: RunNumber, json: Json = False) -> None:
    """Compare two runs on the same validation images, under the old and the new labels."""
    from core.cli import comparing

    comparing.compare(run_a, run_b, json=json)


def import_run(
    dataset: DatasetName,
    scores: Annotated[
        Path,
        typer.Option(
            parser=shared.path, help="Probabilities: CSV (image and one column a label) or .npy (N, L)."
        ),
    ],
    embeddings: Annotated[
        Path | None, typer.Option(parser=shared.path, help="Embeddings (N, D) as .npy.")
    ] = None,
    name: Annotated[str, typer.Option(help="A name for the run.")] = "",
) -> None:
    """Make the probabilities of your own model a run that everything else works on; prints its number."""
    from core.services import jobs
    from core.services import runs as service

    house = shared.enter()
    found = shared.dataset_named(house, dataset)
    run = service.import_scores(
        house.store, house.settings, house.actor, found.id, scores, embeddings_file=embeddings, name=name
    )
    jobs.ensure_worker(house.store, house.settings)
    shared.show(str(run.id))


def predict(
    run: RunNumber,
    paths: Annotated[
        list[Path], typer.Argument(parser=shared.path, metavar="PATH…", help="Pictures, or folders of them.")
    ],
    out: Annotated[
        Path | None, typer.Option(parser=shared.path, help="Write to this CSV file; else to the screen.")
    ] = None,
    force: Force = False,
) -> None:
    """Ask a run about pictures: image,label,probability,predicted."""
    from core.cli import predicting

    predicting.predict(run, paths, out, force=force)
