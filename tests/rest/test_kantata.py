"""Kantata's endpoints: creating, listing, changing and deleting entries, and what they name."""

import pytest

from tests import builders
from tests.rest.faces import ENTRIES, KANTATA, entry, put_entries, reference

MONDAY, TUESDAY, WEDNESDAY = builders.MONDAY, builders.TUESDAY, builders.WEDNESDAY


def errors(answer):
    """Status, and the place of each error."""
    return answer.status_code, [
        (each["type"], each.get("field"), each.get("index")) for each in answer.json()["errors"]
    ]


def hours(answer):
    """The hours of each entry, in the order of the results."""
    shown = answer.json()
    return [shown["time_off_entries"][each["id"]]["hours"] for each in shown["results"]]


async def test_entries_of_one_day_are_combined_in_first_mention_order(gateway):
    await put_entries(gateway, entry(requested_date=TUESDAY, hours=1))

    answer = await gateway.send(
        "POST",
        ENTRIES,
        {
            "time_off_entries": [
                entry(hours=2),
                entry(requested_date=TUESDAY, hours=3),
                entry(hours=1),
            ]
        },
    )

    assert (answer.status_code, answer.json()["count"], hours(answer)) == (200, 2, [3, 4])


@pytest.mark.rule("1.1")
async def test_the_hours_of_a_sum_of_floats_are_the_hundredth_that_was_meant(gateway):
    created = await gateway.send("POST", ENTRIES, {"time_off_entry": entry(hours=1.1 + 2.2)})
    (result,) = created.json()["results"]

    changed = await gateway.send(
        "PUT", f"{ENTRIES}/{result['id']}", {"time_off_entry": {"hours": 0.1 + 0.2}}
    )

    assert (hours(created), hours(changed)) == ([3.3], [0.3])


async def test_the_address_may_end_in_json(gateway):
    created = await gateway.send("POST", f"{ENTRIES}.json", {"time_off_entry": entry()})
    (result,) = created.json()["results"]

    changed = await gateway.send(
        "PUT", f"{ENTRIES}/{result['id']}.json", {"time_off_entry": {"hours": 1}}
    )

    assert hours(changed) == [1]
    assert (await gateway.get(f"{KANTATA}/users/1.json")).json()["count"] == 1


@pytest.mark.rule("2.5")
@pytest.mark.parametrize(
    ("body", "places"),
    [
        pytest.param({}, [(None, None)], id="neither of the two"),
        pytest.param(
            {"time_off_entry": entry(), "time_off_entries": [entry()]}, [(None, None)], id="both"
        ),
        pytest.param({"time_off_entry": None}, [("time_off_entry", None)], id="null"),
        pytest.param({"time_off_entries": entry()}, [("time_off_entries", None)], id="no list"),
        pytest.param({"time_off_entries": []}, [("time_off_entries", None)], id="none"),
        pytest.param({"time_off_entries": [5]}, [("time_off_entries", 0)], id="a number"),
        pytest.param(
            {"time_off_entries": [entry()] * 1_001}, [("time_off_entries", None)], id="too many"
        ),
        pytest.param({"time_off_entry": entry(user_id="1")}, [("user_id", None)], id="a text id"),
        pytest.param({"time_off_entry": entry(user_id=1.5)}, [("user_id", None)], id="half an id"),
        pytest.param({"time_off_entry": entry(user_id=True)}, [("user_id", None)], id="true"),
        pytest.param({"time_off_entry": entry(user_id=0)}, [("user_id", None)], id="no id"),
        pytest.param(
            {"time_off_entry": entry(user_id=2**63)}, [("user_id", None)], id="beyond 64 bits"
        ),
        pytest.param(
            {"time_off_entry": entry(user_id=builders.node_id("User", 1))},
            [("user_id", None)],
            id="a node id",
        ),
        pytest.param({"time_off_entry": entry(hours="4")}, [("hours", None)], id="text for hours"),
        pytest.param({"time_off_entry": entry(hours=True)}, [("hours", None)], id="true hours"),
        pytest.param({"time_off_entry": entry(hours=0)}, [("hours", None)], id="no hours"),
        pytest.param({"time_off_entry": entry(hours=-1)}, [("hours", None)], id="negative hours"),
        pytest.param({"time_off_entry": entry(hours=0.125)}, [("hours", None)], id="too fine"),
        pytest.param({"time_off_entry": entry(hours=10**30)}, [("hours", None)], id="too many h"),
        pytest.param(
            {"time_off_entry": entry(hours=float("inf"))}, [("hours", None)], id="infinite"
        ),
        pytest.param({"time_off_entry": entry(hours=float("nan"))}, [("hours", None)], id="NaN"),
        pytest.param(
            {"time_off_entry": entry(requested_date="11/01/23")},
            [("requested_date", None)],
            id="Procore's form of a day",
        ),
        pytest.param(
            {"time_off_entry": entry(requested_date="1999-12-31")},
            [("requested_date", None)],
            id="before all days",
        ),
        pytest.param(
            {"time_off_entry": entry(external_reference=reference(status="done"))},
            [("external_reference.status", None)],
            id="an unknown status",
        ),
        pytest.param(
            {"time_off_entry": entry(external_reference=reference(service_name="\0"))},
            [("external_reference.service_name", None)],
            id="a NUL",
        ),
        pytest.param(
            {
                "time_off_entries": [
                    entry(user_id=99),
                    entry(),
                    entry(hours=5),
                    entry(requested_date=builders.SATURDAY),
                ]
            },
            [("user_id", 0), ("hours", 2), ("hours", 3)],
            id="each bad item of a batch",
        ),
    ],
)
async def test_a_refused_create_is_400_and_names_each_place(gateway, stored, body, places):
    before = await stored()

    answer = await gateway.send("POST", ENTRIES, body)

    assert errors(answer) == (400, [("validation", *place) for place in places])
    assert await stored() == before


