"""Measures imports of absences. See scripts/measure-import.

Makes the files of a firm, imports them by the command, and prints of each import's process the
seconds, those of them on the processor, and the most memory that it had of its own (of Linux:
RssAnon). What it maps of a SQLite
file is the system's to give and to take, and grows with the file.
"""

import argparse
import csv
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

COMPANY: Final = "6d0f2b0e-8a11-4c55-9d38-0d5d3f6f7a01"
ROWS_OF_A_WORKER: Final = 50
FIRST_DAY: Final = date(2026, 1, 5)
WORKDAYS: Final = 5
SECONDS_BETWEEN_LOOKS: Final = 0.1
COMMAND: Final = "import sys; from app.cli import main; sys.exit(main())"


def main() -> None:
    """Make the files, import, print."""
    parser = argparse.ArgumentParser(prog="scripts/measure-import")
    parser.add_argument("--rows", type=int, default=100_000, help="of each kind of absence")
    parser.add_argument("--database-url", help="an empty one, migrated; default: a new SQLite file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.database_url or f"sqlite:///{folder}/measured.db"
        directory = Path(folder, "directory")
        directory.mkdir()
        write_directory(directory, given.rows // ROWS_OF_A_WORKER)
        report("directory", given.rows // ROWS_OF_A_WORKER * 2, imported(url, directory))
        entries, spans = Path(folder, "time_off_entries.csv"), Path(folder, "person_time_off.csv")
        write_entries(entries, given.rows, 4)
        write_spans(spans, given.rows, "08:00")
        for what in ("new", "the same"):
            report(f"entries, {what}", given.rows, imported(url, entries))
            report(f"person time off, {what}", given.rows, imported(url, spans))
        write_entries(entries, given.rows, 6)
        write_spans(spans, given.rows, "09:00")
        report("entries, changed", given.rows, imported(url, entries))
        report("person time off, changed", given.rows, imported(url, spans))


def write_directory(folder: Path, workers: int) -> None:
    """Write a company with so many users, each of whom is a person too."""
    write(folder / "companies.csv", ["source_id", "name"], [[COMPANY, "Measured"]])
    write(
        folder / "users.csv",
        ["source_id", "company_id", "full_name", "email_address"],
        ([n, COMPANY, f"Worker {n}", email(n)] for n in range(1, workers + 1)),
    )
    write(
        folder / "people.csv",
        ["source_id", "company_id", "first_name", "last_name", "email", "employee_number"],
        (
            [uuid5(UUID(COMPANY), str(n)), COMPANY, "Worker", n, email(n), f"E-{n}"]
            for n in range(1, workers + 1)
        ),
    )


def write_entries(path: Path, rows: int, hours: int) -> None:
    """Write rows that name users by their e-mails."""
    write(
        path,
        ["email", "requested_date", "hours", "service_name", "service_model_ref"],
        ([email(n), day, hours, "hr", ref] for ref, n, day in places(rows)),
    )


def write_spans(path: Path, rows: int, ends: str) -> None:
    """Write rows that name people by their numbers."""
    names = ["employee_number", "start_day", "end_day", "batch_start_time", "batch_end_time"]
    write(
        path,
        [*names, "is_paid", "reason", "service_name", "service_model_ref"],
        (
            [f"E-{n}", day, day, "06:00", ends, "true", "vacation", "hr", ref]
            for ref, n, day in places(rows)
        ),
    )


def places(rows: int) -> Iterable[tuple[int, int, date]]:
    """Yield a number, a worker and a workday for each row."""
    for row in range(rows):
        worker, nth = row % (rows // ROWS_OF_A_WORKER), row // (rows // ROWS_OF_A_WORKER)
        weeks, weekday = divmod(nth, WORKDAYS)
        yield row + 1, worker + 1, FIRST_DAY + timedelta(weeks=weeks, days=weekday)


def email(number: int) -> str:
    """Return a worker's address."""
    return f"worker{number}@example.com"


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def imported(url: str, path: Path) -> tuple[float, float, int]:
    """Import a file or a folder; return the seconds, also of the processor, and the kilobytes."""
    arguments = ["import", str(path), "--database-url", url]
    begun, worked, most = time.monotonic(), seconds_of_children(), 0
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            most = max(most, own_kilobytes(process.pid))
            time.sleep(SECONDS_BETWEEN_LOOKS)
    if process.returncode:
        sys.exit(f"The import of {path.name} ended with {process.returncode}.")
    return time.monotonic() - begun, seconds_of_children() - worked, most


def seconds_of_children() -> float:
    """Return the processor's seconds of all processes that were started and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def own_kilobytes(pid: int) -> int:
    """Return the memory that a process has of its own now."""
    try:
        text = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0  # it has ended
    found = re.search(r"^RssAnon:\s+([0-9]+) kB$", text, re.MULTILINE)
    return int(found[1]) if found else 0


def report(what: str, rows: int, figures: tuple[float, float, int]) -> None:
    """Print a line."""
    seconds, worked, kilobytes = figures
    time_and_memory = f"{seconds:>8.1f} s {worked:>8.1f} s CPU {kilobytes / 1024:>8,.0f} MB"
    print(f"{what:28} {rows:>9,} rows {time_and_memory}", flush=True)


if __name__ == "__main__":
    main()
