"""What the change feed tells of an object is all of it, or it is said what is left out."""

import pytest

from app.services import change_facts
from tests.entities import ENTITIES, each_changed

TOLD = [each for each in ENTITIES if type(each) in change_facts.TELL]


@pytest.mark.rule("5.3")
@pytest.mark.parametrize("entity", TOLD, ids=lambda each: type(each).__name__)
def test_each_attribute_is_told_or_it_is_said_why_not(entity):
    said = change_facts.NOT_TOLD.get(type(entity), {})
    before = change_facts.facts(entity)

    untold = {
        name for name, changed in each_changed(entity) if change_facts.facts(changed) == before
    }

    assert untold == said.keys(), f"of {type(entity).__name__}, in app/services/change_facts.py"


def test_there_is_an_example_of_each_type_that_is_told():
    assert change_facts.TELL.keys() == {type(each) for each in TOLD}
    assert change_facts.NOT_TOLD.keys() <= change_facts.TELL.keys()
