"""Runs a stand-in of a vendor for people. See scripts/stand-in."""

import argparse
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from tests.server import serving
from tests.standins.kantata import ACCOUNT, TOKEN, StandIn

PORT = 8090
SAID = """\
Kantata OX, by a stand-in with the demo data:
  its API      {base_url}
  its token    {token}
  its account  {account}
What it has is seen and changed at {calendar}
What is to be the matter with it is told to {url}/-/faults: tests/standins/faults.py.

A gateway that may ask it is started with this set, for the command as well:
  export TIMEOFF_SYNC_EXTRA_HOSTS=127.0.0.1
and connected by
  echo {token} | scripts/timeoff connect kantata --company ID --base-url {base_url}
Stop it with Ctrl-C."""


def main() -> None:
    """Serve until somebody ends it."""
    parser = argparse.ArgumentParser(prog="scripts/stand-in")
    parser.add_argument("vendor", choices=["kantata"])
    parser.add_argument("--port", type=int, default=PORT, help=f"default: {PORT}")
    parser.add_argument("--folder", type=Path, help="keep its data there, and go on with them")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    with suppress(KeyboardInterrupt), tempfile.TemporaryDirectory() as thrown_away:
        folder = options.folder or Path(thrown_away)
        folder.mkdir(parents=True, exist_ok=True)
        database_url = f"sqlite:///{folder.absolute()}/kantata.db"
        with serving(database_url, "--demo", cold=True) as behind:
            vendor = StandIn(behind.url, options.port)
            said = SAID.format(
                base_url=vendor.base_url,
                token=TOKEN,
                account=ACCOUNT,
                calendar=f"{behind.url}/calendar",
                url=vendor.url,
            )
            sys.stdout.write(f"{said}\n")
            sys.stdout.flush()
            vendor.serve()


def _end(*_: object) -> NoReturn:
    sys.exit(0)


if __name__ == "__main__":
    main()
