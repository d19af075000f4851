"""Writing all that is stored as lines of text."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from app.db.connections.database import Database
from app.db.connections.migrate import version_here
from app.db.copying import rows
from app.db.data_check.scan import one_moment
from app.progress import Progress
from app.services.copying.lines import FORMAT, NAME, line
from app.services.copying.lines import rows as row_lines

Write = Callable[[bytes], object]


def write(database_url: str, written: Write, progress: Progress) -> int:
    """Write all rows as they are at one moment, while others go on; return how many.

    No more than some thousands of rows are in memory at a time.
    """
    return asyncio.run(_write(database_url, written, progress))


async def _write(database_url: str, written: Write, progress: Progress) -> int:
    database = Database(database_url)
    counts: dict[str, int] = {}
    header = {"dump": NAME, "format": FORMAT, "schema": version_here()}
    kind = "sqlite" if database.is_sqlite else "postgresql"
    try:
        async with one_moment(database) as connection:
            written(line(header | {"from": kind, "at": datetime.now(UTC)}))
            for table in rows.tables():
                total, done = await rows.count(connection, table), 0
                names = [str(each.name) for each in table.columns]
                written(line({"table": table.name, "columns": names, "rows": total}))
                async for piece in rows.read(connection, table):
                    written(row_lines(piece))
                    done += len(piece)
                    progress(f"Dumping {table.name}", done, total)
                counts[str(table.name)] = done
            written(line({"lastIds": await rows.last_ids(connection)}))
            written(line({"end": counts}))
    finally:
        await database.close()
    return sum(counts.values())
