"""From a document to an answer: admitted, parsed and validated once, then run.

A document that passed is remembered, bounded in number and bytes, so that the next request
with the same text starts at its variables.
"""

import logging
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from time import perf_counter
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
    parse,
    validate,
)
from strawberry import Schema

from app.deadline import Departure, stopped, within
from app.domain.errors import Unavailable
from app.faults import log_fault
from app.observed import OBSERVED, Asked
from app.services.access.once import telling_once
from graphql_schema.answer_size import AnswerSize, AnswerTooLarge
from graphql_schema.context import Context
from graphql_schema.execution.by_graphql_core import run_by_reference
from graphql_schema.execution.deviations import CannotCompile, Cause, Deviation
from graphql_schema.execution.generated_source import KeptPlans
from graphql_schema.execution.inputs import Inputs
from graphql_schema.execution.operation import CompiledOperation, OperationPlan
from graphql_schema.http.answered_errors import to_answer
from graphql_schema.http.document_gate import AnswerCost, DocumentGate, refuse_above
from graphql_schema.http.errors import (
    BAD_USER_INPUT,
    OPERATION_RESOLUTION_FAILURE,
    OPERATION_TIMED_OUT,
    REQUEST_TOO_LARGE,
    VALIDATION_FAILED,
    Answer,
    NotAdmitted,
    NotRun,
    not_available,
)
from graphql_schema.http.idempotency_header import key_for
from graphql_schema.http.limits import Limits
from graphql_schema.http.outages import refuse_without_effect
from graphql_schema.http.own_writes import executed
from graphql_schema.http.parameters import Parameters
from graphql_schema.http.request_errors import (
    MAX_ERRORS,
    coded,
    rules,
    syntax_error,
    unreadable_variables,
)
from graphql_schema.http.validation_rules import rules_for
from graphql_schema.http.write_cost import StoredItems

LOG: Final = logging.getLogger("graphql_schema.deviations")
"""Where a fault in a compiled operation is told that no answer shows; tests fail of it."""

ANSWERED_BY_CORE: Final = "graphql-core answered instead of a compiled operation"

CACHED_DOCUMENTS: Final = 1_000
DIGEST_CHARACTERS: Final = 16
MOST_NAME_CHARACTERS: Final = 100
"""Of an operation's name, in a line."""
_TOO_LARGE: Final = ("Document contains more than", "Document is nested too deeply")


@dataclass(slots=True)
class Operation:
    """One operation of an admitted, valid document, made ready once for all requests."""

    document: DocumentNode
    definition: OperationDefinitionNode
    is_query: bool
    is_subscription: bool
    cost: AnswerCost
    stored: StoredItems
    compiled: CompiledOperation | CannotCompile
    asked: Asked

    @property
    def writes(self) -> bool:
        """Whether it is a mutation."""
        return not self.is_query and not self.is_subscription

    def cost_of(self, variables: dict[str, Any]) -> int:
        """Return what the gate counts: fields of the answer, and what is stored."""
        return self.cost.of(variables) + self.stored.cost(variables)


@dataclass(frozen=True, slots=True)
class _Admitted:
    """A valid document's operations by name and in order."""

    operations: dict[str | None, Operation]
    size: int


@dataclass(slots=True)
class Executions:
    """Counts since the start: operations by how they were answered, documents by cache hits."""

    compiled: int = 0
    by_reference: Counter[Cause] = field(default_factory=Counter)
    """Those that graphql-core answered, by why it had to."""

    known_documents: int = 0
    new_documents: int = 0


