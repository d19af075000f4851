"""Runs a stand-in of a vendor for people. See scripts/stand-in."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from app.services.sample_data.demo_directory import BUILDERS
from tests.server import serving
from tests.standins import kantata, procore

PORTS: Final = {"kantata": 8090, "procore": 8091}
CONTROLLED: Final = """\
What it has is seen and changed at {calendar}
What is to be the matter with it is told to {url}/-/faults: tests/standins/faults.py.

A gateway that may ask it is started with this set, for the command as well:
  export TIMEOFF_SYNC_EXTRA_HOSTS=127.0.0.1
and connected by
  {connect}
Stop it with Ctrl-C."""
SAID: Final[Mapping[str, str]] = {
    "kantata": f"""\
Kantata OX, by a stand-in with the demo data:
  its API      {{base_url}}
  its token    {kantata.TOKEN}
  its account  {kantata.ACCOUNT}
""",
    "procore": f"""\
Procore Workforce Planning, by a stand-in with the demo data:
  its API        {{base_url}}
  its company    {procore.COMPANY_NUMBER}
  client id      {procore.CLIENT_ID}
  client secret  {procore.CLIENT_SECRET}
""",
}
CONNECT: Final[Mapping[str, str]] = {
    "kantata": f"echo {kantata.TOKEN} | scripts/timeoff connect kantata --company ID"
    " --base-url {base_url}",
    "procore": f"echo {procore.CLIENT_SECRET} | scripts/timeoff connect procore --company ID"
    f" --account {procore.COMPANY_NUMBER} --client-id {procore.CLIENT_ID} --base-url {{base_url}}",
}


def main() -> None:
    """Serve until somebody ends it."""
    parser = argparse.ArgumentParser(prog="scripts/stand-in")
    parser.add_argument("vendor", choices=[*PORTS])
    usual = ", ".join(f"{port} of {name}" for name, port in PORTS.items())
    parser.add_argument("--port", type=int, help=f"default: {usual}")
    parser.add_argument("--folder", type=Path, help="keep its data there, and go on with them")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    with suppress(KeyboardInterrupt), tempfile.TemporaryDirectory() as thrown_away:
        folder = options.folder or Path(thrown_away)
        folder.mkdir(parents=True, exist_ok=True)
        database_url = f"sqlite:///{folder.absolute()}/{options.vendor}.db"
        with serving(database_url, "--demo", cold=True) as behind:
            port = PORTS[options.vendor] if options.port is None else options.port
            vendor = _stand_in(options.vendor, behind.url, port)
            said = SAID[options.vendor] + CONTROLLED.replace("{connect}", CONNECT[options.vendor])
            calendar = f"{behind.url}/calendar"
            told = said.format(base_url=vendor.base_url, calendar=calendar, url=vendor.url)
            sys.stdout.write(f"{told}\n")
            sys.stdout.flush()
            vendor.serve()


def _stand_in(name: str, behind: str, port: int) -> kantata.StandIn | procore.StandIn:
    if name == "kantata":
        return kantata.StandIn(behind, port)
    return procore.StandIn(behind, port, BUILDERS)


def _end(*_: object) -> NoReturn:
    sys.exit(0)


if __name__ == "__main__":
    main()
