"""How this command is typed here, for all that tells people what to type."""

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from app.settings import Settings

FIRST_TOKEN: Final = "token create NAME --role admin"  # noqa: S105 - the words of a command
"""What makes a token by which somebody can do everything."""

CONFIG_FILE: Final = "timeoff.config"
"""In the context of a command: the settings file that its option names."""


def command_here() -> str:
    """Return how this command is typed here: its name if that is on the PATH, else its path.

    `timeoff-gateway` with a command is `timeoff`, so that either path will do.
    """
    this = Path(sys.argv[0]).absolute()
    on_path = shutil.which("timeoff")
    if on_path and _has_users_path() and Path(on_path).resolve().parent == this.resolve().parent:
        return "timeoff"
    project = Path(__file__).resolve().parent.parent
    launcher = project / "scripts" / "timeoff"
    if not launcher.is_file():
        return shlex.quote(str(this))
    is_here = Path.cwd() == project
    return shlex.quote(str(launcher.relative_to(project) if is_here else launcher))


def _has_users_path() -> bool:
    """Return whether the PATH is that of the shell: uvx puts its own folder before it."""
    return "UV" not in os.environ


def command_for(settings: "Settings", words: str) -> str:
    """Return what to type so that another command works on the same database."""
    context = click.get_current_context(silent=True)
    if context is not None and context.meta.get(CONFIG_FILE):
        same = " (with the same --config)"
    else:
        same = "" if settings.is_embedded_default else " (with the same --database-url)"
    return f"{command_here()} {words}{same}"