async def test_a_full_day_is_refused_with_its_hours(gateway):
    await put_entries(gateway, entry(hours=6))

    answer = await gateway.send("POST", ENTRIES, {"time_off_entry": entry(hours=2.25)})

    assert answer.json()["errors"][0]["message"] == (
        "User 1 has 8 h possible workday hours on 2026-03-02, 6 h of them taken: "
        "2.25 h more do not fit."
    )


async def test_an_update_sets_the_total_and_a_reference(gateway):
    (id_,) = await put_entries(gateway, entry(external_reference=reference()))
    change = {"hours": 6, "external_reference": reference(status="successful")}

    answer = await gateway.send(
        "PUT", f"{ENTRIES}/{id_}?include=external_references", {"time_off_entry": change}
    )

    assert (answer.status_code, hours(answer)) == (200, [6])
    (told,) = answer.json()["external_references"].values()
    assert told["status"] == "successful"


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"hours": 0}, 400, "hours"),
        ({"hours": 9}, 400, "hours"),
        ({"hours": None}, 400, "hours"),
        ({}, 400, "hours"),
        (None, 400, "time_off_entry"),
        ({"hours": 1, "user_id": 2}, 400, "user_id"),
        ({"hours": 1, "user_id": "2"}, 400, "user_id"),
        ({"hours": 1, "user_id": "x"}, 400, "user_id"),
        ({"hours": 1, "user_id": True}, 400, "user_id"),
        ({"hours": 1, "requested_date": builders.TUESDAY}, 400, "requested_date"),
    ],
)
async def test_a_refused_update(gateway, change, status, field):
    (id_,) = await put_entries(gateway, entry())

    answer = await gateway.send("PUT", f"{ENTRIES}/{id_}", {"time_off_entry": change})

    assert errors(answer) == (status, [("validation", field, None)])


@pytest.mark.rule("2.9")
async def test_an_entry_can_be_sent_back_as_it_was_read(gateway, stored):
    (id_,) = await put_entries(gateway, entry())
    read = (await gateway.get(ENTRIES)).json()["time_off_entries"][id_]
    before = await stored()

    again = await gateway.send("PUT", f"{ENTRIES}/{id_}", {"time_off_entry": read})
    sent = await gateway.send("PUT", f"{ENTRIES}/{id_}", {"time_off_entry": entry()})

    assert again.json()["time_off_entries"][id_] == read
    assert sent.status_code == 200
    assert await stored() == before


async def test_moving_an_entry_is_refused_with_where_it_is(gateway):
    (id_,) = await put_entries(gateway, entry())
    moved = entry(user_id=2, requested_date=builders.TUESDAY)

    answer = await gateway.send("PUT", f"{ENTRIES}/{id_}", {"time_off_entry": moved})

    assert [each["message"] for each in answer.json()["errors"]] == [
        f"An entry keeps its user and its day: here it is {kept}. Leave this out or as it is, or "
        "delete the entry and create another."
        for kept in ("1", builders.MONDAY)
    ]


