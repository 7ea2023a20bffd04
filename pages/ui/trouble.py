"""The one place where pages catch: an error of the house becomes a sentence in the page, nothing else is swallowed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from zlib import crc32

import streamlit as st

from core.errors import ErrataError
from db.errors import DatabaseError
from pages.ui import theme


@contextmanager
def shown() -> Iterator[None]:
    """Show the sentence of an ErrataError or a DatabaseError where it happens; the rest of the block is left out."""
    try:
        yield
    except (ErrataError, DatabaseError) as error:
        st.error(theme.plain(str(error)))


def nothing_here(
    sentence: str, *, page: str | None = None, label: str = "", query: Mapping[str, str] | None = None
) -> None:
    """The empty state of a view: what is missing, and the link to where it comes from."""
    name = f"errata-nothing-{crc32(f'{sentence}{label}'.encode())}"
    with st.container(border=True, horizontal_alignment="center", gap="small", key=name):
        st.markdown(sentence, text_alignment="center")
        if page is not None:
            st.page_link(page, label=label, query_params=dict(query or {}), width="content")
