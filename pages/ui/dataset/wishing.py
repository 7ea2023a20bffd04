"""The fields by which somebody says how images are to get their part."""

from collections.abc import Mapping

import streamlit as st

from core.services import splitting
from core.services.splitting import LARGEST_SEED, LOOKALIKES, Draws, SplitWish
from db.records import Dataset
from db.terms import Part
from pages.ui import state, theme
from pages.ui.header import Context

PAGE = "parts"
_DRAWS = {
    Draws.FEWEST: "as few as it takes",
    Draws.EVERY: "draw every image anew",
    Draws.ADDED: "only images added since the last split",
}
_HELP = (
    "As few as it takes: parts that hold more than their share give to those that lack images, as a new test part; "
    "all others stay, and runs stay comparable. Drawn anew, every label gets its share in each part."
)


def draw(ctx: Context, dataset: Dataset) -> SplitWish:
    """What somebody wants, from the last split on."""
    last = SplitWish.of(dataset)
    of = f"{dataset.id}"
    with st.container(horizontal=True, gap="small", key="errata-parts-shares"):
        first = st.container()  # what the others leave is known after them
        validation = _share(
            "Validation (%)", f"val:{of}", last, Part.VALIDATION, "Judges runs while they learn."
        )
        test = _share(
            "Test (%)", f"test:{of}", last, Part.TEST, "Looked at by nobody until the end; 0: no test part."
        )
        train = round(100 - validation - test, 2)
        first.number_input(
            "Train (%)",
            value=float(train),
            format="%g",
            disabled=True,
            help="What the others leave: what runs learn from.",
            key=state.key(PAGE, f"train:{of}:{train}"),
        )
    with st.container(horizontal=True, gap="small"):
        kept = together(ctx, dataset, last)
        seed = st.number_input(
            "Seed",
            0,
            LARGEST_SEED,
            value=last.seed,
            key=state.key(PAGE, f"seed:{of}"),
            width=112,
            help="The same seed draws the same split; another one draws another.",
        )
    added = _added(dataset.id, dataset.revision, ctx.settings.database_url, ctx)
    draws = st.radio(
        "Which images move",
        list(_DRAWS),
        format_func=lambda one: _DRAWS[one] + (f" ({added:,})" if one is Draws.ADDED else ""),
        key=state.key(PAGE, f"draws:{of}"),
        help=_HELP,
    )
    shares = {Part.TRAIN: train / 100, Part.VALIDATION: validation / 100, Part.TEST: test / 100}
    return SplitWish(
        {part: share for part, share in shares.items() if share > 0}, int(seed), kept, Draws(draws)
    )


def _share(title: str, name: str, last: SplitWish, part: Part, help: str) -> float:
    value = round(100 * last.shares.get(part, 0.0), 2)
    return st.number_input(
        title, 0.0, 99.0, value=value, step=1.0, format="%g", help=help, key=state.key(PAGE, name)
    )


def together(ctx: Context, dataset: Dataset, last: SplitWish) -> str:
    """What is to stay on one side."""
    columns = _columns(dataset.id, dataset.revision, ctx.settings.database_url, ctx)
    options = ["", LOOKALIKES, *columns]
    names = {"": "nothing but copies of one file", LOOKALIKES: _lookalikes(ctx, dataset)}
    names |= {name: f"{name}: {theme.counted(count, 'value')}" for name, count in columns.items()}
    return str(
        st.selectbox(
            "Keep together",
            options,
            index=options.index(last.together) if last.together in options else 0,
            format_func=lambda word: names[word],
            key=state.key(PAGE, f"together:{dataset.id}"),
            help="Images that are alike, or of one photographer or place, must not be learned from on one side and "
            "judged on the other. Copies of one file always go to train.",
        )
    )


def _lookalikes(ctx: Context, dataset: Dataset) -> str:
    at = splitting.scanned_at(ctx.store, ctx.settings, ctx.actor, dataset.id)
    return "look-alikes: scan the data set first" if at is None else "look-alikes of the last scan"


@st.cache_data(show_spinner=False, max_entries=16)
def _columns(dataset_id: int, revision: int, database_url: str, _ctx: Context) -> Mapping[str, int]:
    return splitting.columns(_ctx.store, _ctx.actor, dataset_id)


@st.cache_data(show_spinner=False, max_entries=16)
def _added(dataset_id: int, revision: int, database_url: str, _ctx: Context) -> int:
    return splitting.added_since(_ctx.store, _ctx.actor, dataset_id)
