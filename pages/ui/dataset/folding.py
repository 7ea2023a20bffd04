"""What k folds of a data set would hold, to choose a number by; nothing is stored."""

import streamlit as st

from core.data.split_table import HANDFUL, SplitTable
from core.services import splitting
from core.services.splitting import LARGEST_SEED, SplitWish
from db.records import Dataset
from pages.ui import state, tables, theme, trouble
from pages.ui.dataset import wishing
from pages.ui.header import Context

PAGE = "parts"


@st.fragment
def draw(ctx: Context, dataset: Dataset) -> None:
    """How k folds would share the images out; nothing is stored."""
    last = SplitWish.of(dataset)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        k = st.number_input("Folds", 2, 20, value=5, key=state.key(PAGE, "k"), width=120)
        seed = st.number_input(
            "Seed", 0, LARGEST_SEED, value=last.seed, key=state.key(PAGE, "fold-seed"), width=160
        )
        with st.container(width=320):
            together = wishing.together(ctx, dataset, last)
    with trouble.shown():
        found = _fold_table(
            dataset.id,
            dataset.revision,
            ctx.settings.database_url,
            splitting.scanned_at(ctx.store, ctx.settings, ctx.actor, dataset.id),
            int(k),
            int(seed),
            together,
            ctx,
        )
        wanted = found.images_wanted[0] if len(found.images_wanted) else 0
        st.caption(
            f"Each fold judges a model that learned from the others, so every image of train and validation is judged "
            f"once; {wanted:,.0f} images a fold are wanted. Nothing is stored here."
        )
        rows = [["all images", *(theme.count(int(count)) for count in found.images)]]
        for at in found.positives.sum(axis=0).argsort(kind="stable").tolist():
            few = found.few[:, at]
            rows.append(
                [
                    found.labels[at],
                    *(
                        f"{'⚠ ' if low else ''}{int(count):,}"
                        for count, low in zip(found.positives[:, at], few, strict=True)
                    ),
                ]
            )
        with st.container(height=560 if len(rows) > 20 else "content", border=False):
            tables.table(["Label", *found.sides], rows)
        if found.few.any():
            st.caption(f"⚠ fewer than {HANDFUL} images")
        if found.sentences:
            st.warning("\n\n".join(map(theme.plain, found.sentences)))


@st.cache_data(show_spinner="Drawing the folds …", max_entries=16)
def _fold_table(
    dataset_id: int,
    revision: int,
    database_url: str,
    scanned: int | None,
    k: int,
    seed: int,
    together: str,
    _ctx: Context,
) -> SplitTable:
    return splitting.folds_table(_ctx.store, _ctx.settings, _ctx.actor, dataset_id, k, seed, together)
