"""The light changes of one label: its name, key, sentence and examples, and what it implies; and a new label."""

from collections.abc import Sequence

import streamlit as st

from core import keys
from core.data.importers.names import LABEL_CHARS
from core.errors import BadInput
from core.services import datasets, labels
from core.services.labels import LONGEST_DESCRIPTION, MOST_EXAMPLES, holder_of
from db.records import Dataset, Label
from db.terms import LabelState
from pages.ui import state, theme
from pages.ui.header import Context
from pages.ui.labelling import doing
from pages.ui.labelling.doing import PAGE, quoted

_CANDIDATES = 12
_ACROSS = 6
_DEFAULTS = {
    LabelState.UNKNOWN: "Nobody has looked yet: on every image it is left out of training and of every metric "
    "until somebody says where it is.",
    LabelState.ABSENT: "No image has it: a model learns that at once on every image, so set it present where "
    "it is before you train.",
}


@st.dialog("Rename a label", on_dismiss=doing.close)
def rename(ctx: Context, dataset: Dataset, label: Label) -> None:
    """Another name; runs that learned the label keep the name of then."""
    actor = doing.who(ctx)
    with doing.form(_key("rename-form", label)):
        name = st.text_input("Name", value=label.name, max_chars=LABEL_CHARS, key=_key("name", label))
        st.caption("Runs trained before keep the name that they learned; everything else shows the new one.")
        wanted = st.form_submit_button(
            "Rename", type="primary", disabled=actor is None, key=_key("rename", label)
        )
    doing.begin(actor)
    if wanted and name.strip() in ("", label.name):
        st.caption("Write another name.")
    elif wanted:
        assert actor is not None
        doing.carried_out(ctx, dataset, lambda: labels.rename(ctx.store, actor, dataset.id, label.id, name))


def _key(name: str, label: Label | None = None) -> str:
    return state.key(PAGE, f"{name}:{label.id}" if label else name)


@st.dialog("The key in the gallery", on_dismiss=doing.close)
def key(ctx: Context, dataset: Dataset, label: Label) -> None:
    """A letter or digit of its own."""
    actor = doing.who(ctx)
    listed = datasets.labels(ctx.store, ctx.actor, dataset.id)
    with doing.form(_key("key-form", label)):
        text = st.text_input(
            f"Key of {quoted(label)}",
            value=label.key.upper(),
            max_chars=4,
            key=_key("key", label),
            help="It sets the label present or absent while annotating; with Shift, unknown.",
        )
        wanted, problem = _checked(text)
        holder = holder_of([one for one in listed if one.id != label.id], wanted)
        take = False
        if problem:
            st.error(theme.plain(problem))
        elif holder is not None:
            own = f"{keys.shown(wanted)} is the key of {quoted(holder)}: take it away from there"
            take = st.checkbox(own, key=_key(f"take:{wanted}", label))
        free = [one for one in "abcdefghijklmnopqrstuvwxyz056789" if _is_free(one, listed)]
        st.caption(f"Free: {' '.join(one.upper() for one in free) or 'none'}. Leave it empty for no key.")
        saved = st.form_submit_button(
            "Save", type="primary", disabled=actor is None, key=_key("key-save", label)
        )
    doing.begin(actor)
    if saved and not problem and wanted == label.key:
        st.caption("Nothing is different yet.")
    elif saved and not problem and (holder is None or take):
        assert actor is not None
        doing.carried_out(
            ctx,
            dataset,
            lambda: labels.set_key(ctx.store, actor, dataset.id, label.id, wanted, take=take),
        )


def _checked(text: str) -> tuple[str, str]:
    """(the key, why it cannot be one)."""
    try:
        return keys.check(text.strip()), ""
    except BadInput as error:
        return "", str(error)


def _is_free(key: str, listed: Sequence[Label]) -> bool:
    return not _checked(key)[1] and holder_of(listed, key) is None


