"""Prepared statements: SQL is built once for all filters of a shape, and gets values later.

A filter's shape is which of its parts are given. A condition that is made of the template
of a shape has parameters where one that is made of a filter has values: ``Later(i)`` marks
where value i goes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from operator import itemgetter
from typing import Any, NoReturn

from sqlalchemy import BindParameter, Date, Dialect, bindparam
from sqlalchemy.types import TypeEngine

from app.db.schema.array_parameters import ArrayOf

Values = Sequence[Any] | Mapping[str, Any]
"""What a request adds to a statement: by place for ``Later``, by name for named parameters."""


class Later:
    """A placeholder: when the statement runs, the value at this place of the request's values."""

    def __init__(self, place: int, changes: tuple[Callable[[Any], Any], ...] = ()) -> None:
        self.place = place
        self.changes = changes

    def then(self, change: Callable[[Any], Any]) -> "Later":
        """Chain a conversion to run on the value when it arrives."""
        return Later(self.place, (*self.changes, change))

    def _look_into(self, *_: object) -> NoReturn:
        msg = (
            "A condition looks into a filter's value, which is not given yet when its statement "
            "is made: use bound(), bound_list() or applied()"
        )
        raise TypeError(msg)

    # What would otherwise work, and make one statement for values that need several.
    __bool__ = __str__ = __format__ = __eq__ = __iter__ = _look_into
    __hash__ = object.__hash__

    def read(self, values: Values) -> Any:  # noqa: ANN401
        """Pick the value out of the request's values, and apply the conversions."""
        value: Any = values[self.place]  # type: ignore[index] # by place, where there is a Later
        for change in self.changes:
            value = change(value)
        return value

    def bind(self, type_: TypeEngine[Any]) -> BindParameter[Any]:
        """Return the SQL parameter of this type that gets the value."""
        # In a statement that is only compiled, a parameter may well have this for its value.
        return bindparam("later", self, type_, unique=True)


def bound(value: Any, type_: TypeEngine[Any]) -> Any:  # noqa: ANN401
    """Return what a column of the type is compared with: the value, or its parameter."""
    return value.bind(type_) if isinstance(value, Later) else value


def bound_list(values: Any, element: TypeEngine[Any]) -> Any:  # noqa: ANN401
    """Return the parameter of a list of such values, or the list."""
    return values.bind(ArrayOf(element)) if isinstance(values, Later) else list(values)


def applied(change: Callable[[Any], Any], value: Any) -> Any:  # noqa: ANN401
    """Convert a filter's value: at once, or as part of its placeholder."""
    return value.then(change) if isinstance(value, Later) else change(value)


def shape_of(wanted: Any, values: list[Any]) -> Any:  # noqa: ANN401
    """Return the shape of a filter or of a part of it, and add its values to the others."""
    if wanted is None or isinstance(wanted, bool | Enum | frozenset):
        return wanted  # decides what the statement is, not only what it is about
    type_ = wanted.__class__
    names = _names(type_)
    if names is None:
        values.append(wanted)
        return _kind(wanted)
    parts = [getattr(wanted, name) for name in names]
    return (type_, *[None if part is None else shape_of(part, values) for part in parts])


def template_of(wanted: Any, places: Iterator[int]) -> Any:  # noqa: ANN401
    """Return the filter with a Later for each value, in the order of ``shape_of``."""
    if wanted is None or isinstance(wanted, bool | Enum | frozenset):
        return wanted
    names = _names(wanted.__class__)
    if names is None:
        return Later(next(places))
    template = object.__new__(wanted.__class__)  # what it must hold, a filter has held before
    for name in names:
        object.__setattr__(template, name, template_of(getattr(wanted, name), places))
    return template


def readers(compiled: Any, dialect: Dialect) -> list[Callable[[Values], Any]]:  # noqa: ANN401
    """Return a function per parameter, in the driver's order, from the request's values to it."""
    return [_reader(compiled.binds[name], dialect) for name in compiled.positiontup or ()]


def _reader(parameter: BindParameter[Any], dialect: Dialect) -> Callable[[Values], Any]:
    value = parameter.effective_value
    process: Any = parameter.type.dialect_impl(dialect).bind_processor(dialect)
    # A third of what SQLAlchemy's own take.
    if process and isinstance(parameter.type, Date):
        process = date.isoformat
    elif process and isinstance(parameter.type, ArrayOf):
        process = parameter.type.writer(dialect) or process
    if parameter.required:
        read: Callable[[Any], Any] = itemgetter(parameter.key)
    elif isinstance(value, Later):
        read = value.read
    else:
        fixed = process(value) if process else value
        return lambda _: fixed
    return (lambda values: process(read(values))) if process else read


def _kind(value: object) -> str:
    if isinstance(value, str | int | date):
        return "value"
    if isinstance(value, Sequence):
        return "list"
    raise TypeError(type(value))


@cache
def _names(type_: Any) -> tuple[str, ...] | None:  # noqa: ANN401
    """Return the field names of a dataclass; None for any other type."""
    return tuple(each.name for each in fields(type_)) if is_dataclass(type_) else None
