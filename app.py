"""The entry of Errata in the browser: `uvicorn app:app` and `streamlit run app.py` both start here.

The server imports this file and finds `app`; every browser session then runs it again as the script of its page.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui import home, lost, theme

HERE = Path(__file__).resolve().parent
SIDEBAR_PX = 200
SECTIONS: dict[str, dict[str, str]] = {
    "Loop": {
        "overview": "Overview",
        "data": "Data",
        "train": "Train",
        "errors": "Errors",
        "compare": "Compare",
    },
    "Labels": {"annotate": "Annotate", "history": "History", "labels": "Labels"},
    "Use": {"predict": "Predict"},
}


def script() -> None:
    """What one session runs: the list of pages, then the page that was asked for."""
    st.set_page_config(
        page_title="Errata", page_icon=str(theme.ICON), layout="wide", initial_sidebar_state=SIDEBAR_PX
    )
    st.html(theme.STYLE + lost.STYLE)
    st.logo(
        str(theme.ICON), size="small"
    )  # theme.STYLE writes the name beside it, in the colours of the page
    listed = {
        section: [
            st.Page(HERE / "pages" / f"{name}.py", title=title, default=name == "overview")
            for name, title in pages.items()
        ]
        for section, pages in SECTIONS.items()
    }
    st.navigation(listed, expanded=True).run()


def overview(request: Request) -> Response:
    """The first page has the address `/`; who types its name gets there too, with what the query chose."""
    root = st.get_option("server.baseUrlPath").strip("/")
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/{root}/{query}" if root else f"/{query}")


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Start a worker when jobs wait since an earlier day. Jobs outlive this process: nothing is stopped at its end."""
    from core.actor import NOBODY
    from core.services import jobs

    store = home.store()
    if jobs.active(store, NOBODY):
        jobs.ensure_worker(store, home.settings())
    try:
        yield
    finally:
        store.close()


if get_script_run_ctx(suppress_warning=True) is not None:
    script()
else:
    from streamlit import config
    from streamlit.runtime.pages_manager import PagesManager

    from pages.http import middleware, routes
    from pages.ui.charts import plotly_js

    app = st.App(
        HERE / "app.py",
        routes=[plotly_js.route(), Route("/overview", overview), *routes(home.settings(), home.store())],
        middleware=middleware(home.settings()),
        lifespan=lifespan,
    )
    # Otherwise the first visit by a deep link runs the file in pages/ alone, without this list of pages. Private: the
    # public way, st.navigation, sets it once a first session has run, and called here it warns of a missing session.
    PagesManager.uses_pages_directory = False
    # Streamlit's own socket answers the same hosts as our routes.
    config.set_option("server.allowedHosts", [host.strip("[]") for host in home.settings().allowed_hosts])
