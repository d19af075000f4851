"""A real standby of a test's own PostgreSQL, fed by streaming replication."""

import shutil
import subprocess

from sqlalchemy.engine import URL, make_url

from tests.postgres import PostgresServer


class Replica(PostgresServer):
    """A copy of another server that follows it."""

    def __init__(self, primary: PostgresServer) -> None:
        self._source = primary.url
        super().__init__()

    @property
    def url(self) -> URL:
        """The maintenance database, as its superuser: the primary's, but for the port."""
        return self._source.set(port=self._port)

    def url_of(self, database_url: str) -> str:
        """Return the URL of a database of the primary as it is here."""
        return make_url(database_url).set(port=self._port).render_as_string(hide_password=False)

    def _init(self) -> None:
        self._data.mkdir(mode=0o700)
        if self._user:
            shutil.chown(self._data, self._user)
        source = self._source.set(drivername="postgresql").render_as_string(hide_password=False)
        subprocess.run(
            [
                *(self._programs / "pg_basebackup", "--pgdata", self._data, "--dbname", source),
                *("--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            user=self._user,
            cwd=self._folder,
        )
