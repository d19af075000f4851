"""`timeoff settings`: what can be set, what is, and where."""

from typing import TYPE_CHECKING

import click

from app.command_line import config_option, read_settings_with_origins

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.settings import Settings
    from app.settings_sources import Given


@click.command("settings", short_help="Show every setting, and what it is set to.")
@click.option("--given", is_flag=True, help="Only what is set, without the defaults.")
@click.option("--markdown", is_flag=True, help="As the table that the README has.")
@config_option
def show_settings(*, given: bool, markdown: bool) -> None:
    """Show every setting: its value, where that stands, and what it means.

    Secrets are not shown. A line is as a file of variables has it; a settings file in TOML
    wants its texts in quotes.
    """
    from app.settings import settings_table  # noqa: PLC0415

    if markdown:
        click.echo(settings_table(), nl=False)
        return
    settings, origins = read_settings_with_origins()
    if given:
        for field, origin in origins.items():
            click.echo(_line(field, settings, origin))
        return
    _explain_all(settings, origins)


def _explain_all(settings: "Settings", origins: "Mapping[str, Given]") -> None:
    from app.settings import Settings, describe_settings  # noqa: PLC0415

    for field, setting in zip(Settings.model_fields, describe_settings(), strict=True):
        click.echo(_line(field, settings, origins.get(field)))
        click.echo(f"    {setting.meaning}")
        click.echo(f"    Default: {setting.default}.")


def _line(field: str, settings: "Settings", origin: "Given | None") -> str:
    from app.settings import shown_value, variable_name  # noqa: PLC0415

    value = shown_value(field, settings)
    whence = origin.whence if origin else "default"
    if value is None:
        return f"{variable_name(field)} is not set"
    return f"{variable_name(field)}={value}  ({whence})"