class Operations:
    """Prepares and runs operations of one schema."""

    def __init__(
        self, schema: Schema, limits: Limits, *, hides_suggestions: bool, introspection: bool
    ) -> None:
        self._schema = schema
        self.core = schema._schema  # noqa: SLF001 - Strawberry has no public name for it
        self._limits = limits
        self._hides_suggestions = hides_suggestions
        self._introspection = introspection
        self._rules = rules(introspection=introspection)
        self.executions = Executions()
        self._inputs = Inputs(schema, self.core)
        self._plans: KeptPlans[OperationPlan] = KeptPlans()
        self._documents: OrderedDict[str, _Admitted] = OrderedDict()
        self._bytes = 0

    @property
    def cached(self) -> tuple[int, int]:
        """How many documents are kept ready, and the bytes of their texts."""
        return len(self._documents), self._bytes

    def prepare(self, parameters: Parameters) -> Operation:
        """Return the operation that the request wants to run.

        Raises NotAdmitted for what is too large or names no operation, NotRun for what the
        specification calls a syntax or validation error.
        """
        text = parameters.query or ""
        admitted = self._documents.get(text)
        if admitted is None:
            self.executions.new_documents += 1
            admitted = self._admit(text)
            self._remember(text, admitted)
        else:
            self.executions.known_documents += 1
            self._documents.move_to_end(text)
        operation = _chosen(admitted, parameters.operation_name)
        cost = operation.cost_of(parameters.variables or {})
        if (observed := OBSERVED.get()) is not None:
            observed.asked, observed.cost = operation.asked, cost
        refuse_above("Fields in the answer, with what is stored", cost, self._limits.cost)
        return operation

    def key_for(self, operation: Operation, header: str) -> str | None:
        """Return the idempotency key that a header gives an operation, or raise NotAdmitted."""
        return key_for(self.core, operation.document, operation.definition, header)

    async def run(
        self,
        operation: Operation,
        parameters: Parameters,
        context: Context,
        departure: Departure | None = None,
    ) -> Answer:
        """Run the operation within its deadline, and answer.

        A query ends with ClientDisconnect when its client has left; a mutation is done anyway.

        Raises NotRun for variables that cannot be read, NotAdmitted for a query whose records
        have more instances and days than an answer may have, and where an outage has left
        nothing to answer and nothing stored.
        """
        limits = self._limits
        seconds = limits.query_seconds if operation.is_query else limits.mutation_seconds
        context.answer_size = AnswerSize(limits.cost)
        observed = OBSERVED.get()
        began = perf_counter()
        try:
            variables = parameters.variables or {}
            execution = executed(
                partial(self._execute, operation, variables, context),
                context,
                is_query=operation.is_query,
                most_cost=limits.cost,
            )
            leaves = departure if operation.is_query else None
            return await within(seconds, telling_once(execution), leaves)
        except AnswerTooLarge as refusal:
            raise NotAdmitted(refusal.message, code=REQUEST_TOO_LARGE) from None
        except Unavailable as outage:
            return self._given_up(operation, outage)
        except TimeoutError:
            if operation.is_query and context.services.was_database_lost(seconds):
                raise not_available(Unavailable("no answer")) from None
            message = stopped("operation", seconds, writes=not operation.is_query)
            return _stopped(OPERATION_TIMED_OUT, message)
        finally:
            if observed is not None:
                observed.note_operation_run(began)

    def _given_up(self, operation: Operation, outage: Unavailable) -> Answer:
        """Answer where the deadline has ended the waiting for a silent database."""
        log_fault(outage)
        fields = operation.definition.selection_set.selections
        if not outage.is_without_effect:
            return _stopped(outage.code, outage.message)
        is_one_field = len(fields) == 1 and isinstance(fields[0], FieldNode)
        if operation.is_query or is_one_field:
            raise not_available(outage)
        message = "The database fell silent. Of the document's mutations some may be stored."
        return _stopped(OPERATION_TIMED_OUT, message)

    async def _execute(
        self, operation: Operation, variables: dict[str, Any], context: Context
    ) -> Answer:
        deviation: Deviation | None = None
        if isinstance(operation.compiled, CompiledOperation):
            try:
                data = await operation.compiled.run(context, variables)
            except CannotCompile as not_compiled:
                operation.compiled = not_compiled
                if not_compiled.cause is Cause.FAULT:
                    log_fault(not_compiled.__cause__ or not_compiled, LOG, ANSWERED_BY_CORE)
            except Deviation as met:
                deviation = met
                if operation.is_query:
                    context.renew_loaders()
                    context.answer_size = AnswerSize(self._limits.cost)
            else:
                self.executions.compiled += 1
                return {"data": data}
        return await self._execute_by_core(operation, variables, context, deviation)

    async def _execute_by_core(
        self,
        operation: Operation,
        variables: dict[str, Any],
        context: Context,
        deviation: Deviation | None,
    ) -> Answer:
        """Have graphql-core run an operation that is not compiled, or what a deviation left."""
        why: Any = deviation or operation.compiled
        self.executions.by_reference[why.cause] += 1
        result = await run_by_reference(
            self.core,
            operation.document,
            operation.definition,
            context,
            variables,
            deviation,
            max_errors=MAX_ERRORS,
        )
        if not result.errors:
            if deviation:
                _tell_if_a_fault(deviation)
            return {"data": result.data}
        await context.settle()
        if operation.is_query:
            _refuse_too_large(result.errors)
        if result.data is None and _is_about_variables(result.errors[0]):
            self.refuse_variables(operation, variables, result.errors)
        refuse_without_effect(operation.definition, result)
        of_mutation = not operation.is_query
        told = [
            each for error in result.errors for each in to_answer(error, of_mutation=of_mutation)
        ]
        return {"data": result.data, "errors": told}

    def refuse_variables(
        self,
        operation: Operation,
        variables: dict[str, Any],
        errors: Sequence[GraphQLError] = (),
    ) -> None:
        """Raise NotRun for variables that cannot be read; ``errors`` are graphql-core's."""
        placed = unreadable_variables(
            self.core, operation.definition, variables, introspection=self._introspection
        )
        if told := placed or errors:
            raise NotRun(coded(told, BAD_USER_INPUT))

    def _admit(self, text: str) -> _Admitted:
        document = self._parse(text)
        digest = sha256(text.encode()).hexdigest()[:DIGEST_CHARACTERS]
        operations = DocumentGate(self.core, document, self._limits).admit()
        errors = validate(
            self.core,
            document,
            rules_for(text, self._rules),
            max_errors=MAX_ERRORS,
            hide_suggestions=self._hides_suggestions,
        )
        if errors:
            raise NotRun(coded(errors, VALIDATION_FAILED))
        return _Admitted(
            {
                name: Operation(
                    document=document,
                    definition=definition,
                    is_query=definition.operation is OperationType.QUERY,
                    is_subscription=definition.operation is OperationType.SUBSCRIPTION,
                    cost=AnswerCost(measure),
                    stored=StoredItems(document, definition, self._limits.record_days),
                    compiled=self._compile(document, definition),
                    asked=Asked(
                        definition.operation.value, name and name[:MOST_NAME_CHARACTERS], digest
                    ),
                )
                for name, (definition, measure) in operations.items()
            },
            len(text),
        )

    def _compile(
        self, document: DocumentNode, definition: OperationDefinitionNode
    ) -> CompiledOperation | CannotCompile:
        try:
            return CompiledOperation(
                schema=self._schema,
                core=self.core,
                document=document,
                operation=definition,
                inputs=self._inputs,
                kept=self._plans,
            )
        except CannotCompile as not_compiled:
            return not_compiled

    def _parse(self, text: str) -> DocumentNode:
        try:
            return parse(text, max_tokens=self._limits.tokens)
        except GraphQLSyntaxError as error:
            if any(words in error.message for words in _TOO_LARGE):
                raise NotAdmitted(error.message, code=REQUEST_TOO_LARGE) from None
            raise NotRun([syntax_error(error)]) from None

    def _remember(self, text: str, admitted: _Admitted) -> None:
        self._documents[text] = admitted
        self._bytes += admitted.size
        most_bytes = self._limits.cached_document_bytes
        while len(self._documents) > CACHED_DOCUMENTS or self._bytes > most_bytes:
            _, oldest = self._documents.popitem(last=False)
            self._bytes -= oldest.size
            for operation in oldest.operations.values():
                if isinstance(operation.compiled, CompiledOperation):
                    operation.compiled.forget()


