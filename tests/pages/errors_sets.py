"""Findings for pages under test, and a page opened at an address."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from db import datasets, findings
from db.records import NewFinding
from db.terms import Cause, ErrorKind, LabelState, Part
from tests.conftest import Home

APP = Path(__file__).resolve().parents[2] / "app.py"


def open_page(name: str, **address: object) -> AppTest:
    """A page of Errata as a link to it opens it."""
    seen = AppTest.from_file(APP, default_timeout=30)
    seen.run()
    seen.switch_page(f"pages/{name}.py")
    for key, value in address.items():
        seen.query_params[key] = str(value)
    seen.run()
    assert not seen.exception
    return seen


def said(seen: AppTest) -> str:
    """Everything that the page says in words."""
    kinds = (seen.markdown, seen.caption, seen.error, seen.info, seen.success, seen.warning)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def button(seen: AppTest, label: str):  # type: ignore[no-untyped-def]
    """The first button of that name."""
    return next(one for one in seen.button if one.label.startswith(label))


def gallery_data(seen: AppTest) -> dict[str, object]:
    """What the gallery on the page was handed."""
    import json

    found = [one.proto for one in seen.get("bidi_component") if one.proto.component_name == "errata_gallery"]
    assert len(found) == 1
    return json.loads(found[0].json)


def analyse(
    home: Home, run_id: int, dataset_id: int, part: Part = Part.VALIDATION, notes: tuple[str, ...] = ()
) -> None:
    """Give a run findings on every image of a part: FN of its label, and FP of the next."""
    labels = datasets.labels(home.store, dataset_id)
    rows = [image.row for image in datasets.images(home.store, dataset_id) if image.part is part]
    found = [
        NewFinding(
            part=part,
            row=row,
            label_id=labels[(row + step) % 3].id,
            kind=ErrorKind.FP if step else ErrorKind.FN,
            annotation=LabelState.ABSENT if step else LabelState.PRESENT,
            probability=0.8 if step else 0.2,
            threshold=0.5,
            cause=Cause.WRONG_PATTERN if step else Cause.MISLABEL,
            confidence=0.7,
            second_cause=None,
            p_mislabel=0.6,
            p_sparsity=0.1,
            p_wrong_pattern=0.1,
            suggested_state=None if step else LabelState.ABSENT,
            evidence="9 of 12 look-alikes say otherwise.",
            rank=2 * index + step,
        )
        for index, row in enumerate(rows)
        for step in (0, 1)
    ]
    findings.replace(home.store, run_id, found, revision=1, notes=notes)
