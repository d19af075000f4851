"""SQL of the keys by which connected systems know records, and of what a key is of.

The same as `day_key` and `record_key`. Of a key of the other kind PostgreSQL makes nothing: it may
read a row before it leaves it out, and what is no number must not be read as one.
"""

from sqlalchemy import Date, String

from app.db.schema.column_types import KANTATA_ID, UuidText
from app.db.schema.sql_functions import SqlFunction


class DayKey(SqlFunction):
    """SQL for `day_key` of a user and a day."""

    type = String()
    inherit_cache = True
    on_postgresql = "('K:' || CAST({0} AS TEXT) || ':' || to_char({1}, 'YYYY-MM-DD'))"
    on_sqlite = "('K:' || {0} || ':' || {1})"


class UserOf(SqlFunction):
    """SQL for the user of a key."""

    type = KANTATA_ID
    inherit_cache = True
    on_postgresql = "CAST(CASE WHEN left({0}, 2) = 'K:' THEN split_part({0}, ':', 2) END AS BIGINT)"
    on_sqlite = "CAST(substr({0}, 3) AS INTEGER)"


class DayOf(SqlFunction):
    """SQL for the day of a key."""

    type = Date()
    inherit_cache = True
    on_postgresql = "CAST(CASE WHEN left({0}, 2) = 'K:' THEN split_part({0}, ':', 3) END AS DATE)"
    on_sqlite = "substr({0}, -10)"


class RecordKey(SqlFunction):
    """SQL for `record_key` of a person and a record."""

    type = String()
    inherit_cache = True
    on_postgresql = "('P:' || CAST({0} AS TEXT) || ':' || CAST({1} AS TEXT))"
    on_sqlite = "('P:' || {0} || ':' || {1})"


class PersonOf(SqlFunction):
    """SQL for the person of a key."""

    type = UuidText()
    inherit_cache = True
    on_postgresql = "CAST(CASE WHEN left({0}, 2) = 'P:' THEN split_part({0}, ':', 2) END AS UUID)"
    on_sqlite = "substr({0}, 3, 36)"


class RecordOf(SqlFunction):
    """SQL for the record of a key."""

    type = UuidText()
    inherit_cache = True
    on_postgresql = "CAST(CASE WHEN left({0}, 2) = 'P:' THEN split_part({0}, ':', 3) END AS UUID)"
    on_sqlite = "substr({0}, 40)"
