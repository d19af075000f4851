"""Functions in SQL whose text is another one on each database."""

from typing import Any, ClassVar

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class SqlFunction(FunctionElement[Any]):
    """Base of functions: their text on both databases, with ``{0}`` for the first argument."""

    inherit_cache = True
    on_postgresql: ClassVar[str]
    on_sqlite: ClassVar[str]


@compiles(SqlFunction)
def _write(element: SqlFunction, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    arguments = [compiler.process(each, **options) for each in element.clauses]
    is_sqlite = compiler.dialect.name == "sqlite"
    return (element.on_sqlite if is_sqlite else element.on_postgresql).format(*arguments)
