"""Small tables as plain HTML: quick, readable without a mouse, numbers set below each other."""

import html
from collections.abc import Sequence

import streamlit as st

_STYLE = """<style>
.errata-table { width: 100%; overflow-x: auto; container-type: inline-size; }
@container (max-width: 800px) { .errata-table .minor { display: none; } }
.errata-table table { border-collapse: collapse; font-size: 0.9rem; line-height: 1.35; width: 100%; }
.errata-table th, .errata-table td {
    padding: 0.28rem 0.6rem; border-bottom: 1px solid rgba(128, 128, 128, 0.25); text-align: left; white-space: nowrap;
}
.errata-table th { font-weight: 600; font-size: 0.82rem; opacity: 0.85; }
.errata-table .number { text-align: right; font-variant-numeric: tabular-nums; }
.errata-table td.wrapped { white-space: normal; }
.errata-table tr.pale td { opacity: 0.75; font-style: italic; }
.errata-table td:first-child { max-width: 18rem; overflow: hidden; text-overflow: ellipsis; }
</style>"""


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    words: int = 1,
    pale: Sequence[int] = (),
    minor: Sequence[int] = (),
    wrapped: Sequence[int] = (),
) -> None:
    """Draw a table; the first `words` columns hold words, the others numbers.

    Rows numbered in `pale` stand back; columns numbered in `minor` are left out where there is little room.
    Cells of columns numbered in `wrapped` are sentences, which may take several lines.
    """

    def kind(at: int) -> str:
        names = " ".join(
            ["number"] * (at >= words) + ["minor"] * (at in minor) + ["wrapped"] * (at in wrapped)
        )
        return f' class="{names}"' if " " in names else f" class={names}" if names else ""

    def line(cells: Sequence[str], tag: str) -> str:
        return "".join(f"<{tag}{kind(at)}>{html.escape(cell)}</{tag}>" for at, cell in enumerate(cells))

    body = "".join(
        f"<tr{' class=pale' if at in pale else ''}>{line(row, 'td')}</tr>" for at, row in enumerate(rows)
    )
    st.html(
        f"{_STYLE}<div class=errata-table><table><thead><tr>{line(head, 'th')}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )
