"""The pages for administrators, and the files they load. Their sources are in calendar/.

They share modules with the calendar, and are a plain client of the GraphQL endpoint as it is.
"""

from pathlib import Path
from typing import Final

from starlette.routing import BaseRoute

from app.web.bundled_pages import BundledPage, Words
from app.web.bundles import Bundle

BUNDLE = Bundle("directory", Path(__file__).with_name("calendar") / "dist" / "directory")
_WORDS: Final = {
    "en": Words(
        "Directory",
        "Loading the directory …",
        "The directory needs JavaScript. What it does, the GraphQL endpoint does as well.",
    ),
    "de": Words(
        "Verzeichnis",
        "Das Verzeichnis wird geladen …",
        "Das Verzeichnis braucht JavaScript. Was es tut, tut auch der GraphQL-Endpunkt.",
    ),
    "es": Words(
        "Directorio",
        "Cargando el directorio…",
        "El directorio necesita JavaScript. Lo que hace, lo hace también el acceso GraphQL.",
    ),
    "fr": Words(
        "Annuaire",
        "Chargement de l’annuaire…",  # noqa: RUF001, as French is written
        "L’annuaire a besoin de JavaScript. Ce qu’il fait, l’accès GraphQL le fait aussi.",  # noqa: RUF001
    ),
}
_INSTEAD: Final = (
    "The GraphQL endpoint lists and changes whatever the directory would show: "
    "<code>workers</code>, <code>linkWorker</code>, <code>upsertHolidays</code> and others."
)


def directory_routes() -> list[BaseRoute]:
    """Return the routes to the page and its files; they belong at the application's root."""
    return BundledPage(BUNDLE, _WORDS, _INSTEAD).routes()
