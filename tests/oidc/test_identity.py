"""Claims to who somebody is here: roles, companies, the worker they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.access import PERMISSIONS_OF, AccessRole
from app.domain.identifiers import Kind, node_id
from app.oidc.errors import NoRole
from app.oidc.identity import identity_of
from app.oidc.settings import ClaimRules
from app.oidc.verifier import VerifiedToken

ROLES = {
    "hr-admins": AccessRole.HR,
    "staff": AccessRole.EMPLOYEE,
    "bots": AccessRole.INTEGRATION,
    "it": AccessRole.ADMIN,
    "admin": AccessRole.ADMIN,
}
FIRST = "0b5f4b3c-9d6b-4c67-8a35-5d1f8a1f8c11"
SECOND = "0b5f4b3c-9d6b-4c67-8a35-5d1f8a1f8c12"
ISSUER = "https://login.example.com"


def identity(rules=None, **claims):
    whole = {"iss": ISSUER, "sub": "u-17", "exp": 4_000_000_000, "roles": ["staff"]} | claims
    return identity_of(VerifiedToken.of(whole), rules or ClaimRules(ROLES))


def test_somebody_has_a_name_and_what_people_call_them():
    someone = identity(name="Amara Birch", preferred_username="abirch", email="a@example.com")

    assert someone.name == f"oidc:{ISSUER}:u-17"
    assert someone.label == "Amara Birch"
    assert "Amara" not in repr(someone)
    assert someone.expires_at.timestamp() == 4_000_000_000


@pytest.mark.parametrize(
    ("claims", "label"),
    [
        ({"preferred_username": "abirch", "email": "a@example.com"}, "abirch"),
        ({"email": "a@example.com"}, "a@example.com"),
        ({}, "u-17"),
        ({"name": "a\nline", "preferred_username": 7}, "u-17"),
        ({"name": " "}, "u-17"),
        ({"name": "x" * 999}, "x" * 200),
    ],
)
def test_the_label_is_what_there_is(claims, label):
    assert identity(**claims).label == label


@pytest.mark.parametrize(
    ("value", "role"),
    [
        (["staff"], AccessRole.EMPLOYEE),
        (["other", "hr-admins"], AccessRole.HR),
        ("it", AccessRole.ADMIN),
        (["staff", 7, None, ["it"], {"it": 1}], AccessRole.EMPLOYEE),
    ],
)
def test_a_value_gives_its_role(value, role):
    someone = identity(roles=value)

    assert someone.role is role
    assert someone.permissions == PERMISSIONS_OF[role]


def test_several_roles_add_up_and_the_strongest_names_them():
    someone = identity(roles=["bots", "staff"])

    assert someone.role is AccessRole.INTEGRATION
    assert (
        someone.permissions
        == PERMISSIONS_OF[AccessRole.INTEGRATION] | PERMISSIONS_OF[AccessRole.EMPLOYEE]
    )


@given(st.sets(st.sampled_from(sorted(ROLES)), min_size=1))
def test_the_role_is_one_of_those_given_and_none_of_them_may_do_more(values):
    given_roles = {ROLES[value] for value in values}
    someone = identity(roles=sorted(values))

    assert someone.role in given_roles
    assert all(
        len(PERMISSIONS_OF[role]) <= len(PERMISSIONS_OF[someone.role]) for role in given_roles
    )
    assert someone.permissions == frozenset().union(*(PERMISSIONS_OF[role] for role in given_roles))


@pytest.mark.parametrize(
    "value",
    [None, [], "", "other", ["HR-ADMINS"], "staff other", "Former admin", {"staff": True}, True, 1,
     [["staff"]], "staff,it"],
)  # fmt: skip
def test_without_a_value_of_the_mapping_nobody_has_a_role(value):
    with pytest.raises(NoRole, match=r"^You are signed in, but .*\.$"):
        identity(roles=value)


def test_scopes_are_several_values_with_spaces_between():
    rules = ClaimRules({"timeoff:hr": AccessRole.HR}, "scope")

    assert identity(rules, scope="openid timeoff:hr").role is AccessRole.HR


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["it"]}}),
        ("resource_access.timeoff.roles", {"resource_access": {"timeoff": {"roles": ["it"]}}}),
        ("https://timeoff.example.com/roles", {"https://timeoff.example.com/roles": ["it"]}),
        ("a.b", {"a.b": ["it"], "a": {"b": ["staff"]}}),
    ],
)
def test_a_claim_is_found_by_its_name_or_its_path(name, claims):
    assert identity(ClaimRules(ROLES, name), **claims).role is AccessRole.ADMIN


@pytest.mark.parametrize("realm_access", [None, [], "roles", {}, {"roles": None}, {"x": ["it"]}])
def test_a_path_that_leads_nowhere_gives_nothing(realm_access):
    with pytest.raises(NoRole):
        identity(ClaimRules(ROLES, "realm_access.roles"), realm_access=realm_access)


def test_without_a_companies_claim_every_company_is_reached():
    assert identity(companies=[FIRST]).companies is None


@pytest.mark.parametrize(
    ("value", "companies"),
    [
        ([FIRST, SECOND], {FIRST, SECOND}),
        (FIRST, {FIRST}),
        (FIRST.upper(), {FIRST}),
        ([node_id(Kind.COMPANY, FIRST)], {FIRST}),
        ([FIRST, node_id(Kind.PERSON, SECOND)], set()),
        ([7, FIRST], set()),
        ([FIRST, "c-1"], set()),
        ([], set()),
        (None, set()),
        ("", set()),
        ([FIRST, None], set()),
        ([FIRST, True], set()),
        ([FIRST, [SECOND]], set()),
        ({FIRST: 1}, set()),
        ([FIRST, "\x00"], set()),
        (f"{FIRST} {SECOND}", set()),
        ("*", set()),
    ],
)
def test_companies_are_those_of_the_claim_or_none_at_all(value, companies):
    someone = identity(ClaimRules(ROLES, companies_claim="companies"), companies=value)

    assert someone.companies == frozenset(companies)


def test_a_missing_companies_claim_reaches_no_company():
    assert identity(ClaimRules(ROLES, companies_claim="companies")).companies == frozenset()


@pytest.mark.parametrize(
    ("claims", "hint"),
    [
        ({"email": "a@example.com", "email_verified": True}, "a@example.com"),
        ({"email": " a@example.com ", "email_verified": True}, "a@example.com"),
        ({"email": "a@example.com", "email_verified": False}, None),
        ({"email": "a@example.com", "email_verified": "true"}, None),
        ({"email": "a@example.com", "email_verified": 1}, None),
        ({"email": "a@example.com"}, None),
        ({"email_verified": True}, None),
        ({"email": ["a@example.com"], "email_verified": True}, None),
        ({"email": "a\x00@example.com", "email_verified": True}, None),
    ],
)
def test_the_worker_is_named_by_a_verified_e_mail(claims, hint):
    assert identity(**claims).worker_hint == hint


@pytest.mark.parametrize(
    ("value", "hint"),
    [("17", "17"), (17, "17"), (" 17 ", "17"), (True, None), (None, None), ("", None), ([], None)],
)
def test_or_by_a_claim_and_then_by_no_e_mail(value, hint):
    rules = ClaimRules(ROLES, worker_claim="employee_id")

    someone = identity(rules, employee_id=value, email="a@example.com", email_verified=True)

    assert someone.worker_hint == hint