def _refuse_too_large(errors: Sequence[GraphQLError]) -> None:
    """Raise AnswerTooLarge if it is among them: it is of the operation, not of one field."""
    for each in errors:
        if isinstance(each.original_error, AnswerTooLarge):
            raise each.original_error


def _tell_if_a_fault(deviation: Deviation) -> None:
    """Log what a compiled operation met and graphql-core did not: its answer has no error.

    The client has the right answer, only later. A compiled operation may be left for what both
    meet, an outage that has ended since, or an object deleted meanwhile, and for nothing else.
    """
    if deviation.met and deviation.cause not in {Cause.UNAVAILABLE, Cause.GONE}:
        log_fault(deviation.met, LOG, ANSWERED_BY_CORE)


def _stopped(code: str, message: str) -> Answer:
    return {"data": None, "errors": [{"message": message, "extensions": {"code": code}}]}


def _chosen(admitted: _Admitted, name: str | None) -> Operation:
    """Return the operation by name; without one there must be no choice (GetOperation())."""
    if name is None and len(admitted.operations) == 1:
        return next(iter(admitted.operations.values()))
    if name not in admitted.operations:
        message = (
            "The document has several operations: operationName says which one."
            if name is None
            else "The document has no operation of that name."
        )
        raise NotAdmitted(message, code=OPERATION_RESOLUTION_FAILURE)
    return admitted.operations[name]


def _is_about_variables(error: GraphQLError) -> bool:
    return bool(error.nodes) and isinstance(error.nodes[0], VariableDefinitionNode)  # type: ignore[index]
