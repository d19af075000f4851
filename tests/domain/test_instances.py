"""The ids of a record's instances: those given, then what follows the last of them (rule 3.3)."""

from uuid import UUID

import pytest

from app.domain.instances import ids_of_instances

FIRST = "5d0c3b1e-7f4e-4c35-9d8a-2f6f6c1f0a77"
OTHER = "00000000-0000-4000-8000-000000000001"


@pytest.mark.rule("3.3")
@pytest.mark.parametrize(
    ("given", "count", "expected"),
    [
        pytest.param([FIRST], 1, [FIRST], id="one alone"),
        pytest.param(
            [FIRST],
            3,
            [FIRST, FIRST[:-1] + "8", FIRST[:-1] + "9"],
            id="the others follow by one each",
        ),
        pytest.param([FIRST, OTHER], 2, [FIRST, OTHER], id="as many as there are"),
        pytest.param(
            [FIRST, OTHER], 3, [FIRST, OTHER, OTHER[:-1] + "2"], id="the last one's follow"
        ),
        pytest.param([FIRST, OTHER], 1, [FIRST], id="more than there are"),
        pytest.param(
            [OTHER[:24] + "f" * 12], 2, [OTHER[:24] + "f" * 12, OTHER[:24] + "0" * 12], id="carried"
        ),
    ],
)
def test_the_ids_are_those_given_and_what_follows(given, count, expected):
    assert ids_of_instances(given, count) == expected


def test_ids_of_a_thousand_instances_are_uuids_and_differ():
    ids = ids_of_instances([FIRST], 1_000)

    assert len(set(ids)) == 1_000
    assert all(str(UUID(each)) == each for each in ids)
