"""The weighty changes of a label, with their numbers before: merge, split off, remove."""

import streamlit as st

from core.data.importers.names import LABEL_CHARS
from core.services import datasets, labels
from core.services.labels import MergeEffect
from db.records import Dataset, Label
from pages.ui import state, theme, trouble
from pages.ui.header import Context
from pages.ui.labelling import doing
from pages.ui.labelling.doing import PAGE, Next, quoted


def _key(name: str, label: Label) -> str:
    return state.key(PAGE, f"{name}:{label.id}")


def _images(number: int) -> str:
    return theme.counted(number, "image")


@st.dialog("Merge two labels", on_dismiss=doing.close)
def merge(ctx: Context, dataset: Dataset, label: Label) -> None:
    """Two labels become one; what changes stands there before."""
    actor = doing.who(ctx)
    listed = {one.id: one for one in datasets.labels(ctx.store, ctx.actor, dataset.id) if one.id != label.id}
    if not listed:
        st.info("There is no other label to merge it into.")
        return
    into = st.selectbox(
        f"Merge {quoted(label)} into",
        list(listed),
        index=None,
        format_func=lambda number: listed[number].name,
        placeholder="choose a label",
        key=_key("into", label),
    )
    other = listed.get(into) if into else None
    with trouble.shown():
        if other is not None:
            effect = labels.merge_effect(ctx.store, ctx.actor, dataset.id, label.id, other.id)
            st.markdown(_said(effect, label, other))
    doing.begin(actor)
    if other is None:
        st.caption("What would change stands here before anything is stored.")
    ready = actor is not None and other is not None
    if st.button("Merge them", type="primary", disabled=not ready, key=_key("merge", label)):
        assert actor is not None
        assert other is not None
        doing.carried_out(
            ctx, dataset, lambda: labels.merge(ctx.store, actor, dataset.id, label.id, other.id)
        )


def _said(effect: MergeEffect, label: Label, into: Label) -> str:
    """What a merge would do, line by line."""
    one, two = quoted(label), quoted(into)
    first = effect.first - effect.both
    lines = [
        f"**{_images(effect.present)}** will have {two}: {effect.second:,} have it now, and {first:,} have only {one}.",
        f"{_images(effect.both).capitalize()} {'has' if effect.both == 1 else 'have'} both.",
    ]
    if effect.conflicts:
        lines.append(
            f"On **{_images(effect.conflicts)}** one is present and the other absent: present wins, as having "
            "either is enough."
        )
    lines.append(
        f"Unknown: {effect.unknown_before:,} → {effect.unknown:,} (neither is present, one is unknown). "
        f"Verified: {effect.verified_before:,} → {effect.verified:,} (a verified presence stays so; an absence "
        "only where both are verified)."
    )
    lines.append(f"{one} goes from the list; earlier runs and the history keep it. One undo brings all back.")
    return "\n".join(f"- {line}" for line in lines)


@st.dialog("Split a label off", on_dismiss=doing.close)
def split(ctx: Context, dataset: Dataset, label: Label) -> None:
    """A new label for a part of what another one means."""
    actor = doing.who(ctx)
    with doing.form(_key("split-form", label)), trouble.shown():
        name = st.text_input(
            f"New label, split off {quoted(label)}", max_chars=LABEL_CHARS, key=_key("part", label)
        )
        implies = st.checkbox(
            f"It implies {quoted(label)}: an image with the new label keeps that one",
            value=True,
            key=_key("part-implies", label),
        )
        effect = labels.split_effect(ctx.store, ctx.actor, dataset.id, label.id)
        unsure = f" So is it on {effect.unsure:,} where {quoted(label)} is unknown." if effect.unsure else ""
        have = "has" if effect.possible == 1 else "have"
        lines = [
            f"It begins **unknown on the {_images(effect.possible)}** that {have} {quoted(label)}: those are to be "
            f"looked at, and the gallery opens with exactly them.{unsure}",
            f"It is **absent on {_images(effect.impossible)}** without {quoted(label)}: it is not possible there.",
        ]
        st.markdown("\n".join(f"- {line}" for line in lines))
        wanted = st.form_submit_button(
            "Split it off", type="primary", disabled=actor is None, key=_key("split", label)
        )
    doing.begin(actor)
    if wanted and not name.strip():
        st.caption("Write a name first.")
    elif wanted:
        assert actor is not None
        then = Next(f"Look at the {_images(effect.possible)} →", _to_look_at(dataset, label, name.strip()))
        doing.carried_out(
            ctx,
            dataset,
            lambda: labels.split(ctx.store, actor, dataset.id, label.id, name, implies=implies)[0],
            then=then if effect.possible else None,
        )


def _to_look_at(dataset: Dataset, label: Label, part: str) -> dict[str, str]:
    return doing.gallery_of(dataset, label, doing.expression(("", label.name), ("?", part)))


@st.dialog("Remove a label", on_dismiss=doing.close)
def remove(ctx: Context, dataset: Dataset, label: Label) -> None:
    """Out of the list, with what goes from sight by it."""
    actor = doing.who(ctx)
    with trouble.shown():
        goes = labels.removal(ctx.store, ctx.actor, dataset.id, label.id)
        have = "has" if goes.present == 1 else "have"
        lines = [
            f"**{_images(goes.present)}** {have} {quoted(label)}, and {theme.counted(goes.verified, 'cell')} of it "
            f"{'was' if goes.verified == 1 else 'were'} verified by a person: new runs will not learn it.",
            f"{theme.counted(goes.runs, 'run')} learned it and {'keeps' if goes.runs == 1 else 'keep'} it."
            if goes.runs
            else "No run has learned it.",
        ]
        if goes.implied_by:
            names = ", ".join(quoted(name) for name in goes.implied_by)
            lines.append(f"{names} no longer {'implies' if len(goes.implied_by) == 1 else 'imply'} it.")
        lines.append("The history stays, and one undo brings all of it back.")
        st.markdown("\n".join(f"- {line}" for line in lines))
    if st.button("Remove it", type="primary", disabled=actor is None, key=_key("remove", label)):
        assert actor is not None
        doing.carried_out(ctx, dataset, lambda: labels.remove(ctx.store, actor, dataset.id, label.id))


FORMS = {"merge": merge, "split": split, "remove": remove}
