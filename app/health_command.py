"""`timeoff health`: whether the gateway on this machine is ready, for containers and scripts."""

import http.client
import json
from typing import Final
from urllib.parse import urlsplit

import click

from app.addresses import local_url
from app.command_line import read_settings

PATIENCE_SECONDS: Final = 5.0
"""A gateway that has not answered by then is not ready."""


@click.command(short_help="Ask whether the gateway on this machine is ready.")
@click.option("--host", help="Where it listens (TIMEOFF_HOST); its own address, not a proxy's.")
@click.option("--port", type=click.IntRange(1, 65535), help="Its port (TIMEOFF_PORT).")
def health(**given: object) -> None:
    """Ask the gateway on this machine whether it is ready, as a container's health check does.

    Exits with 0 if it answers and can use its database, else with 1 and one line that
    says why. It needs no token.
    """
    settings = read_settings(**given)
    url = local_url(settings.host, settings.port)
    if fault := why_not_ready(url):
        raise click.ClickException(f"The gateway at {url} {fault}.")
    click.echo(f"The gateway at {url} is ready.")


def why_not_ready(url: str) -> str | None:
    """Return what is wrong with the gateway at the address, or None if nothing is."""
    from app.edge.probes import READY_PATH  # noqa: PLC0415

    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", READY_PATH)
        answer = connection.getresponse()
        body = answer.read()
    except TimeoutError:
        return f"does not answer within {PATIENCE_SECONDS:.0f} s"
    except OSError as error:
        return f"does not answer: {error.strerror or error}"
    except http.client.HTTPException:
        return "does not answer as a gateway: something else listens there"
    finally:
        connection.close()
    if answer.status == http.client.OK:
        return None
    return f"is not ready: {_told(body)}"


def _told(body: bytes) -> str:
    """Return what the answer says of the database, which is all that it depends on."""
    try:
        return f"its database is {json.loads(body)['database']}"
    except (ValueError, KeyError, TypeError):
        return "it does not say why"
