"""Who is correcting: the name in the cookie, or the one given in this session."""

import streamlit as st

from core.actor import LONGEST_NAME, NOBODY, Actor
from core.errors import BadInput
from pages.ui import state

FIELD = "Your name"
_NAME = state.key("author", "name")


def known(actor: Actor) -> Actor:
    """The actor of the page's cookie; where the cookie is younger than the session, the name given since."""
    name = state.get(_NAME, "")
    return Actor(name) if name else actor


def name_of(actor: Actor) -> str:
    """The name to hand to the gallery: "" while nobody has said who they are."""
    found = known(actor)
    return "" if found == NOBODY else found.name


def heard(name: str) -> None:
    """Remember a name that the gallery was told."""
    try:
        state.put(_NAME, Actor.named(name).name if name else state.get(_NAME, ""))
    except BadInput:
        return  # the route refuses it with its sentence


def asked(actor: Actor, what_for: str, *, key: str | None = None) -> Actor:
    """The actor, asked for by a field where nobody has said who they are; key: tells two fields of a page apart."""
    if name_of(actor):
        return known(actor)
    name = st.text_input(FIELD, max_chars=LONGEST_NAME, help=what_for, placeholder="who are you?", key=key)
    if name.strip():
        heard(name)
    return known(actor)