@st.dialog("Describe a label", width="large", on_dismiss=doing.close)
def describe(ctx: Context, dataset: Dataset, label: Label) -> None:
    """A sentence and pictures: whoever annotates sees them beside the label."""
    actor = doing.who(ctx)
    sentence = st.text_area(
        f"What does {quoted(label)} mean?",
        value=label.description,
        max_chars=LONGEST_DESCRIPTION,
        height=88,
        placeholder="When does an image have it, and when not? For example: any open water to the horizon; "
        "not lakes.",
        key=_key("sentence", label),
    )
    chosen = _examples(ctx, dataset, label)
    st.caption("Shown in the gallery beside the label, and in its map of keys (?).")
    same = (" ".join(sentence.split()), tuple(chosen)) == (label.description, label.examples)
    full = len(chosen) > MOST_EXAMPLES
    doing.begin(actor)
    if full:
        st.warning(f"At most {MOST_EXAMPLES} examples; {len(chosen)} are chosen.")
    if not st.button("Save", type="primary", disabled=actor is None or full, key=_key("describe", label)):
        return
    if same:
        st.caption("Nothing is different yet.")
    else:
        assert actor is not None
        doing.carried_out(
            ctx,
            dataset,
            lambda: labels.describe(
                ctx.store, actor, dataset.id, label.id, description=sentence, examples=chosen
            ),
        )


def _examples(ctx: Context, dataset: Dataset, label: Label) -> list[int]:
    """Pictures that carry the label, to tick: those chosen before first."""
    seed = int(state.get(_key("seed", label), 0))
    drawn = datasets.examples(ctx.store, ctx.actor, dataset.id, each=_CANDIDATES, seed=seed)
    rows = list(dict.fromkeys([*label.examples, *_kept(label), *drawn.get(label.id, [])]))
    if not rows:
        st.caption("No image carries this label yet: examples can be chosen once some do.")
        return []
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Examples**", width="content")
        st.button(
            "Other pictures",
            type="tertiary",
            icon=":material/refresh:",
            key=_key("more", label),
            on_click=lambda: state.put(_key("seed", label), seed + 1),
        )
    chosen = []
    columns = st.columns(_ACROSS, gap="small")
    for at, row in enumerate(rows):
        with columns[at % _ACROSS]:
            st.html(
                f'<img loading="lazy" alt="image {row}" style="width:100%;aspect-ratio:1;object-fit:cover;'
                f'border-radius:6px" src="/errata/thumbnail/{dataset.id}/{dataset.folder}/{row}">'
            )
            name = state.key(PAGE, f"example:{label.id}:{row}")
            if st.checkbox(f"image {row}", value=row in label.examples, key=name):
                chosen.append(row)
    state.put(_key("chosen", label), chosen)
    return chosen


def _kept(label: Label) -> list[int]:
    """What was ticked before other pictures were asked for."""
    return list(state.get(_key("chosen", label), []))


@st.dialog("What a label implies", on_dismiss=doing.close)
def imply(ctx: Context, dataset: Dataset, label: Label) -> None:
    """An image with the label has these, too."""
    actor = doing.who(ctx)
    others = {
        one.id: one.name for one in datasets.labels(ctx.store, ctx.actor, dataset.id) if one.id != label.id
    }
    chosen = st.multiselect(
        f"An image with {quoted(label)} also has",
        list(others),
        default=[one for one in label.implies if one in others],
        format_func=lambda number: others[number],
        placeholder="choose labels",
        key=_key("implies", label),
    )
    st.caption(
        "Nothing is changed by this alone: images that break it are listed on this page, and you choose how each "
        "case is mended."
    )
    same = tuple(chosen) == label.implies
    doing.begin(actor)
    if st.button("Save", type="primary", disabled=actor is None or same, key=_key("imply", label)):
        assert actor is not None
        doing.carried_out(ctx, dataset, lambda: labels.imply(ctx.store, actor, dataset.id, label.id, chosen))


@st.dialog("Add a label", on_dismiss=doing.close)
def add(ctx: Context, dataset: Dataset) -> None:
    """A new label, with what every image is to begin with."""
    actor = doing.who(ctx)
    with doing.form(_key("new-form")):
        name = st.text_input("Name", max_chars=LABEL_CHARS, key=_key("new-name"))
        begins = st.radio(
            "To begin with it is",
            list(_DEFAULTS),
            format_func=lambda one: one.value,
            captions=[_DEFAULTS[one] for one in _DEFAULTS],
            key=_key("new-default"),
        )
        sentence = st.text_input(
            "What it means (can wait)", max_chars=LONGEST_DESCRIPTION, key=_key("new-sentence")
        )
        wanted = st.form_submit_button("Add it", type="primary", disabled=actor is None, key=_key("new"))
    doing.begin(actor)
    if wanted and not name.strip():
        st.caption("Write a name first.")
    elif wanted:
        assert actor is not None
        doing.carried_out(
            ctx,
            dataset,
            lambda: labels.add(
                ctx.store, actor, dataset.id, name, default_state=begins, description=sentence
            )[0],
        )


FORMS = {"rename": rename, "key": key, "describe": describe, "imply": imply}
__all__ = ["FORMS", "add"]
