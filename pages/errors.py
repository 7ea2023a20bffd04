"""Errors: why is it wrong? The validation errors of a run by cause, decided on by keyboard."""

from collections.abc import Sequence
from dataclasses import asdict
from html import escape

import streamlit as st

from core.services import analysis, corrections, datasets, jobs, runs
from core.services.analysis import Worth
from core.services.corrections import SinceRun
from db.records import CauseCount, Dataset, Label, Run
from db.terms import Cause, ErrorKind, JobKind, JobState, Part
from pages.ui import loop, state, theme, trouble
from pages.ui.gallery import author, cause_cards, filters, gallery
from pages.ui.header import Context, header

PAGE = "errors"
_KINDS = {"": "FP and FN", "FP": "FP: predicted, not annotated", "FN": "FN: annotated, not predicted"}
# The gallery reaches down to the bottom of the window: nothing below it needs room.
_STYLE = """<style>
.stApp [data-testid="stMainBlockContainer"] { padding-bottom: .5rem; padding-top: 3.75rem; }
.st-key-errata-filters [data-testid="stSlider"] { display: flex; align-items: center; gap: .75rem; }
.st-key-errata-filters [data-testid="stSlider"] > label { flex: 0 0 auto; width: auto; margin: 0; cursor: help; }
.st-key-errata-filters [data-testid="stSlider"] > :not(label) { flex: 1 1 0; min-width: 0; }
@media (min-width: 700px) {
  .st-key-errata-filters [data-testid="stHorizontalBlock"] { flex-wrap: nowrap; }
  .st-key-errata-filters [data-testid="stColumn"] { min-width: 0; }
  .st-key-errata-filters [data-testid="stColumn"]:last-child { flex: 0 0 7.6rem; min-width: 7.6rem; }
}
.errata-patterns { font-size: .8rem; line-height: 1.45; }
.errata-patterns p { margin: 0; font-size: inherit; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
/* Room for the longest lesson, so that no decision moves the pictures. */
@media (min-width: 1101px) { .st-key-errata-step [data-testid="stCaptionContainer"] { min-height: 2.8rem; } }
/* Narrow: the causes in one row of their own, the next step in one line below them. */
@media (max-width: 1100px) {
  .st-key-errata-head [data-testid="stHorizontalBlock"] { flex-wrap: wrap; row-gap: .5rem; }
  .st-key-errata-head [data-testid="stColumn"] { flex: 1 0 100%; min-width: 100%; }
  .st-key-errata-step { flex-direction: row; align-items: center; }
  .st-key-errata-step > * { flex: 0 0 auto; width: auto; }
  .st-key-errata-step > :first-child { flex: 1 1 0; min-width: 0; }
}
</style>"""


def main() -> None:
    """The page."""
    context = header("Errors", "Why is it wrong?")
    st.html(_STYLE)
    with trouble.shown():
        if context.dataset is None:
            trouble.nothing_here(
                "There is no data set yet. Errors appear here once a run was trained on one.",
                page="pages/data.py",
                label="Import a data set",
            )
        elif context.run is None:
            trouble.nothing_here(
                "No run was trained on this data set yet. Its validation errors will be listed here, by cause.",
                page="pages/train.py",
                label="Train a first run",
            )
        elif context.run.analysed_at is None:
            _not_analysed(context, context.run)
        else:
            _review(context, context.run)


def _not_analysed(context: Context, run: Run) -> None:
    if not run.state.ended:
        trouble.nothing_here(
            f"Run {run.id} is {run.state.value}: its errors are listed here when it has finished and was analysed.",
            page="pages/train.py",
            label="Watch it learn",
        )
    elif not run.usable:
        job = runs.job(context.store, context.actor, run.id)
        reason = theme.plain(job.message or f"It is {run.state.value}.")
        trouble.nothing_here(
            f"Run {run.id} has no scores. {reason}", page="pages/train.py", label="Train again"
        )
    else:
        _analysing(context, run)


