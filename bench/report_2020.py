"""Trains the 2020 report's two stages, and today's preset, on the photographs; writes docs/report-2020.md.

python -m bench.report_2020                    imports and trains in a home of its own, then writes
python -m bench.report_2020 --runs 1 2 3       writes from finished runs of ERRATA_HOME: stage 1, stage 2, scratch
"""

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core import metrics, states
from core.actor import NOBODY
from core.config import PRESETS
from core.services import runs
from core.settings import Settings
from db.records import Run
from db.store import Store, open_store
from db.terms import Part

OUT = Path("docs/report-2020.md")
# What the report gives of its two stages on 20,000 photographs; rounded there.
REPORT = {
    "report-2020": ("good", "“really low”", "–", "about 3 %", "about 70 %"),
    "report-2020-rebalanced": ("about .3", "about .3", "about .30", "25 %", "90 %"),
}
TITLES = {
    "report-2020": "Stage 1",
    "report-2020-rebalanced": "Stage 2, rebalanced",
    "scratch": "Errata, scratch",
}


@dataclass(frozen=True)
class Row:
    """One run's figures on the validation images after its last epoch, at threshold .5."""

    run: Run
    epochs: int
    minutes: float
    figures: dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, nargs=3, metavar="RUN", help="stage 1, stage 2, scratch")
    asked = parser.parse_args()
    if asked.runs is None:
        photos = os.environ.get("ERRATA_TEST_PHOTOS")
        if not photos:
            sys.exit("Set ERRATA_TEST_PHOTOS to the folder of the photographs.")
        os.environ.setdefault("ERRATA_HOME", tempfile.mkdtemp(prefix="errata-report-"))
        numbers = _train(photos)
    else:
        numbers = asked.runs
    settings = Settings.load()
    store = open_store(settings.database_url)
    text = _page(store, [_row(store, number) for number in numbers])
    OUT.write_text(text)
    print(text)


def _train(photos: str) -> list[int]:
    def errata(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "core", *words], stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout.strip()

    errata("import", photos, "--name", "mirflickr", "--split", "train=.9,val=.1")
    first = errata("train", "--dataset", "mirflickr", "--preset", "report-2020", "--wait").split()[0]
    second = errata(
        "train", "--dataset", "mirflickr", "--preset", "report-2020-rebalanced", "--from", first, "--wait"
    ).split()[0]
    third = errata("train", "--dataset", "mirflickr", "--preset", "scratch", "--wait").split()[0]
    return [int(first), int(second), int(third)]


def _row(store: Store, number: int) -> Row:
    run = runs.get(store, NOBODY, number)
    epochs = runs.epochs(store, NOBODY, number)
    if not run.usable or not epochs:
        sys.exit(f"Run {number} has not finished.")
    return Row(run, len(epochs), sum(e.seconds for e in epochs) / 60, dict(epochs[-1].validation))


def _page(store: Store, rows: list[Row]) -> str:
    known = states.matrix(store, rows[0].run.dataset_id, rows[0].run.revision)
    validation, train = known.rows(Part.VALIDATION), known.rows(Part.TRAIN)
    nothing = metrics.baseline(known.states[validation], known.states[train])
    lines = [
        "# The 2020 report, again",
        "",
        "Written by `python -m bench.report_2020`. The report trained its own network of four convolutions on 20,000",
        f"photographs; these runs have {len(train):,} to train and {len(validation):,} to validate. Every figure is of",
        "the validation images after the last epoch, at threshold .5; nothing was selected on them.",
        "",
        "| | recall | precision | micro F1 | subset accuracy | Hamming accuracy | mAP | epochs | minutes |",
        "|---|---|---|---|---|---|---|---|---|",
        _line("predict nothing", _cells(nothing), "", ""),
    ]
    for row in rows:
        if row.run.preset in REPORT:
            lines.append(
                _line(f"{TITLES[row.run.preset]}: the report", [*REPORT[row.run.preset], "–"], "", "")
            )
        title = TITLES.get(row.run.preset, row.run.preset)
        suffix = ": here" if row.run.preset in REPORT else ""
        lines.append(_line(f"{title}{suffix}", _cells(row.figures), str(row.epochs), f"{row.minutes:.1f}"))
    return "\n".join([*lines, "", *_picture(rows), "", *_differences(rows), ""])


def _cells(figures: dict[str, Any]) -> list[str]:
    def decimal(name: str) -> str:
        return f"{figures[name]:.3f}".lstrip("0") if figures.get(name) else "0"

    def percent(name: str) -> str:
        return f"{figures[name] * 100:.1f} %"

    return [
        decimal("recall"),
        decimal("precision"),
        decimal("micro_f1"),
        percent("subset_accuracy"),
        percent("hamming_accuracy"),
        decimal("mean_ap"),
    ]


def _line(title: str, cells: list[str], epochs: str, minutes: str) -> str:
    return f"| {' | '.join([title, *cells, epochs, minutes])} |"


def _picture(rows: list[Row]) -> list[str]:
    """What the report saw, held against these runs: said as it is, whichever way it came out."""
    first, second = rows[0].figures, rows[1].figures
    gaps = [float(f["recall"] - f["precision"]) for f in (first, second)]
    high = first["recall"] > 2 * first["precision"]
    closer = abs(gaps[1]) < abs(gaps[0])
    return [
        "## Its picture",
        "",
        f"- Recall high and precision low in the first stage: **{'yes' if high else 'no'}** "
        f"(recall {first['recall']:.2f}, precision {first['precision']:.2f}).",
        f"- The two approach each other in the second: **{'yes' if closer else 'no'}** "
        f"(recall − precision {gaps[0]:+.2f}, then {gaps[1]:+.2f}).",
    ]


def _differences(rows: list[Row]) -> list[str]:
    config = PRESETS["report-2020"]
    return [
        "## What differs from the report",
        "",
        f"- {rows[0].epochs} and {rows[1].epochs} epochs here; the report gives about 100 for its first stage.",
        "- 12,000 of its 20,000 photographs, and another split: by iterative stratification, validation images unique.",
        f"- The input is {config.side_px} px; `--set side_px=128` trains at the photographs' full side.",
        "- The report's altered versions are described there in words; here they are flipped, rotated, brightness and",
        "  contrast, partly erased. How strongly it altered them is not known.",
        "- The random numbers: no seed of the report's is known.",
    ]


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    main()
