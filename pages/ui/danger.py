"""The button of what cannot be undone: red, so that nobody takes it for the next step."""

import streamlit as st

from pages.ui import state

_PLACE = "errata-danger"
_STYLE = f"""<style>
[class*="st-key-{_PLACE}"] button {{ background: #B3261E; border-color: #B3261E; color: #FFFFFF; }}
[class*="st-key-{_PLACE}"] button:is(:hover, :focus-visible) {{
    background: #8C1D18; border-color: #8C1D18; color: #FFFFFF;
}}
</style>"""


def asked(page: str, name: str, label: str) -> bool | None:
    """Draw the two answers to a question: True once it is to be done, False once not, None as long as neither."""
    st.html(_STYLE)
    with st.container(horizontal=True, gap="small"):
        with st.container(key=f"{_PLACE}-{page}-{name}", width="content"):
            done = st.button(label, key=state.key(page, f"{name}-now"))
        kept = st.button("Cancel", key=state.key(page, f"{name}-not"))
    return True if done else False if kept else None
