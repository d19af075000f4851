"""An operation that runs without graphql-core: compiled once, for all its requests."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
)
from strawberry import Schema

from app.domain.errors import Refused, TimeOffError
from graphql_schema.answer_size import AnswerTooLarge
from graphql_schema.context import Context
from graphql_schema.execution.answers_from_objects import Completion
from graphql_schema.execution.answers_from_rows import Answered, Projected, Projecting
from graphql_schema.execution.deviations import (
    CannotCompile,
    Cause,
    Deviation,
    Selected,
    cause_of,
)
from graphql_schema.execution.event_source import EventSource, answered_at_once
from graphql_schema.execution.generated_source import GeneratedSource, KeptPlans
from graphql_schema.execution.inputs import ArgumentSets, Inputs, Variables
from graphql_schema.execution.resolvers import (
    Resolve,
    core_field,
    info_of,
    resolver_of,
    strawberry_field,
)
from graphql_schema.execution.row_writer import NotFromRows
from graphql_schema.execution.run import Complete, Run
from graphql_schema.execution.selections import Selections, flag_names

MAX_FLAGS: Final = 4
"""``@skip`` and ``@include`` by more variables than this are left to graphql-core: what is
selected is compiled for each combination of their values."""

MAX_PLANS: Final = 4
"""KeptPlans of one operation: further combinations are left to graphql-core."""


@dataclass(frozen=True, slots=True)
class ExplainedRoot:
    """What a root field becomes, for people: `timeoff explain` prints it."""

    key: str
    name: str
    why_objects: str
    """Empty where it is answered from rows."""
    statements: list[str]
    """Of the rows; none where no object can have the id that is asked for."""


@dataclass(frozen=True, slots=True)
class Root:
    """A compiled field of Query or Mutation."""

    selected: Selected
    resolve: Resolve
    place: int
    complete: Complete
    projected: Projected | None
    why_objects: str
    """What explains that it is not answered from rows, where it is not."""

    @property
    def key(self) -> str:
        """The response name: the alias, else the field's name."""
        return self.selected.key

    def call(self, run: Run) -> Awaitable[Any]:
        """Start the resolver.

        If rows can answer the field, its context carries ``from_rows``, which ``connect()`` and
        ``find_one()`` use instead of loading objects.
        """
        info = info_of(run.context.projecting(self.projected)) if self.projected else run.info
        return self.resolve(None, info, run.arguments[self.place])

    async def explain(self, run: Run) -> ExplainedRoot:
        """Say how it is answered, with the SQL; the resolver only reads its arguments."""
        statements: list[str] = []
        if self.projected:
            noting = self.projected.explaining(statements)
            info = info_of(run.context.projecting(noting))
            try:
                await self.resolve(None, info, run.arguments[self.place])
            except (TimeOffError, Refused) as refusal:
                nodes, path = [*self.selected.nodes], [self.key]
                raise GraphQLError("", nodes, path=path, original_error=refusal) from None
        return ExplainedRoot(self.key, self.selected.name, self.why_objects, statements)

    def answer(self, result: Any, run: Run) -> Any:  # noqa: ANN401
        """Return the field's part of the answer, as far as it does not have to wait."""
        if result.__class__ is Answered:
            return result.data
        if isinstance(result, Exception):
            raise result
        return self.complete(result, run)


class MadeWhenNeeded:
    """Compiles the completion of a field when objects are first met: rows usually answer it."""

    def __init__(self, make: Callable[[], Complete], arguments: ArgumentSets) -> None:
        self._make = make
        self._arguments = arguments
        self._made: Complete | None = None

    def __call__(self, value: Any, run: Run) -> Any:  # noqa: ANN401
        """Turn what the resolver returned into JSON."""
        if self._made is None:
            self._made = self._make()
        if len(run.arguments) < len(self._arguments):
            # Those of its fields were not known yet when the request began.
            run.arguments = self._arguments.build(run.variables)
        return self._made(value, run)


@dataclass(frozen=True, slots=True)
class OperationPlan:
    """What an operation does for one combination of its ``@skip`` and ``@include`` variables."""

    arguments: ArgumentSets
    answer: dict[str, Any] = field(default_factory=dict)
    roots: list[Root] = field(default_factory=list)