@st.fragment(run_every=2.0)
def _analysing(context: Context, run: Run) -> None:
    if runs.get(context.store, context.actor, run.id).analysed_at is not None:
        st.rerun()
    job = jobs.latest(context.store, context.actor, JobKind.ANALYSE, run_id=run.id)
    if job is not None and not job.state.ended:
        st.progress(job.progress, text=theme.plain(job.doing or "The analysis waits for its turn") + " …")
        st.caption("You can leave this page; the errors will be here.")
        return
    if job is not None and job.state is JobState.FAILED:
        st.error(theme.plain(job.message or "The analysis failed."))
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(f"Run {run.id} was not analysed yet: its errors have no causes.", text_alignment="center")
        st.button("Find the causes", type="primary", on_click=_analyse, args=(context, run))


def _analyse(context: Context, run: Run) -> None:
    with trouble.shown():
        analysis.start(context.store, context.settings, author.known(context.actor), run.id)
        jobs.ensure_worker(context.store, context.settings)


@st.fragment
def _review(context: Context, run: Run) -> None:
    """Everything that follows the corrections; the gallery in it keeps its place while the rest is drawn again."""
    counts = analysis.counts(context.store, context.actor, run.id, Part.VALIDATION)
    labels = datasets.labels(context.store, context.actor, run.dataset_id)
    out = analysis.left_out(context.store, context.actor, run.id, Part.VALIDATION)
    if not counts:
        none = f"Run {run.id} makes no validation error: there is nothing to explain."
        trouble.nothing_here(
            f"No validation error of run {run.id} is left: {loop.no_longer_listed(out)}" if out else none,
            page="pages/annotate.py",
            label="Look at training suspects",
        )
        return
    # The room of the next step is always taken: the first correction moves nothing on the page.
    with st.container(key="errata-head"):
        cards, step = st.columns([4, 1.25], vertical_alignment="center", gap="small")
    since = corrections.since_run(context.store, context.actor, run.id)
    with cards:
        _cards(counts, _worth(context, run, counts, since.revision))
    with step, st.container(key="errata-step", gap="small"):
        _retrain(context, run, since, out)
    if all(count.cause is Cause.UNKNOWN for count in counts):
        _weak()
    notes = analysis.notes(context.store, context.actor, run.id)
    if notes.shortcuts and _cause() is Cause.WRONG_PATTERN:
        _patterns(notes.shortcuts)
    _pictures(context, run, labels, counts)
    _limits(notes.limits)


def _weak() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "No cause convinces for any error here. Often the model is simply weak: train a new run for more epochs, "
            "or on more images. The training suspects on Annotate are ranked all the same."
        )
        st.page_link("pages/train.py", label="Train longer →")


def _patterns(sentences: Sequence[str]) -> None:
    """What the model relies on, a line each, above the errors that come of it."""
    head = f"The model relies on {theme.counted(len(sentences), 'wrong pattern')}:"
    lines = "".join(f'<p title="{escape(one)}">■ {escape(one)}</p>' for one in sentences)
    st.html(f'<div class="errata-patterns"><b>{head}</b>{lines}</div>')


def _worth(context: Context, run: Run, counts: Sequence[CauseCount], revision: int) -> Worth:
    """What acting on each cause would bring, kept while neither labels nor verdicts change."""
    stamp = (run.id, run.analysed_at, revision, *(tuple(asdict(count).values()) for count in counts))
    return _asked_worth(context.settings.database_url, stamp, run.id, context)


@st.cache_data(show_spinner=False, max_entries=32)
def _asked_worth(database_url: str, stamp: tuple[object, ...], run_id: int, _context: Context) -> Worth:
    return analysis.worth(_context.store, _context.settings, _context.actor, run_id)


def _cards(counts: Sequence[CauseCount], worth: Worth) -> None:
    def choose(cause: Cause | None) -> None:
        filters.write("cause", cause.value if cause else "")

    cause_cards(state.key(PAGE, "cards"), counts, _cause(), choose, worth=_worth_in_words(worth))


