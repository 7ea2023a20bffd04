"""Commands about the house itself: worker, doctor, and the processes that others start."""

import sys
from typing import Annotated

import typer

from core.cli import shared
from core.cli.data import Json


def worker() -> None:
    """Do the jobs that wait, and leave when none is left; other commands start it by themselves."""
    from core import worker as work

    house = shared.enter()
    work.run(house.store, house.settings)


def doctor(
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Make damaged files again from the originals; remove and mark what is safe to."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Check the database, the files and the processes; exit code 1 if something is wrong."""
    from core import doctor as doctoring
    from core.settings import Settings

    with shared.progress_bar() as bar:
        found = doctoring.examine(Settings.load(), repair=repair, progress=bar)
    if json:
        shared.show_json([{"wrong": f.wrong, "text": f.text, "repaired": f.repaired} for f in found])
    else:
        for finding in found:
            sign = "mended" if finding.repaired else "wrong" if finding.wrong else "good"
            shared.show(f"{sign:7} {finding.text}")
    if any(finding.wrong and not finding.repaired for finding in found):
        raise typer.Exit(1)


def job(number: int) -> None:
    """The process of one job; started by the worker."""
    from core.work import child

    sys.exit(child.main(number))


def predictor(run: Annotated[int, typer.Option()]) -> None:
    """The process that keeps a run's model ready; started when somebody asks for a prediction."""
    from core.work import predict

    sys.exit(predict.main(run))