@pytest.mark.parametrize("id_", ["99", "abc", "0", "01", "9" * 30, "VGltZU9mZkVudHJ5OjE="])
async def test_an_unknown_id_is_404_on_update_and_delete(gateway, id_):
    await put_entries(gateway, entry())

    updated = await gateway.send("PUT", f"{ENTRIES}/{id_}", {"time_off_entry": {"hours": 1}})
    deleted = await gateway.send("DELETE", f"{ENTRIES}/{id_}")

    assert errors(updated) == errors(deleted) == (404, [("validation", "id", None)])


async def test_a_deleted_entry_is_answered_with_nothing(gateway):
    (id_,) = await put_entries(gateway, entry())

    answer = await gateway.send("DELETE", f"{ENTRIES}/{id_}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await gateway.get(ENTRIES)).json()["count"] == 0


@pytest.mark.parametrize("form", ["query", "text", "numbers", "texts"])
async def test_many_are_deleted_by_ids_in_the_query_or_the_body(gateway, form):
    ids = await put_entries(
        gateway, *(entry(requested_date=day) for day in (MONDAY, TUESDAY, WEDNESDAY))
    )
    two = ids[:2]
    body = {"text": ",".join(two), "numbers": list(map(int, two)), "texts": two}.get(form)
    address = f"{ENTRIES}?ids={','.join(two)}" if form == "query" else ENTRIES

    answer = await gateway.send("DELETE", address, None if body is None else {"ids": body})

    assert answer.status_code == 204
    assert [each["id"] for each in (await gateway.get(ENTRIES)).json()["results"]] == ids[2:]


@pytest.mark.rule("2.9")
async def test_deleting_many_is_all_or_nothing_and_names_each(gateway, stored):
    (id_,) = await put_entries(gateway, entry())
    before = await stored()

    answer = await gateway.send("DELETE", f"{ENTRIES}?ids=77,{id_},88")

    assert errors(answer) == (404, [("validation", "ids", 0), ("validation", "ids", 2)])
    assert await stored() == before


@pytest.mark.parametrize(
    ("address", "body"),
    [
        pytest.param(ENTRIES, None, id="no ids"),
        pytest.param(f"{ENTRIES}?ids=", None, id="empty ids"),
        pytest.param(f"{ENTRIES}?ids=1,x", None, id="no id among them"),
        pytest.param(f"{ENTRIES}?ids=" + ",".join(map(str, range(1, 102))), None, id="101"),
        pytest.param(ENTRIES, {"ids": 5}, id="a number"),
        pytest.param(ENTRIES, {"ids": [True]}, id="true"),
        pytest.param(ENTRIES, {"ids": [1.0]}, id="a fraction"),
        pytest.param(f"{ENTRIES}?ids=1", {"ids": [2]}, id="in both places"),
    ],
)
async def test_ids_that_cannot_be_deleted(gateway, address, body):
    answer = await gateway.send("DELETE", address, body)

    assert errors(answer) == (400, [("validation", "ids", None)])


@pytest.fixture
async def week(gateway):
    """Six entries of two users, two of them with a reference."""
    return await put_entries(
        gateway,
        entry(requested_date=WEDNESDAY, hours=1, external_reference=reference()),
        entry(requested_date=MONDAY, hours=2),
        entry(
            requested_date=MONDAY,
            hours=3,
            user_id=2,
            external_reference=reference(
                service_name="bamboohr",
                service_model_ref="9",
                status="failed",
                external_status="closed",
                external_message="Too late",
            ),
        ),
        entry(requested_date=TUESDAY, hours=4),
        entry(requested_date=TUESDAY, hours=5, user_id=2),
        entry(requested_date=builders.FRIDAY, hours=6),
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({}, [2, 3, 4, 5, 1, 6], id="by day, then by user"),
        pytest.param({"user_id": 2}, [3, 5], id="user_id"),
        pytest.param({"user_ids": "2,99"}, [3, 5], id="user_ids"),
        pytest.param({"user_id": 1, "user_ids": "2"}, [], id="both"),
        pytest.param({"start_date": TUESDAY}, [4, 5, 1, 6], id="start_date, included"),
        pytest.param({"end_date": TUESDAY}, [2, 3, 4, 5], id="end_date, included"),
        pytest.param({"start_date": TUESDAY, "end_date": WEDNESDAY}, [4, 5, 1], id="both ends"),
        pytest.param({"created_after": "2020-01-01T00:00:00Z"}, [2, 3, 4, 5, 1, 6], id="after"),
        pytest.param({"created_after": "2099-01-01"}, [], id="after, a day"),
        pytest.param({"created_before": "2020-01-01T00:00:00+02:00"}, [], id="before"),
        pytest.param({"updated_after": "2099-01-01T00:00:00"}, [], id="updated after"),
        pytest.param({"updated_before": "2099-01-01T00:00:00.5Z"}, [2, 3, 4, 5, 1, 6], id="upd."),
        pytest.param({"has_external_references": "true"}, [3, 1], id="with references"),
        pytest.param({"has_external_references": "false"}, [2, 4, 5, 6], id="without"),
        pytest.param({"external_reference_service_name": "jira"}, [1], id="service_name"),
        pytest.param({"external_reference_service_model": "Issue"}, [3, 1], id="service_model"),
        pytest.param({"external_reference_service_model_ref": "9"}, [3], id="one ref"),
        pytest.param({"external_reference_service_model_refs": "T-7,9"}, [3, 1], id="refs"),
        pytest.param({"external_reference_status": "failed"}, [3], id="status"),
        pytest.param({"external_reference_external_status": "closed"}, [3], id="ext. status"),
        pytest.param({"external_reference_external_message": "Too late"}, [3], id="message"),
        pytest.param(
            {
                "external_reference_service_name": "jira",
                "external_reference_service_model_ref": "9",
            },
            [],
            id="one reference matches all",
        ),
        pytest.param({"unknown": "x"}, [2, 3, 4, 5, 1, 6], id="unknown names are ignored"),
    ],
)
async def test_entries_are_filtered(gateway, week, query, expected):
    answer = await gateway.get(ENTRIES, **query)

    assert hours(answer) == expected
    assert answer.json()["count"] == len(expected)


