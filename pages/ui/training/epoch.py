"""What an epoch will see with the settings of the form, before anything is trained: counts of labels, real examples."""

import base64
import html
import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core import config
from core.config import TrainConfig
from core.services import previewing
from core.services.previewing import EpochPreview, Example
from db.records import Dataset
from pages.ui import charts, state, theme, trouble
from pages.ui.charts.figures import BLUE, PALE
from pages.ui.header import Context

MOST_BARS = 24
_TURN = state.key("train", "epoch-turn")
_STYLE = """<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-errata-epoch-counts) { flex: 4 1 24rem; min-width: min(24rem, 100%); }
[data-testid="stLayoutWrapper"]:has(> .st-key-errata-epoch-grid) { flex: 5 1 31rem; min-width: min(31rem, 100%); }
.errata-epoch { display: grid; grid-template-columns: repeat(5, minmax(0, 84px)) minmax(5.5rem, 1fr); gap: 4px 6px;
    align-items: center; font-size: 0.82rem; line-height: 1.3; }
.errata-epoch b { font-weight: 600; }
.errata-epoch .head { opacity: 0.85; font-size: 0.78rem; text-align: center; align-self: end; }
.errata-epoch figure { margin: 0; position: relative; }
.errata-epoch img { width: 100%; aspect-ratio: 1; display: block; border-radius: 4px; }
.errata-epoch .dropped img { opacity: 0.22; }
.errata-epoch .dropped figcaption { position: absolute; inset: auto 0 0; text-align: center; font-weight: 600; }
.errata-epoch .words { overflow-wrap: anywhere; padding-left: 0.3rem; }
</style>"""


def draw(ctx: Context, dataset: Dataset, preset: str, values: Mapping[str, Any], launched: int) -> None:
    """The expander; what is in it is made when it is opened, and again when a setting changes.

    launched: runs so far; it is closed again once another was launched, so that its curves are in sight.
    """
    key = state.key("train", f"epoch:{launched}")
    with st.expander("What an epoch will see", key=key, on_change="rerun") as opened:
        if not opened.open:
            return
        with trouble.shown():
            wanted = TrainConfig(preset=preset, **values)
            _shown(ctx, dataset, wanted)


@st.fragment
def _shown(ctx: Context, dataset: Dataset, wanted: TrainConfig) -> None:
    st.html(_STYLE)
    with trouble.shown(), st.container(horizontal=True, gap="large"):
        text = json.dumps(config.to_dict(wanted), sort_keys=True)
        found = _epoch(dataset.id, dataset.revision, ctx.settings.database_url, text, ctx, wanted)
        with st.container(key="errata-epoch-counts"):
            _counts(found, wanted)
        with st.container(key="errata-epoch-grid"):
            turn = int(state.get(_TURN, 0))
            _grid(
                _examples(dataset.id, dataset.revision, ctx.settings.database_url, text, turn, ctx, wanted),
                wanted,
            )


def _counts(found: EpochPreview, wanted: TrainConfig) -> None:
    """Each label before and after, and what becomes of the images."""
    counts = found.counts
    st.markdown(theme.plain(_sentence(found)))
    order = [int(at) for at in (-counts.before).argsort(kind="stable")][:MOST_BARS]
    names = [*(counts.labels[at] for at in order), "no label"]
    before = [*(int(counts.before[at]) for at in order), counts.bare_before]
    after = [*(int(counts.after[at]) for at in order), counts.bare_after]
    charts.pairs(
        "errata-epoch-labels",
        names,
        [("images", before, PALE), ("pictures in an epoch", after, BLUE)],
        value_title="pictures",
        title="Label counts: the training images, and an epoch",
    )
    if len(counts.labels) > MOST_BARS:
        st.caption(f"The {MOST_BARS} most frequent of {len(counts.labels)} labels.")
    for line in _details(found, wanted):
        st.caption(theme.plain(line))


