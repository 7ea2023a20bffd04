"""The last questions before an import, then what will be done, and the button."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from core import naming
from core.services.importing import ImportRequest
from db.records import Job
from db.terms import LabelState, Part
from pages.ui import state, theme
from pages.ui.dataset import splitting
from pages.ui.header import Context


def draw(
    ctx: Context, job: Job, mapping: Mapping[str, str | None] | None
) -> tuple[ImportRequest, bool] | None:
    """The questions; returns the request in the run in which a button was pressed, and whether to look only."""
    found, asked = job.result, ImportRequest.from_params(job.params)
    # The table began with what the last import chose: what stands in it now is all that holds.
    request = replace(asked, format=found["format"], mapping=mapping, earlier={})
    if asked.into is None:
        request = replace(request, name=_name(job, asked))
    request = replace(request, unlisted=_unlisted(job, found, asked))
    if asked.into is not None:
        request = replace(request, keep_verified=_keep_verified(job, asked))
    bare = not found["labels"]
    labels = _labels(job, found, asked) if bare else ()
    shares = {} if asked.into is not None else _shares(job, found)
    with st.expander(
        f"Further labels, what stays together, format: {found['format']}"
        if found.get("columns")
        else f"Further labels, format: {found['format']}",
        key=state.key("data", f"more:{job.id}"),
    ):
        request = replace(
            request,
            labels=labels if bare else _labels(job, found, asked),
            group=_group(job, found, asked),
            shares=shares or None,
        )
        other = _format(job, found)
    if other is not None:
        return replace(asked, format=other, mapping=None), True
    if asked.into is not None:
        return _add(found, asked, request)
    return _import(found, request, ready=shares is not None)


def _name(job: Job, asked: ImportRequest) -> str:
    return st.text_input(
        "Name", value=asked.name, key=state.key("data", f"name:{job.id}"), max_chars=naming.LONGEST_NAME
    )


def _unlisted(job: Job, found: Mapping[str, Any], asked: ImportRequest) -> LabelState:
    own = LabelState(found["unlisted"]) if found.get("unlisted") else None
    options = [LabelState.ABSENT, LabelState.UNKNOWN]
    first = asked.unlisted or own or LabelState.ABSENT
    chosen = st.radio(
        "An image that is not listed for a label",
        options,
        index=options.index(first) if first in options else 0,
        format_func=lambda word: (
            "does not have it" if word is LabelState.ABSENT else "may have it: nobody looked"
        ),
        key=state.key("data", f"unlisted:{job.id}"),
        help="Unknown cells teach nothing and count in no metric.",
    )
    why = found.get("unlisted_why") or ("" if own else "The format itself does not say what that means.")
    if why:
        st.caption(theme.plain(why))
    if own is not None and chosen is not own:
        st.warning(f"The format itself means: {own.value}.")
    return LabelState(chosen)


def _labels(job: Job, found: Mapping[str, Any], asked: ImportRequest) -> tuple[str, ...]:
    text = st.text_input(
        "Further labels" if found["labels"] else "Labels to look for",
        value=", ".join(asked.labels),
        placeholder="sea, sky",
        key=state.key("data", f"labels:{job.id}"),
        help="With commas between them. They are unknown on every image until somebody annotates them.",
    )
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _keep_verified(job: Job, asked: ImportRequest) -> bool:
    overwrite = st.checkbox(
        "Overwrite verified labels, too",
        value=not asked.keep_verified,
        key=state.key("data", f"overwrite:{job.id}"),
        help="Otherwise what a person has verified stays as it is, and is counted.",
    )
    return not overwrite


def _group(job: Job, found: Mapping[str, Any], asked: ImportRequest) -> str:
    columns = dict(found.get("columns", ()))
    if not columns:
        return ""
    chosen = st.selectbox(
        "Keep on one side of the split",
        ["", *columns],
        index=["", *columns].index(asked.group) if asked.group in columns else 0,
        format_func=lambda name: (
            f"the same {name} ({theme.counted(columns[name], 'image')})"
            if name
            else "files that are the same"
        ),
        key=state.key("data", f"group:{job.id}"),
        help="Images of one photographer or one scene on both sides of the split make a run look better than it is.",
    )
    return str(chosen)


def _shares(job: Job, found: Mapping[str, Any]) -> dict[Part, float] | None:
    """The split that was asked for; {} for the source's own; None while the numbers do not fit."""
    given = found["given_parts"]
    if given:
        said = ", ".join(f"{theme.count(count)} {Part(part).noun}" for part, count in given.items())
        if st.toggle(
            f"Split as the source says: {said}", value=True, key=state.key("data", f"given:{job.id}")
        ):
            return {}
    left, right = st.columns(2)
    validation = left.number_input(
        "Validation, %",
        min_value=1,
        max_value=80,
        value=20,
        key=state.key("data", f"val:{job.id}"),
        help="Images that judge every run and teach none. Every label keeps its share in every part.",
    )
    test = right.number_input(
        "Test, %",
        min_value=0,
        max_value=50,
        value=0,
        key=state.key("data", f"test:{job.id}"),
        help="Put aside for the end: it is scored only when you ask, and every look is counted.",
    )
    if validation + test >= 100:
        st.warning("Nothing is left to train on: make validation and test smaller.")
        return None
    shares = {Part.TRAIN: (100 - validation - test) / 100, Part.VALIDATION: validation / 100}
    return shares | ({Part.TEST: test / 100} if test else {})


