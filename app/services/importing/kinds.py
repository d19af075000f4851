"""Every kind of file that an import reads, in the order of reading: what is referred to first."""

from typing import Final

from app.services.importing.absence_columns import ABSENCES
from app.services.importing.columns import NOUNS

FILES: Final = (*NOUNS, *ABSENCES)
