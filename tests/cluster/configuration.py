"""What Patroni and etcd are told: docs/scaling.md recommends it, and says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.cluster.nodes import Node

SCOPE: Final = "timeoff"

TTL_SECONDS: Final = 20
"""After which a primary that was not heard of is no primary any more. Patroni's default is 30."""

LOOP_SECONDS: Final = 2
RETRY_SECONDS: Final = 5
"""Patroni wants ``loop_wait + 2 * retry_timeout <= ttl``."""


@dataclass(frozen=True)
class Ports:
    """Where an etcd listens."""

    client: int
    peer: int


@dataclass(frozen=True)
class Durability:
    """Whether a commit waits for a standby, and whether it waits also when there is none."""

    is_synchronous: bool = True
    is_strict: bool = False

    def settings(self) -> dict[str, Any]:
        """Return Patroni's words for it, which it keeps in etcd."""
        return {
            "synchronous_mode": self.is_synchronous,
            "synchronous_mode_strict": self.is_strict,
        }


def patroni_settings(
    node: Node,
    etcd: Sequence[Ports],
    programs: Path,
    passwords: dict[str, str],
    durability: Durability,
) -> dict[str, Any]:
    """Return the file of one node's Patroni: it reads YAML, of which JSON is a part."""
    login = "scram-sha-256"
    return {
        "scope": SCOPE,
        "name": node.name,
        "restapi": {
            "listen": f"127.0.0.1:{node.api_port}",
            "connect_address": f"127.0.0.1:{node.api_port}",
        },
        # Not etcd3: by that door Patroni 3.0.2 does not compare. A primary that was stopped for a
        # while in the midst of its loop takes the lock from its successor, and what that has
        # acknowledged is lost.
        "etcd": {"hosts": [f"127.0.0.1:{ports.client}" for ports in etcd]},
        "bootstrap": {
            "dcs": {
                "ttl": TTL_SECONDS,
                "loop_wait": LOOP_SECONDS,
                "retry_timeout": RETRY_SECONDS,
                # Behind by more than this, a standby is no candidate; a synchronous one never is.
                "maximum_lag_on_failover": 1_048_576,
                **durability.settings(),
                "postgresql": {
                    # The old primary may have what nobody else has: it is rewound, not copied anew.
                    "use_pg_rewind": True,
                    "use_slots": True,
                    "parameters": {"max_connections": 200, "password_encryption": login},
                },
            },
            "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums"],
        },
        "postgresql": {
            "listen": f"127.0.0.1:{node.port}",
            "connect_address": f"127.0.0.1:{node.port}",
            "data_dir": str(node.data),
            "bin_dir": str(programs),
            "pgpass": str(node.folder / "pgpass"),
            "authentication": {
                role: {"username": name, "password": passwords[name]}
                for role, name in (("superuser", "postgres"), ("replication", "replicator"))
            },
            "pg_hba": [
                f"host all all 127.0.0.1/32 {login}",
                f"host replication replicator 127.0.0.1/32 {login}",
            ],
            # A standby is copied at once, instead of when the primary's next checkpoint is due.
            "basebackup": [{"checkpoint": "fast"}],
            # Without a socket: only the loopback leads to it, wherever the folder is.
            "parameters": {"unix_socket_directories": ""},
        },
    }


def etcd_arguments(number: int, etcd: Sequence[Ports], folder: Path) -> list[str]:
    """Return the options of one etcd of several."""
    ports = etcd[number]
    client, peer = f"http://127.0.0.1:{ports.client}", f"http://127.0.0.1:{ports.peer}"
    all_peers = (f"etcd{at}=http://127.0.0.1:{each.peer}" for at, each in enumerate(etcd))
    options = {
        "name": f"etcd{number}",
        "data-dir": str(folder / f"etcd{number}"),
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": ",".join(all_peers),
        "initial-cluster-token": SCOPE,
        "enable-v2": "true",
        "log-level": "warn",
    }
    return [f"--{name}={value}" for name, value in options.items()]
