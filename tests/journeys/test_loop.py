"""Once round the loop on the command line: import, train, errors by cause, correct, retrain, compare."""

import csv
import json
from pathlib import Path

import pytest

from core.services import analysis
from db.terms import JobState
from tests.journeys.house import QUICK, House

COLUMNS = (
    "image,label,kind,annotation,probability,threshold,cause,confidence,second_cause,"
    "p_mislabel,p_sparsity,p_wrong_pattern,suggested_state,evidence"
)


def test_the_loop_closes(house: House, photos: Path, tmp_path: Path) -> None:
    house.cli("import", str(photos), "--name", "tiny", "--split", "train=.7,val=.3")

    first = house.cli("train", "--dataset", "tiny", "--preset", "demo", "--set", *QUICK, "--wait")
    assert first.stdout == "1\n"  # only the run's number
    run, job = house.run_of(1)
    assert (run.state, run.epochs_done, run.revision) == (JobState.FINISHED, 2, 1)
    assert job.message in first.stderr

    found = tmp_path / "findings.csv"
    tally = json.loads(house.cli("analyse", "1", "--out", str(found), "--json").stdout)
    with found.open(newline="") as file:
        assert file.readline().strip() == COLUMNS
        errors = list(csv.DictReader(file, fieldnames=COLUMNS.split(",")))
    assert len(errors) == tally["errors"] > 0
    assert all(
        0 <= sum(float(e[f"p_{c}"]) for c in ("mislabel", "sparsity", "wrong_pattern")) <= 1 for e in errors
    )

    fixes = tmp_path / "fixes.csv"
    flipped = {"present": "absent", "absent": "present"}
    rows = [f"{e['image']},{e['label']},{flipped[e['annotation']]},seen" for e in errors[:3]]
    fixes.write_text("\n".join(["image,label,state,reason", *rows]) + "\n")
    done = json.loads(
        house.cli("correct", str(fixes), "--dataset", "tiny", "--author", "Ada", "--json").stdout
    )
    assert (done["changed"], done["revision"]) == (3, 2)

    assert (
        house.cli("train", "--dataset", "tiny", "--preset", "demo", "--set", *QUICK, "--wait").stdout == "2\n"
    )
    assert house.run_of(2)[0].revision == 2
    told = house.cli("compare", "1", "2").stdout
    compared = json.loads(house.cli("compare", "1", "2", "--json").stdout)
    assert told.startswith("Run 1 → run 2, the same 23 validation images.\n")
    assert "because of 3 corrected validation labels" in told
    facts = (
        "run_a",
        "run_b",
        "old_revision",
        "new_revision",
        "validation_corrections",
        "training_corrections",
    )
    assert [compared[fact] for fact in facts] == [1, 2, 1, 2, 3, 0]
    hamming = next(one for one in compared["effects"] if one["metric"] == "hamming_accuracy")
    assert hamming["before"] == pytest.approx(1 - len(errors) / 46)
    assert hamming["labels"] == pytest.approx(3 / 46)  # run 1 was wrong on each of the three
    assert hamming["before"] + hamming["labels"] + hamming["model"] == pytest.approx(hamming["after"])
    listed = json.loads(house.cli("runs", "--json").stdout)
    assert [(line["run"], line["state"], line["epochs_done"]) for line in listed] == [
        (2, "finished", 2),
        (1, "finished", 2),
    ]

    asked = house.cli("predict", "2", str(photos / "00.png"), str(photos / "labels.csv"), code=1)
    answers = list(csv.reader(asked.stdout.splitlines()))
    assert answers[0] == ["image", "label", "probability", "predicted"]
    assert {row[1] for row in answers[1:]} == {"sea", "sky"}
    assert "labels.csv" in asked.stderr  # the one that is no picture is named, the other is answered


def test_somebody_elses_probabilities_become_a_run(house: House, photos: Path, tmp_path: Path) -> None:
    house.cli("import", str(photos), "--name", "tiny")
    scores = tmp_path / "scores.csv"
    lines = [
        f"{path.name},{0.9 if i % 2 else 0.2},{0.4}" for i, path in enumerate(sorted(photos.glob("*.png")))
    ]
    scores.write_text("\n".join(["image,sea,sky", *lines]) + "\n")
    assert house.cli("import-run", "--dataset", "tiny", "--scores", str(scores)).stdout == "1\n"
    assert json.loads(house.cli("analyse", "1", "--json").stdout)["errors"] > 0
    refused = house.cli("predict", "1", str(photos / "00.png"), code=1)
    assert "no model" in refused.stderr
    from core.actor import NOBODY

    assert analysis.counts(house.store, NOBODY, 1)


@pytest.mark.long
def test_the_demo_set_is_drawn_once_and_trained(house: House) -> None:
    house.cli("demo")
    again = json.loads(house.cli("demo", "--json").stdout)
    assert (again["dataset"], again["run"]) == (1, 1)
    house.until(1, lambda run, _: run.state.ended)
    assert house.run_of(1)[0].state is JobState.FINISHED
