"""The command `timeoff-gateway`: it is `timeoff`, and serves where no command is named.

It has the name of the package because that is what `uvx timeoff-gateway` and
`pipx run timeoff-gateway` start.
"""

import sys
from collections.abc import Sequence
from typing import Final

from app import cli

_OF_THE_GROUP: Final = {"-h", "--help", "--version"}
"""The options that `timeoff` itself takes; any other first one is an option of `serve`."""


def main() -> None:
    """Take a command, or serve."""
    cli.main(args=with_command(sys.argv[1:]))


def with_command(words: Sequence[str]) -> list[str]:
    """Return what `timeoff` is to be called with.

    >>> with_command([])
    ['serve']
    >>> with_command(["--port", "9000"])
    ['serve', '--port', '9000']
    >>> with_command(["token", "list"])
    ['token', 'list']
    >>> with_command(["--help"])
    ['--help']
    """
    names_one = bool(words) and (not words[0].startswith("-") or words[0] in _OF_THE_GROUP)
    return list(words) if names_one else ["serve", *words]
