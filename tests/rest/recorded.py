"""Sends the examples of the OpenAPI document; `python -m tests.rest.recorded` writes them anew.

What differs from run to run is as it was recorded: moments, and the UUIDs of new records, which
later requests name.
"""

import asyncio
import json
import re
import tempfile
from typing import Any

from app.rest.examples import FILE
from tests import warm
from tests.rest.faces import KANTATA, PROCORE, Gateway, put_everyone, running
from tests.server import clean_environment

MOMENTS = {"created_at", "updated_at", "submission_date"}
NEW = {"id", "last_synced_at"}


def address_of(path: str) -> str:
    """Where the face is that has the path."""
    return (PROCORE if path.startswith("/v2/") else KANTATA) + path


def settled(old: Any, new: Any, names: dict[str, str], key: str = "") -> Any:
    """Return the new answer with what is new in each run as it was in the old one.

    ``names`` learns which old name of a record is which new one.
    """
    if isinstance(new, dict):
        before = old if isinstance(old, dict) else {}
        return {each: settled(before.get(each), value, names, each) for each, value in new.items()}
    if isinstance(new, list):
        items = old if isinstance(old, list) and len(old) == len(new) else [None] * len(new)
        return [settled(one, other, names, key) for one, other in zip(items, new, strict=True)]
    if key in MOMENTS and old is not None and _form(old) == _form(new):
        return old
    if key in NEW and isinstance(old, str) and len(old) == len(new) == 36:
        names.setdefault(old, new)
        return old if names[old] == new else new
    return new


def _form(moment: Any) -> str:
    return f"{type(moment).__name__} {re.sub('[0-9]', '0', str(moment))}"


async def replay(gateway: Gateway, recorded: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Send every request in order; return what would be recorded now."""
    names: dict[str, str] = {}
    found = []
    for each in recorded:
        address = address_of(each["path"])
        for old, new in names.items():
            address = address.replace(old, new)
        answer = await gateway.send(each["method"], address, each.get("body"))
        told = {"status": answer.status_code}
        if answer.content:
            told["answer"] = settled(each.get("answer"), answer.json(), names)
        kept = {key: value for key, value in each.items() if key not in {"status", "answer"}}
        found.append(kept | told)
    return found


async def _record() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/timeoff.db"
        warm.run("migrate", "--database-url", url, env=clean_environment(), check=True)
        async with running(url) as gateway:
            await put_everyone(gateway)
            recorded = await replay(gateway, json.loads(FILE.read_text("utf-8")))
    FILE.write_text(json.dumps(recorded, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(_record())
