"""Companies, users and people."""

import pytest

from app.domain.directory import Person, PersonStatus


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    ("first_name", "last_name", "expected"),
    [
        pytest.param("Ada", "Vale", "Ada Vale", id="both"),
        pytest.param("Ada", "", "Ada", id="no last name"),
        pytest.param("", "Vale", "Vale", id="no first name"),
    ],
)
def test_a_person_has_one_name_of_two_parts(first_name, last_name, expected):
    person = Person(
        id="p",
        company_id="c",
        first_name=first_name,
        last_name=last_name,
        email=None,
        employee_number=None,
        status=PersonStatus.ACTIVE,
        job_title=None,
    )

    assert person.full_name == expected