@pytest.mark.parametrize(
    ("query", "meta", "expected"),
    [
        pytest.param({}, (6, 1, 1, 20), [2, 3, 4, 5, 1, 6], id="the first page"),
        pytest.param({"per_page": 4}, (6, 2, 1, 4), [2, 3, 4, 5], id="a smaller page"),
        pytest.param({"per_page": 4, "page": 2}, (6, 2, 2, 4), [1, 6], id="the last page"),
        pytest.param({"per_page": 4, "page": 3}, (6, 2, 3, 4), [], id="behind the last"),
        pytest.param({"per_page": 2, "page": 0}, (6, 3, 1, 2), [2, 3], id="page 0 is 1"),
        pytest.param({"per_page": 0}, (6, 1, 1, 20), [2, 3, 4, 5, 1, 6], id="below 1 is 20"),
        pytest.param({"per_page": -5}, (6, 1, 1, 20), [2, 3, 4, 5, 1, 6], id="far below 1"),
        pytest.param({"per_page": 201}, (6, 1, 1, 200), [2, 3, 4, 5, 1, 6], id="above 200"),
        pytest.param({"user_id": 99}, (0, 0, 0, 20), [], id="nothing has no page"),
        pytest.param({"page": 999_999_999}, (6, 1, 999_999_999, 20), [], id="far behind"),
    ],
)
async def test_pages_are_numbered(gateway, week, query, meta, expected):
    answer = await gateway.get(ENTRIES, **query)

    assert tuple(answer.json()["meta"].values()) == meta
    assert hours(answer) == expected


async def test_only_names_entries_without_pages(gateway, week):
    only = f"{week[5]},{week[0]},99"

    answer = await gateway.get(ENTRIES, only=only, per_page=1, page=7)

    assert hours(answer) == [1, 6]
    assert tuple(answer.json()["meta"].values()) == (2, 1, 1, 2)


