"""By what a row of absences is found again."""

from collections.abc import Mapping
from typing import Any

from app.domain.errors import InvalidValue
from app.services.importing.options import MODEL, ImportOptions


def reference_names(
    given: Mapping[str, Any], options: ImportOptions
) -> tuple[str, str, str] | None:
    """Return service, model and reference of a row, or None where it has none."""
    if not given.get("service_model_ref"):
        return None
    service = given.get("service_name") or options.service
    if not service:
        msg = "Which system the reference is of is needed: in this column, or by --service."
        raise InvalidValue(msg, ("service_name",))
    return service, given.get("service_model") or MODEL, given["service_model_ref"]