class CompiledOperation:
    """Runs one operation of a valid document. Raises CannotCompile, or Deviation.

    A plan is made root by root, so that others need not wait for all of it; who asks for
    it meanwhile is left to graphql-core.
    """

    def __init__(
        self,
        schema: Schema,
        core: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        inputs: Inputs,
        kept: KeptPlans[OperationPlan],
    ) -> None:
        self._schema, self._core = schema, core
        self._document, self._operation = document, operation
        self._inputs = inputs
        self._read_variables = inputs.variables(operation)
        self._flags = flag_names(document, operation)
        self._kept = kept
        self._known_flags: set[tuple[bool, ...]] = set()
        self._is_being_compiled = False
        if len(self._flags) > MAX_FLAGS:
            why = f"@skip and @include by more than {MAX_FLAGS} variables are not compiled"
            raise CannotCompile(Cause.DIRECTIVES, why)
        self._is_mutation = operation.operation is OperationType.MUTATION
        self._is_subscription = operation.operation is OperationType.SUBSCRIPTION

    async def run(self, context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the ``data`` of the answer; there are no errors, or Deviation is raised."""
        plan, run = await self._ready(context, given)
        if not plan.roots:
            return dict(plan.answer)
        if self._is_mutation:
            return await _one_by_one(plan, run)
        return await _together(plan, run)

    async def subscribe(self, context: Context, given: Mapping[str, Any]) -> EventSource:
        """Return the events of a subscription, and what makes of an event the answer's ``data``.

        That raises Deviation as ``run`` does.
        """
        plan, run = await self._ready(context, given)
        (root,) = plan.roots  # validation has seen to it

        async def answer(event: Any) -> dict[str, Any]:  # noqa: ANN401 - what the field is of
            own = Run(context, run.arguments, run.variables)
            return await _completed(plan, own, [event])

        def complete(event: Any, own: Run) -> dict[str, Any]:  # noqa: ANN401 - as above
            return {**plan.answer, root.key: root.answer(event, own)}

        def at_once(events: Sequence[Any]) -> list[dict[str, Any]]:
            return answered_at_once(events, complete, Run(context, run.arguments, run.variables))

        events: Any = root.call(run)
        return EventSource(root.selected, events, answer, at_once)

    async def explain(self, context: Context, given: Mapping[str, Any]) -> list["ExplainedRoot"]:
        """Say what each root field becomes; nothing is read or written.

        Raises an ExceptionGroup of GraphQLErrors, one for each field that refuses its
        arguments. Of a field that is answered from objects only the objects would know.
        """
        plan, run = await self._ready(context, given)
        explained, errors = [], []
        for root in plan.roots:
            try:
                explained.append(await root.explain(run))
            except GraphQLError as refused:
                errors.append(refused)
        if errors:
            raise ExceptionGroup("refused arguments", errors)
        return explained

    async def _ready(self, context: Context, given: Mapping[str, Any]) -> tuple[OperationPlan, Run]:
        """Return the plan for the values of the flags, and what one run of it needs."""
        try:
            variables = self._read_variables(given)
            plan = self._known_plan(variables) or await self._new_plan(variables)
            return plan, Run(context, plan.arguments.build(variables), variables)
        except (CannotCompile, Deviation):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, graphql-core says it better
            raise Deviation(Cause.VARIABLES, error) from None

    def _known_plan(self, variables: Variables) -> OperationPlan | None:
        return self._kept.get((self, self._flags_of(variables)))

    def _flags_of(self, variables: Variables) -> tuple[bool, ...]:
        given = [variables.get(name) for name in self._flags]
        if any(each.__class__ is not bool for each in given):
            raise Deviation(Cause.VARIABLES)
        return tuple(map(bool, given))

    async def _new_plan(self, variables: Variables) -> OperationPlan:
        flags = self._flags_of(variables)
        has_enough = len(self._known_flags) >= MAX_PLANS and flags not in self._known_flags
        if self._is_being_compiled or has_enough:
            raise Deviation(Cause.DIRECTIVES if has_enough else Cause.BEING_COMPILED)
        self._is_being_compiled = True
        source = GeneratedSource()
        try:
            plan = await self._compile(flags, source)
        except CannotCompile:
            raise
        except Exception as error:  # nor will it compile another time
            raise CannotCompile(Cause.FAULT, f"compiling it failed: {error!r}") from error
        finally:
            self._is_being_compiled = False
        self._kept.keep((self, flags), plan, source.characters)
        self._known_flags.add(flags)
        return plan

    def forget(self) -> None:
        """Remove its plans from the cache, as its document has left that of documents."""
        for flags in self._known_flags:
            self._kept.forget((self, flags))

    async def _compile(self, flags: tuple[bool, ...], source: GeneratedSource) -> OperationPlan:
        selections = Selections(
            self._core, self._document, dict(zip(self._flags, flags, strict=True))
        )
        plan = OperationPlan(ArgumentSets(self._inputs))
        completion = Completion(
            schema=self._schema,
            core=self._core,
            selections=selections,
            arguments=plan.arguments,
            source=source,
        )
        projecting = Projecting(selections, source)
        type_: Any = self._core.get_root_type(self._operation.operation)
        for selected in selections.of(type_, [self._operation.selection_set]):
            if selected.name == "__typename":
                plan.answer[selected.key] = type_.name
                continue
            plan.answer[selected.key] = None
            plan.roots.append(self._root(type_, selected, plan, completion, projecting))
            await asyncio.sleep(0)
        return plan

    def _root(
        self,
        type_: GraphQLObjectType,
        selected: Selected,
        plan: OperationPlan,
        completion: Completion,
        projecting: Projecting,
    ) -> Root:
        found = core_field(type_, selected.name)
        definition = strawberry_field(found)
        resolver = resolver_of(definition)
        if resolver is None or not (resolver.is_async or self._is_subscription):
            raise CannotCompile(Cause.FAULT, f"{type_.name}.{selected.name} is not awaited")
        place = plan.arguments.add(found, definition, selected.nodes[0])
        projected, why_objects = None, "a mutation answers what it has just written"
        if self._is_subscription:
            why_objects = "a subscription answers with events"
        elif not self._is_mutation:
            try:
                projected, why_objects = projecting.of(found.type, selected), ""
            except NotFromRows as reason:
                why_objects = str(reason)
        make = partial(completion.of, found.type, selected)
        complete = MadeWhenNeeded(make, plan.arguments) if projected else make()
        return Root(
            selected=selected,
            resolve=resolver.resolve,
            place=place,
            complete=complete,
            projected=projected,
            why_objects=why_objects,
        )


async def _together(plan: OperationPlan, run: Run) -> dict[str, Any]:
    """Run the root fields of a query at the same time; return its data.

    Raises AnswerTooLarge of all fields together, unless one of them fails by itself.
    """
    try:
        calls = [each.call(run) for each in plan.roots]
        if len(calls) == 1:
            results = [await calls[0]]
        else:
            results = await asyncio.gather(*calls, return_exceptions=True)
            for each in results:
                if isinstance(each, Exception) and not isinstance(each, AnswerTooLarge):
                    raise each  # noqa: TRY301 - as those below
    except AnswerTooLarge:
        raise
    except Exception as error:  # noqa: BLE001 - graphql-core meets it again, and says what and where
        raise Deviation(cause_of(error), error) from None
    return await _completed(plan, run, results)


async def _completed(plan: OperationPlan, run: Run, results: Sequence[Any]) -> dict[str, Any]:
    """Return the data of the root fields' results; raises as ``_together``."""
    data = dict(plan.answer)
    try:
        for root, result in zip(plan.roots, results, strict=True):
            data[root.key] = root.answer(result, run)
        await run.finish()
        run.count_repeated(data)
    except AnswerTooLarge:
        raise
    except Exception as error:  # noqa: BLE001 - graphql-core meets it again, and says what and where
        raise Deviation(cause_of(error), error) from None
    return data


async def _one_by_one(plan: OperationPlan, run: Run) -> dict[str, Any]:
    """Run the fields of a mutation, each after what was selected of the one before."""
    data = dict(plan.answer)
    for index, root in enumerate(plan.roots):
        outcome, size = await _outcome(root.call(run)), run.context.answer_size
        counted_before = size.fields
        try:
            data[root.key] = root.answer(outcome, run)
            await run.finish()
            run.count_repeated(data)
        except Exception as error:  # noqa: BLE001 - as above
            size.fields = counted_before
            left = [each.selected for each in plan.roots[index:]]
            raise Deviation(
                cause=cause_of(error), met=error, answered=data, left=left, outcome=outcome
            ) from None
    return data


async def _outcome(call: Awaitable[Any]) -> Any:  # noqa: ANN401
    """Return what the call returns, or the exception that it raises as a value."""
    try:
        return await call
    except Exception as error:  # noqa: BLE001 - graphql-core places it in the answer
        return error
