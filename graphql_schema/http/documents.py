"""Documents that a request names instead of sending them: Apollo's APQ, trusted documents."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from graphql_schema.http.errors import (
    FORBIDDEN,
    PERSISTED_QUERY_NOT_FOUND,
    PERSISTED_QUERY_NOT_SUPPORTED,
    NotAdmitted,
    NotRun,
)
from graphql_schema.http.parameters import Parameters

MAX_REMEMBERED: Final = 1_000
HASH_PREFIX: Final = "sha256:"


class TrustedDocumentsMode(StrEnum):
    """Whether documents of the file may be named, and whether others may be sent."""

    OFF = "off"
    ALLOW = "allow"
    ONLY = "only"


class Documents:
    """Resolves a request's document id or APQ hash to the text of a document."""

    def __init__(
        self, trusted: Mapping[str, str], mode: TrustedDocumentsMode, *, remembers: bool
    ) -> None:
        self._trusted = trusted if mode is not TrustedDocumentsMode.OFF else {}
        self._only_trusted = mode is TrustedDocumentsMode.ONLY
        self._remembers = remembers
        self._remembered: OrderedDict[str, str] = OrderedDict()

    def find(self, parameters: Parameters) -> tuple[Parameters, bool]:
        """Return the request with its document, and whether it was named rather than sent."""
        if parameters.document_id is not None:
            if parameters.query is not None:
                raise NotAdmitted("A request has query or documentId, not both.")
            return parameters._replace(query=self._trusted_document(parameters.document_id)), True
        persisted = (parameters.extensions or {}).get("persistedQuery")
        if persisted is not None:
            return self._persisted(parameters, persisted)
        if parameters.query is None:
            raise NotAdmitted("A request has a query, or the id of a document.")
        self._refuse_untrusted(parameters.query)
        return parameters, False

    def _trusted_document(self, document_id: str) -> str:
        document = self._trusted.get(document_id.removeprefix(HASH_PREFIX))
        if document is None:
            raise NotAdmitted("There is no such document.", 400, PERSISTED_QUERY_NOT_FOUND)
        return document

    def _persisted(self, parameters: Parameters, persisted: Any) -> tuple[Parameters, bool]:  # noqa: ANN401
        given = persisted if isinstance(persisted, dict) else {}
        digest = given.get("sha256Hash")
        if not isinstance(digest, str) or given.get("version") != 1:
            raise NotAdmitted("persistedQuery has version 1 and a sha256Hash.")
        digest = digest.lower()
        if parameters.query is not None:
            self._refuse_untrusted(parameters.query)
            if sha256(parameters.query.encode()).hexdigest() != digest:
                raise NotAdmitted("The sha256Hash is not that of the query.")
            # Sent with its hash it is still sent: any page can make up both.
            return parameters, False
        document = self._trusted.get(digest) or self._remembered.get(digest)
        if document is None:
            raise self._unknown()
        return parameters._replace(query=document), True

    def _unknown(self) -> NotRun:
        """Return Apollo's own words: its client sends the document when it reads them."""
        code, words = PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound"
        if not self._remembers:
            code, words = PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported"
        return NotRun([{"message": words, "extensions": {"code": code}}])

    def _refuse_untrusted(self, document: str) -> None:
        if self._only_trusted and sha256(document.encode()).hexdigest() not in self._trusted:
            raise NotAdmitted("Only trusted documents are run here.", 403, FORBIDDEN)

    def remember(self, parameters: Parameters) -> None:
        """Keep a document that came with its hash, once it has passed the gate."""
        persisted = (parameters.extensions or {}).get("persistedQuery")
        if not self._remembers or persisted is None or parameters.query is None:
            return
        digest = persisted["sha256Hash"].lower()
        self._remembered[digest] = parameters.query
        self._remembered.move_to_end(digest)
        while len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)


def read_trusted_documents(path: Path) -> dict[str, str]:
    """Read a JSON object of documents by id; a ValueError says what is wrong with the file.

    Relay's and graphql-codegen's files are of this form. An id may be the document's SHA-256
    with or without ``sha256:`` before it, or any other name.
    """
    given = json.loads(path.read_text("utf-8"))
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        msg = "a JSON object of documents by id is expected"
        raise ValueError(msg)
    documents = {id_.removeprefix(HASH_PREFIX): document for id_, document in given.items()}
    by_hash = {sha256(each.encode()).hexdigest(): each for each in documents.values()}
    return by_hash | documents