def _format(job: Job, found: Mapping[str, Any]) -> str | None:
    """The formats that the source could be; another one that was asked for."""
    candidates = {name: (title, why) for name, title, why in found.get("candidates", ())}
    if not candidates:
        return None
    names = list(candidates)
    chosen = st.selectbox(
        "Read the labels as",
        names,
        index=names.index(found["format"]),
        format_func=lambda name: f"{name}: {candidates[name][0]}",
        key=state.key("data", f"candidate:{job.id}"),
    )
    st.caption(theme.plain(candidates[chosen][1]))
    if chosen == found["format"]:
        return None
    wanted = st.button(f"Look again as {chosen}", key=state.key("data", f"as:{job.id}"))
    return str(chosen) if wanted else None


def _import(
    found: Mapping[str, Any], request: ImportRequest, *, ready: bool
) -> tuple[ImportRequest, bool] | None:
    shares = request.shares or splitting.given_shares(found["given_parts"])
    if ready:
        _outlook(found, shares)
        st.caption(theme.plain(will_do(found, request)))
    wanted = st.button(
        f"Import {theme.counted(found['images'], 'image')}",
        type="primary",
        key=state.key("data", "import"),
        disabled=not (ready and request.name.strip()),
        help=f"About {theme.duration(max(1, found['seconds_guess']))} on this machine.",
    )
    if ready:
        _warn_of_few(found, shares)
    return (request, False) if wanted else None


def _add(
    found: Mapping[str, Any], asked: ImportRequest, request: ImportRequest
) -> tuple[ImportRequest, bool] | None:
    """The button that adds; while the numbers above are not of these answers, the one that counts anew."""
    if outdated(found, asked, request):
        st.info("You changed an answer: count again to see what it would bring, then add it.")
        wanted = st.button("Count again", type="primary", key=state.key("data", "count"))
        return (request, True) if wanted else None
    again = found["again"]
    what = [theme.counted(again["added"], "image")] if again["added"] else []
    labels = again["changed"]
    change = f"change {theme.counted(labels, 'label')}" if labels else ""
    words = " and ".join(part for part in (f"Add {what[0]}" if what else "", change) if part)
    if not words and again["new_labels"]:
        words = f"Add {theme.counted(len(again['new_labels']), 'label')}"
    if not words:
        st.info("There is nothing to import: every image and label is there already.")
        return None
    st.caption("It becomes one revision, which History can undo.")
    wanted = st.button(words[0].upper() + words[1:], type="primary", key=state.key("data", "import"))
    return (request, False) if wanted else None


def outdated(found: Mapping[str, Any], asked: ImportRequest, request: ImportRequest) -> bool:
    """True when the answers are others than those that the numbers were counted by."""
    own = asked.unlisted or (LabelState(found["unlisted"]) if found.get("unlisted") else LabelState.ABSENT)
    mapped = asked.mapping_of([name for name, _ in found.get("source_labels", found["labels"])])
    before = (own, mapped, asked.labels, asked.keep_verified, asked.group)
    now = (
        request.unlisted,
        dict(request.mapping or {}),
        request.labels,
        request.keep_verified,
        request.group,
    )
    return before != now


def will_do(found: Mapping[str, Any], request: ImportRequest) -> str:
    """What the import will store, in one sentence."""
    names = [name for name, _ in found.get("source_labels", found["labels"])]
    mapping = request.mapping or {}
    kept = {mapping.get(name, name) for name in names} - {None} | set(request.labels)
    said = ""
    if found.get("cells"):
        sure = f", {theme.count(found['verified'])} of them verified" if found["verified"] else ""
        said = f" and what the source says of them ({theme.counted(found['cells'], 'answer')}{sure})"
    if not kept:
        return "It stores the images; labels are added on the page Labels."
    silence = (request.unlisted or LabelState.ABSENT).value
    return f"It stores {theme.counted(len(kept), 'label')}{said}; what is not said is {silence}."


def _outlook(found: Mapping[str, Any], shares: Mapping[Part, float]) -> None:
    """What the split would make of the images."""
    copies = found["duplicates"] + len(found.get("copies", ()))  # each group has one that is no copy
    st.caption(splitting.outlook(found["images"], shares, copies))


def _warn_of_few(found: Mapping[str, Any], shares: Mapping[Part, float]) -> None:
    """The labels that no split can help."""
    few = splitting.too_few(splitting.expected_few(found["labels"], shares), expected=True)
    if few:
        st.warning(theme.plain(few))
