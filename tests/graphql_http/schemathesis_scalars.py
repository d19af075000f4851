"""How schemathesis makes our scalars. Loaded by schemathesis itself, in its own environment."""

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

DAYS = st.dates().map(lambda day: day.replace(year=2026, day=min(day.day, 28)))

schemathesis.graphql.scalar(
    "Date",
    st.one_of(
        DAYS.map(lambda day: nodes.String(day.isoformat())),
        DAYS.map(lambda day: nodes.String(day.strftime("%m/%d/%y"))),
    ),
)
schemathesis.graphql.scalar(
    "LocalTime",
    st.times().map(lambda time: nodes.String(time.strftime("%H:%M"))),
)
schemathesis.graphql.scalar(
    "DateTime",
    st.datetimes().map(lambda instant: nodes.String(instant.strftime("2026-%m-%dT%H:%M:%SZ"))),
)
schemathesis.graphql.scalar("JSON", st.integers(0, 9).map(nodes.Int))
