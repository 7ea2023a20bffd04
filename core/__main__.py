"""`python -m core …`: Errata on the command line."""

import sys


def main() -> int:
    """Run the command that was typed; returns the exit code."""
    try:
        from core.cli import commands  # takes a moment, in which Ctrl-C is no fault either

        return commands.main(sys.argv[1:])
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
