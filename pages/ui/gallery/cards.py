"""The cards of causes above the gallery."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import streamlit as st

from db.records import CauseCount
from db.terms import Cause
from pages.ui import state, theme

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "errata_causes",
    css=(_HERE / "cards.css").read_text("utf-8"),
    js=(_HERE / "cards.mjs").read_text("utf-8"),
)
_MEANING = {
    Cause.MISLABEL: "the annotation is wrong",
    Cause.SPARSITY: "too few training images",
    Cause.WRONG_PATTERN: "learned a shortcut",
    Cause.UNKNOWN: "no evidence strong enough",
}


def _card(cause: Cause, counts: Sequence[CauseCount], worth: tuple[str, str]) -> dict[str, object]:
    findings = sum(count.findings for count in counts if count.cause is cause)
    reviewed = sum(count.reviewed for count in counts if count.cause is cause)
    return {
        "word": cause.value,
        "mark": theme.CAUSE_MARKS[cause],
        "colour": theme.CAUSE_COLOURS[cause],
        "findings": findings,
        "reviewed": reviewed,
        "note": f"{theme.count(reviewed)} of {theme.count(findings)} reviewed",
        "meaning": _MEANING[cause],
        "worth": worth[0],
        "worthMeaning": worth[1],
    }


def cause_cards(
    key: str,
    counts: Sequence[CauseCount],
    chosen: Cause | None,
    choose: Callable[[Cause | None], None],
    *,
    worth: Mapping[Cause, tuple[str, str]],
) -> None:
    """Draw a card a cause; a click calls `choose` with it, or with None to show every cause, before the next run.

    worth: what acting on a cause would bring, in a few words, and the sentence that explains them.
    """

    def clicked() -> None:
        word = (state.get(key) or {}).get("chosen")
        choose(Cause(word) if word in list(Cause) else None)

    cards = [_card(cause, counts, worth.get(cause, ("", ""))) for cause in Cause]
    data = {"cards": cards, "chosen": chosen.value if chosen else ""}
    _mount(key=key, data=data, on_chosen_change=clicked)