def _sentence(found: EpochPreview) -> str:
    """`An epoch shows 23,120 pictures of 9,596 images, 1 to 5 of each.`"""
    counts = found.counts
    of_each = "one of each" if counts.most == 1 else f"at most {counts.most} of each"
    said = (
        f"An epoch shows {counts.pictures:,} pictures of {theme.counted(counts.images, 'image')}, {of_each}."
    )
    return said if not _uneven(found) else f"{said} {_uneven(found)}"


def _uneven(found: EpochPreview) -> str:
    """How many times as often the most frequent label comes as the rarest, before and after, where that changes."""
    counts = found.counts
    some = counts.before > 0
    if some.sum() < 2:
        return ""
    was, becomes = (
        float(held[some].max() / max(1, held[some].min())) for held in (counts.before, counts.after)
    )
    if round(was, 1) == round(becomes, 1):
        return f"The most frequent label comes {was:.3g} times as often as the rarest."
    return f"The most frequent label came {was:.3g} times as often as the rarest; now {becomes:.3g} times."


def _details(found: EpochPreview, wanted: TrainConfig) -> list[str]:
    counts, said = found.counts, []
    if counts.dropped:
        of = counts.images * wanted.versions
        said.append(f"Undersampling drops {counts.dropped:,} of {of:,} versions; every image keeps one.")
    if wanted.versions > 1:
        listed = ", ".join(f"{int(count):,}" for count in counts.versions)
        said.append(f"Pictures of each version, the original first: {listed}.")
    if found.left_out:
        are = "image is" if found.left_out == 1 else "images are"
        said.append(f"{found.left_out:,} {are} left out of the data set's parts: no epoch shows them.")
    return said


def _grid(examples: list[Example], wanted: TrainConfig) -> None:
    """Rows of one image each: the original, and how steps will see it."""
    heads = "".join(f'<span class="head">{name}</span>' for name in previewing.column_names(wanted))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(
            f"Training images at {wanted.side_px} px, altered at random as each step does it", width="content"
        )
        st.button(
            "Others",
            key=state.key("train", "epoch-others"),
            on_click=state.put,
            args=(_TURN, int(state.get(_TURN, 0)) + 1),
            help="Other images, one a label, rare and frequent labels by turns.",
        )
    st.html(
        f'<div class="errata-epoch">{heads}<span></span>{"".join(_row(one, wanted) for one in examples)}</div>'
    )


def _row(example: Example, wanted: TrainConfig) -> str:
    labels = html.escape(", ".join(example.labels) or "no label", quote=True)
    times = "once" if example.times == 1 else f"{example.times} times"
    words = f"<b>{labels}</b><br>shown {times}"
    if wanted.versions > 1:
        words += f", {example.versions} of {wanted.versions} versions"
    figures = [
        _figure(picture, labels, dropped=place in example.dropped)
        for place, picture in enumerate(example.pictures)
    ]
    return f'{"".join(figures)}<span class="words">{words}</span>'


def _figure(picture: bytes, labels: str, *, dropped: bool) -> str:
    source = f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
    note = "<figcaption>dropped</figcaption>" if dropped else ""
    kind = ' class="dropped"' if dropped else ""
    return f'<figure{kind}><img alt="{labels}" src="{source}">{note}</figure>'


@st.cache_data(show_spinner="Counting an epoch …", max_entries=32)
def _epoch(
    dataset_id: int, revision: int, database_url: str, settings: str, _ctx: Context, _wanted: TrainConfig
) -> EpochPreview:
    return previewing.epoch(_ctx.store, _ctx.actor, dataset_id, _wanted)


@st.cache_data(show_spinner="Altering pictures …", max_entries=32)
def _examples(
    dataset_id: int,
    revision: int,
    database_url: str,
    settings: str,
    turn: int,
    _ctx: Context,
    _wanted: TrainConfig,
) -> list[Example]:
    return previewing.examples(_ctx.store, _ctx.settings, _ctx.actor, dataset_id, _wanted, turn=turn)