async def test_a_page_of_only_is_as_long_as_it_has_to_be(gateway):
    days = [f"{year}-03-{day:02}" for year in (2026, 2027) for day in range(1, 31)]
    await gateway.put(workweeks=[builders.workweek(saturday=480, sunday=480)])
    ids = await put_entries(gateway, *(entry(requested_date=day, hours=1) for day in days))

    answer = await gateway.get(ENTRIES, only=",".join(ids))

    assert tuple(answer.json()["meta"].values()) == (60, 1, 1, 60)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"user_id": "x"}, "user_id"),
        ({"user_id": "VXNlcjox"}, "user_id"),
        ({"user_ids": "1,,2"}, "user_ids"),
        ({"only": ""}, "only"),
        ({"page": "one"}, "page"),
        ({"per_page": "1e3"}, "per_page"),
        ({"page": "9" * 30}, "page"),
        ({"start_date": "20260302"}, "start_date"),
        ({"end_date": "2026-02-30"}, "end_date"),
        ({"start_date": TUESDAY, "end_date": MONDAY}, "end_date"),
        ({"created_after": "yesterday"}, "created_after"),
        ({"updated_before": "0001-01-01T00:00:00+14:00"}, "updated_before"),
        ({"has_external_references": "maybe"}, "has_external_references"),
        ({"external_reference_status": "fail"}, "external_reference_status"),
        ({"external_reference_service_name": "\0"}, "external_reference_service_name"),
        (
            {"external_reference_service_model_refs": "x," * 1_000},
            "external_reference_service_model_refs",
        ),
    ],
)
async def test_a_filter_that_cannot_be_read_is_named(gateway, query, field):
    assert errors(await gateway.get(ENTRIES, **query)) == (400, [("validation", field, None)])


@pytest.mark.parametrize(
    ("include", "maps", "extra"),
    [
        pytest.param(None, [], [], id="nothing"),
        pytest.param("user", ["users"], [], id="user"),
        pytest.param("role", ["roles"], ["role_id"], id="role"),
        pytest.param(
            "external_references",
            ["external_references"],
            ["external_reference_ids"],
            id="references",
        ),
        pytest.param(
            "role,user,assignee,", ["users", "roles"], ["role_id"], id="unknown names ignored"
        ),
    ],
)
async def test_only_what_is_included_is_there(gateway, week, include, maps, extra):
    query = {} if include is None else {"include": include}

    full = (await gateway.get(ENTRIES, **query)).json()
    empty = (await gateway.get(ENTRIES, user_id=99, **query)).json()

    plain = ["id", "hours", "requested_date", "submission_date", "user_id"]
    assert {tuple(each) for each in full["time_off_entries"].values()} == {(*plain, *extra)}
    assert list(full) == ["count", "meta", "results", "time_off_entries", *maps]
    assert list(empty) == list(full)
    assert all(empty[name] == {} for name in ("time_off_entries", *maps))


async def test_a_user_without_a_role_has_none(gateway, week):
    shown = (await gateway.get(ENTRIES, user_id=2, include="role")).json()

    assert {each["role_id"] for each in shown["time_off_entries"].values()} == {None}
    assert shown["roles"] == {}


async def test_users_are_listed_by_name_with_their_roles(gateway):
    answer = await gateway.get(f"{KANTATA}/users", include="role")

    shown = answer.json()
    assert [each["id"] for each in shown["results"]] == ["1", "2"]
    assert {id_: user["role_id"] for id_, user in shown["users"].items()} == {"1": "5", "2": None}
    assert list(shown["roles"]) == ["5"]
    assert (await gateway.get(f"{KANTATA}/users", only="2")).json()["count"] == 1


async def test_one_user_is_answered_in_the_same_envelope(gateway):
    listed = (await gateway.get(f"{KANTATA}/users", only="1")).json()

    assert (await gateway.get(f"{KANTATA}/users/1")).json() == listed


@pytest.mark.parametrize("id_", ["99", "ada", str(2**63), "VXNlcjox"])
async def test_an_unknown_user_is_404(gateway, id_):
    assert errors(await gateway.get(f"{KANTATA}/users/{id_}")) == (
        404,
        [("validation", "id", None)],
    )


async def test_roles_are_listed(gateway):
    assert (await gateway.get(f"{KANTATA}/roles")).json() == {
        "count": 1,
        "meta": {"count": 1, "page_count": 1, "page_number": 1, "page_size": 20},
        "results": [{"key": "roles", "id": "5"}],
        "roles": {"5": {"id": "5", "name": "Carpenter"}},
    }


async def test_references_are_listed_by_what_they_stand_on(gateway, week):
    address = f"{KANTATA}/external_references"

    every = (await gateway.get(address, subject_type="TimeOffEntry")).json()
    other = (await gateway.get(address, subject_type="Workspace")).json()

    assert [each["service_name"] for each in every["external_references"].values()] == [
        "jira",
        "bamboohr",
    ]
    assert every == (await gateway.get(address)).json()
    assert (other["count"], other["external_references"]) == (0, {})
