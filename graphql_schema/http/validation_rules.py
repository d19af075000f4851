"""Which rules of validation a document may break: each walks through all of it."""

from collections.abc import Mapping, Sequence
from typing import Final

from graphql.validation import (
    ASTValidationRule,
    DeferStreamDirectiveLabel,
    DeferStreamDirectiveOnRootField,
    DeferStreamDirectiveOnValidOperationsRule,
    FragmentsOnCompositeTypesRule,
    KnownDirectivesRule,
    KnownFragmentNamesRule,
    NoFragmentCyclesRule,
    NoUndefinedVariablesRule,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    PossibleFragmentSpreadsRule,
    StreamDirectiveOnListField,
    UniqueDirectivesPerLocationRule,
    UniqueFragmentNamesRule,
    UniqueVariableNamesRule,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
)

_RULES_ABOUT: Final[Mapping[tuple[str, ...], Sequence[type[ASTValidationRule]]]] = {
    ("$",): (
        NoUndefinedVariablesRule,
        NoUnusedVariablesRule,
        UniqueVariableNamesRule,
        VariablesAreInputTypesRule,
        VariablesInAllowedPositionRule,
    ),
    # A fragment that nobody spreads is written without "...".
    ("...", "fragment"): (
        FragmentsOnCompositeTypesRule,
        KnownFragmentNamesRule,
        NoFragmentCyclesRule,
        NoUnusedFragmentsRule,
        PossibleFragmentSpreadsRule,
        UniqueFragmentNamesRule,
    ),
    ("@",): (
        DeferStreamDirectiveLabel,
        DeferStreamDirectiveOnRootField,
        DeferStreamDirectiveOnValidOperationsRule,
        KnownDirectivesRule,
        StreamDirectiveOnListField,
        UniqueDirectivesPerLocationRule,
    ),
}
"""Rules about variables, fragments and directives, by what those are written with."""


def rules_for(
    text: str, rules: Sequence[type[ASTValidationRule]]
) -> Sequence[type[ASTValidationRule]]:
    """Return those of the rules that a document may break, in their order."""
    idle = {
        rule
        for signs, about in _RULES_ABOUT.items()
        if not any(sign in text for sign in signs)
        for rule in about
    }
    return [rule for rule in rules if rule not in idle]
