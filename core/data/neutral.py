"""Cells that a spreadsheet would take for a formula are kept from it by an apostrophe, which reading takes away.

Every cell of a table that Errata writes goes through `neutralise`, every cell of a table that it reads through
`restore`, whether formulas were asked to be neutralised or not: a real name such as `'=x` is written `''=x`
either way, so that the apostrophe which `restore` takes away is always one that was put there.
"""

import re

STARTS = "=+-@\t\r"
_APOSTROPHES = re.compile(rf"'+[{re.escape(STARTS)}]")


def neutralise(cell: str, *, formulas: bool) -> str:
    """The cell as it is written; `formulas`: also kept from being read as a formula."""
    if cell[:1] == "'" and _APOSTROPHES.match(cell):
        return "'" + cell
    return "'" + cell if formulas and cell[:1] in STARTS and cell else cell


def restore(cell: str) -> str:
    """The inverse of `neutralise`; a cell that does not begin like one of those is left as it is."""
    return cell[1:] if cell[:1] == "'" and _APOSTROPHES.match(cell) else cell
