"""python3 -m chorus COMMAND...: runs the command `chorus` that belongs to the library that this package uses."""
from __future__ import annotations

import os
import sys

from ._library import command


def main() -> None:
    try:
        program = command()
    except FileNotFoundError as error:
        sys.exit(f"python3 -m chorus: {error}")
    os.execv(program, ["chorus", *sys.argv[1:]])


if __name__ == "__main__":
    main()
