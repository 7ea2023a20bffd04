"""What every dialog of the page shares: which is open, who acts, and what is said once it is done."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import search
from core.actor import NOBODY, Actor
from core.services import corrections
from db.records import Batch, Dataset, Label
from pages.ui import state, telling, theme, trouble
from pages.ui.gallery import author
from pages.ui.header import Context
from pages.ui.labelling import focus

PAGE = "labels"
_OPEN = state.key(PAGE, "open")  # (what to do, with which label)
_TOLD = state.key(PAGE, "told")  # (good, sentence, batch to undo, where to look next)


@dataclass(frozen=True)
class Next:
    """Where to go once something is done: a link to the gallery."""

    label: str
    query: dict[str, str]


def ask(what: str, label_id: int = 0) -> None:
    """Open a dialog."""
    state.put(_OPEN, (what, label_id))


def asked() -> tuple[str, int]:
    """Which dialog is open, of which label."""
    what, label_id = state.get(_OPEN, ("", 0))
    return str(what), int(label_id)


def close() -> None:
    """No dialog is open any more."""
    state.forget(_OPEN)


def who(ctx: Context, place: str = "dialog") -> Actor | None:
    """Who acts, asked for where nobody has said; None until then. place: tells the fields of one page apart."""
    author.asked(ctx.actor, "The history says who changed a label.", key=state.key(PAGE, f"who:{place}"))
    return known(ctx)


def form(key: str) -> DeltaGenerator:
    """Fields that Enter sends off, as the button below them does; to be used with `with`."""
    return st.form(key, border=False)


def begin(actor: Actor | None) -> None:
    """Put the keyboard into the first field of the dialog: the name of who acts, and once that is there the next."""
    focus.first_field(state.key(PAGE, "first-field"), done=author.FIELD if actor is not None else "")


def known(ctx: Context) -> Actor | None:
    """Who acts, without asking; None while nobody has said."""
    actor = author.known(ctx.actor)
    return None if actor.name == NOBODY.name else actor


def carried_out(ctx: Context, dataset: Dataset, do: Callable[[], Batch], *, then: Next | None = None) -> None:
    """Do it; then close the dialog and say what was done, with a way back. An error is said in the dialog."""
    with trouble.shown():
        batch = do()
        line = telling.sentence(batch, telling.known(ctx, dataset.id, [batch]))
        close()
        state.put(_TOLD, (True, f"{line[0].upper()}{line[1:]}.", batch.id, then))
        st.rerun()


def told(ctx: Context) -> None:
    """What was done last, until something else is; with Undo."""
    good, text, batch_id, then = state.get(_TOLD, (True, "", None, None))
    if not text:
        return
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", gap="medium", key="errata-told"
    ):
        st.markdown(f":material/check: {text}" if good else f":material/warning: {text}", width="content")
        if then is not None:
            st.page_link("pages/annotate.py", label=then.label, query_params=then.query, width="content")
        if batch_id is not None and st.button("Undo", key=state.key(PAGE, "undo")):
            _undo(ctx, int(batch_id))
        if st.button("Close", key=state.key(PAGE, "close"), type="tertiary", icon=":material/close:"):
            state.forget(_TOLD)
            st.rerun()


def _undo(ctx: Context, batch_id: int) -> None:
    answer = corrections.undo(ctx.store, author.known(ctx.actor), batch_id, uuid.uuid4().hex)
    good = answer.status in ("saved", "repeated")
    state.put(_TOLD, (good, "Undone: all is as it was before." if good else answer.message, None, None))
    st.rerun()


def quoted(label: Label | str) -> str:
    """A label's name in quotes, safe inside Markdown."""
    return f"“{theme.plain(label if isinstance(label, str) else label.name)}”"


def expression(*parts: tuple[str, str]) -> str:
    """A search for several labels: each name behind its sign, "" present, "!" not present, "?" unknown."""
    return " & ".join(sign + search.quoted(name) for sign, name in parts)


def gallery_of(dataset: Dataset, label: Label, text: str, *, state_word: str = "present") -> dict[str, str]:
    """The address of the gallery with the images where a label has a state, and a search beside it."""
    return {
        "dataset": str(dataset.id),
        "view": "all",
        "label": str(label.id),
        "state": state_word,
        "search": text,
    }
