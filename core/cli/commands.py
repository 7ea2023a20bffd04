"""All commands, and what becomes of an error: one sentence on stderr, exit code 1; 2 for a wrong call."""

import os
import re
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from core.cli import data, exporting, house, importing, labelling, learning, serving, shared, splitting
from core.data import disk
from core.errors import ErrataError
from db.errors import DatabaseError

app = typer.Typer(
    name="errata",
    help="Errata trains multi-label image classifiers, shows why each error happened, and closes the loop: "
    "import, train, errors by cause, correct, retrain, compare.",
    epilog="`python -m core serve` shows all of it in the browser. Every command has --help.",
    add_completion=False,
    pretty_exceptions_enable=False,
)

_INTERRUPTED = 130  # what Typer makes of Ctrl-C
_IMPORT, _RUN, _LABELS, _HOUSE = "Data", "Runs", "Labels", "House"

app.command("demo", rich_help_panel=_IMPORT)(data.demo)
app.command("import", rich_help_panel=_IMPORT)(importing.import_)
app.command("rename", rich_help_panel=_IMPORT)(data.rename)
app.command("delete", rich_help_panel=_IMPORT)(data.delete)
app.command("export", rich_help_panel=_IMPORT)(exporting.export)
app.command("split", rich_help_panel=_IMPORT)(splitting.split)
app.command("place", rich_help_panel=_IMPORT)(splitting.place)
app.command("train", rich_help_panel=_RUN)(learning.train)
app.command("runs", rich_help_panel=_RUN)(learning.runs)
app.command("stop", rich_help_panel=_RUN)(learning.stop)
app.command("resume", rich_help_panel=_RUN)(learning.resume)
app.command("analyse", rich_help_panel=_RUN)(learning.analyse)
app.command("compare", rich_help_panel=_RUN)(learning.compare)
app.command("import-run", rich_help_panel=_RUN)(learning.import_run)
app.command("predict", rich_help_panel=_RUN)(learning.predict)
app.command("correct", rich_help_panel=_LABELS)(data.correct)
app.add_typer(labelling.app, name="labels", rich_help_panel=_LABELS)
app.command("serve", rich_help_panel=_HOUSE)(serving.serve)
app.command("worker", rich_help_panel=_HOUSE)(house.worker)
app.command("doctor", rich_help_panel=_HOUSE)(house.doctor)
app.command("job", hidden=True)(house.job)
app.command("predictor", hidden=True)(house.predictor)


def main(words: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    try:
        strange = next((word for word in words if _undecoded(word)), None)
        if strange is not None:
            shown = strange.encode(errors="surrogateescape").decode(errors="replace")
            return _say(f"“{shown}” is not UTF-8: names and paths are given in UTF-8.", 2)
        if not words:
            app(["--help"], standalone_mode=False, prog_name="python -m core")
            return 2
        code = app(spread(words), standalone_mode=False, prog_name="python -m core")
        sys.stdout.flush()
        if code == _INTERRUPTED:
            return _say("Stopped.", 1)
        return code if isinstance(code, int) else 0
    except (ErrataError, DatabaseError) as error:
        return _say(str(error), 1)
    except typer.Abort:  # instead of an answer to a question, and a command asks before it begins
        return _say("Stopped: nothing was changed.", 1)
    except TyperException as error:
        described = getattr(error, "format_message", None)
        said = _plain(str(described() if described else error).strip().rstrip("."))
        return _say(f"{said}; see `python -m core {_command(words)}--help`.", 2)
    except BrokenPipeError:
        # The reader went away (`… | head`): no more output, and no complaint from Python at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if disk.is_full(error):
            return _say("The disk is full: free some space and try again.", 1)
        where = f" {error.filename}" if error.filename else ""
        return _say(f"The file or folder{where} cannot be used: {error.strerror or error}.", 1)


def spread(words: Sequence[str]) -> list[str]:
    """`--set a=1 b=2` as `--set a=1 --set b=2`."""
    found: list[str] = []
    setting = False
    for word in words:
        if setting and not word.startswith("-") and "=" in word:
            if found[-1] != "--set":
                found.append("--set")
        else:
            setting = word == "--set"
        found.append(word)
    return found


def _undecoded(word: str) -> bool:
    """True if a word came in bytes that are not UTF-8: Python keeps them as halves of surrogate pairs."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return True
    return False


_PLAIN = (
    (r"Value error, ", ""),
    (r"Input should be a valid integer(, .*)?$", "it must be a whole number"),
    (r"Input should be a valid number(, .*)?$", "it must be a number"),
    (r"Input should be less than or equal to ", "it must be at most "),
    (r"Input should be greater than or equal to ", "it must be at least "),
    (r"Input should be ", "it must be "),
)


def _plain(said: str) -> str:
    """What Typer's validator says, as people say it."""
    for pattern, words in _PLAIN:
        said = re.sub(pattern, words, said)
    return said


def _command(words: Sequence[str]) -> str:
    groups = {group.name: group.typer_instance for group in app.registered_groups}
    group = groups.get(words[0])
    if group is not None:
        inner = {command.name for command in group.registered_commands}
        return " ".join([words[0], *(word for word in words[1:2] if word in inner)]) + " "
    known = {command.name for command in app.registered_commands}
    return f"{words[0]} " if words[0] in known else ""


def _say(sentence: str, code: int) -> int:
    print(shared.escaped(" ".join(sentence.split())), file=sys.stderr)
    return code
