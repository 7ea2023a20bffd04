"""`python -m core …`: Errata on the command line."""

import sys

from core.cli import commands

if __name__ == "__main__":
    sys.exit(commands.main(sys.argv[1:]))
