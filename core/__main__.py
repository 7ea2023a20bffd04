"""`python -m core …`: Errata on the command line."""

import signal
import sys


def main() -> int:
    """Run the command that was typed; returns the exit code."""
    try:
        from core.cli import commands  # takes a moment, in which Ctrl-C is no fault either

        return commands.main(sys.argv[1:])
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is said; what is left takes no time
        # Python remembers a Ctrl-C that came while it ran text (as dataclasses do on import), caught or not, and
        # would end by that signal instead of our exit code; running text again forgets it.
        exec("")


if __name__ == "__main__":
    sys.exit(main())
