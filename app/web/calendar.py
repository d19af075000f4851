"""The calendar page, and the files it loads. Its sources are in calendar/.

A plain client of the GraphQL endpoint: the server gives it nothing that others do not get.
"""

from pathlib import Path
from typing import Final

from starlette.routing import BaseRoute

from app.web.bundled_pages import BundledPage, Words
from app.web.bundles import Bundle

BUNDLE = Bundle("calendar", Path(__file__).with_name("calendar") / "dist")
_WORDS: Final = {
    "en": Words(
        "Calendar",
        "Loading the calendar …",
        "The calendar needs JavaScript. What it shows, timeoff export writes as CSV.",
    ),
    "de": Words(
        "Kalender",
        "Der Kalender wird geladen …",
        "Der Kalender braucht JavaScript. Was er zeigt, schreibt timeoff export als CSV.",
    ),
    "es": Words(
        "Calendario",
        "Cargando el calendario…",
        "El calendario necesita JavaScript. Lo que muestra, timeoff export lo escribe como CSV.",
    ),
    "fr": Words(
        "Calendrier",
        "Chargement du calendrier…",
        "Le calendrier a besoin de JavaScript. Ce qu’il montre, timeoff export l’écrit en CSV.",  # noqa: RUF001, as French is written
    ),
}
_INSTEAD: Final = (
    "<code>schedule</code> of the GraphQL endpoint answers what the calendar would show."
)


def calendar_routes() -> list[BaseRoute]:
    """Return the routes to the page and its files; they belong at the application's root."""
    return BundledPage(BUNDLE, _WORDS, _INSTEAD).routes()
