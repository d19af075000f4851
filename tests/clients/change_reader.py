"""A reader of the change feed: it remembers a cursor, and asks again after quiet pages."""

import asyncio
import sys

from gql import Client
from gql.transport.httpx import HTTPXAsyncTransport

# isort: split
# #region docs
from gql import gql

CHANGES = gql("""
    query Changes($companyId: ID!, $after: String) {
      changes(companyId: $companyId, after: $after, first: 500) {
        nodes { operation subjectType subjectId before after }
        pageInfo { hasNextPage endCursor }
      }
    }
""")


async def read_news(session, company_id, cursor=None):
    """Return what was committed after the cursor, and the cursor to remember."""
    news = []
    while True:
        CHANGES.variable_values = {"companyId": company_id, "after": cursor}
        page = (await session.execute(CHANGES))["changes"]
        news += page["nodes"]
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return news, cursor


# #endregion

COMPANY_OF_THE_USERS = gql("{ companies(first: 1) { nodes { id } } }")
CREATE = gql("""
    mutation {
      createTimeOffEntries(
        input: {timeOffEntries: [{userId: 101, requestedDate: "2033-03-08", hours: 1}]}
      ) { userErrors { code } }
    }
""")


async def main(url):
    async with Client(transport=HTTPXAsyncTransport(url=url)) as session:
        companies = await session.execute(COMPANY_OF_THE_USERS)
        company_id = companies["companies"]["nodes"][0]["id"]
        everything, cursor = await read_news(session, company_id)
        assert everything
        for _ in range(3):
            assert await read_news(session, company_id, cursor) == ([], cursor)
        await session.execute(CREATE)
        news, later = await read_news(session, company_id, cursor)
        assert [each["subjectType"] for each in news] == ["TimeOffEntry"]
        assert later != cursor


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
    sys.stdout.write("all passed\n")