def _worth_in_words(worth: Worth) -> dict[Cause, tuple[str, str]]:
    """For each cause that has any: what it is worth in a few words, and what they mean."""
    said: dict[Cause, tuple[str, str]] = {}
    if worth.micro_f1_gain:
        said[Cause.MISLABEL] = (
            f"accepting all: {theme.gain(worth.micro_f1_gain)} F1",
            "Micro F1 of this run on its validation images if the suggestion of every mislabel here that nobody has "
            "verified were accepted, minus its micro F1 now. It re-scores the run; it teaches the model nothing.",
        )
    if worth.sparse_labels:
        said[Cause.SPARSITY] = (
            f"in {theme.counted(worth.sparse_labels, 'label')}",
            "These labels want more training images like those that were missed.",
        )
    if worth.shortcuts:
        said[Cause.WRONG_PATTERN] = (
            theme.counted(worth.shortcuts, "pattern"),
            "What the model takes for a label; chosen, this card names them above the pictures.",
        )
    return said


def _cause() -> Cause | None:
    word = filters.read("cause", [cause.value for cause in Cause])
    return Cause(word) if word else None


def _pictures(context: Context, run: Run, labels: Sequence[Label], counts: Sequence[CauseCount]) -> None:
    with st.container(key="errata-filters"):
        bar = st.columns([2, 2.4, 2.4, 2, 1.5], vertical_alignment="center", gap="small")
    with bar[4]:
        only_open = filters.only_open(PAGE)
    with bar[0]:
        choices = filters.labels_to_choose(labels, counts, only_open=only_open)
        label = filters.one_of(PAGE, "Label", "label", choices)
    with bar[1]:
        kind = filters.one_of(PAGE, "Kind of error", "kind", _KINDS)
    with bar[2]:
        low, high = filters.confidence(PAGE)
    with bar[3]:
        text = filters.search(PAGE)
    chosen = [
        count
        for count in counts
        if _cause() in (None, count.cause)
        and label in ("", str(count.label_id))
        and kind in ("", count.kind.value)
    ]
    plain = not text and low == 0 and high == 1
    left = sum(count.findings - (count.reviewed if only_open else 0) for count in chosen)
    cause = _cause()
    name = gallery(
        state.key(PAGE, "gallery"),
        dataset=_dataset(context),
        labels=labels,
        source="items",
        query={
            "run": run.id,
            "part": Part.VALIDATION.value,
            "cause": cause.value if cause else None,
            "label": label,
            "kind": ErrorKind(kind).value if kind else None,
            "min": low or None,
            "max": high if high < 1 else None,
            "reviewed": "0" if only_open else None,
            "search": text,
        },
        token=context.token,
        author=author.name_of(context.actor),
        run_id=run.id,
        total=left if plain else None,
        empty=_empty(only_open, chosen),
    )
    author.heard(name)


def _dataset(context: Context) -> Dataset:
    assert context.dataset is not None
    return context.dataset


def _empty(only_open: bool, chosen: Sequence[CauseCount]) -> str:
    if only_open and chosen:
        return "All of these are reviewed. Untick “not reviewed” to see them again, or choose another cause."
    return "No error matches these filters. Choose another cause or label above."


def _retrain(context: Context, run: Run, since: SinceRun, left_out: int) -> None:
    changed = bool(since.validation_cells or since.training_cells or since.new_images)
    # What can be done first gives way: the room is that of one of them.
    said = [loop.lesson(since)] if changed or not left_out else []
    st.caption(" ".join([*said, loop.no_longer_listed(left_out)] if left_out else said))
    if run.preset == runs.IMPORTED:
        st.page_link("pages/train.py", label="Train a run here")
    elif st.button(
        f"Train again on revision {since.revision}",
        type="primary" if changed else "secondary",
        disabled=not changed,
        width="stretch",
    ):
        with trouble.shown():
            _train_again(context, run)


def _train_again(context: Context, run: Run) -> None:
    new = runs.again(context.store, context.settings, author.known(context.actor), run.id)
    jobs.ensure_worker(context.store, context.settings)
    state.choose(run.dataset_id, new.id)
    st.switch_page("pages/train.py")


def _limits(limits: Sequence[str]) -> None:
    if limits:
        with st.expander("What this analysis can and cannot say"):
            st.markdown("\n".join(f"- {theme.plain(note)}" for note in limits))


main()
