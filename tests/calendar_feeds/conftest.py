"""The application over each database: its API and its feeds, as one client has them."""

import pytest

from tests.calendar_feeds.feeds import Gateway, gateway_over


@pytest.fixture
async def gateway(database_url):
    async with gateway_over(database_url) as gateway:
        yield gateway


@pytest.fixture
async def staffed(gateway: Gateway) -> Gateway:
    """A gateway with a company of one user and one person, who are two humans."""
    await gateway.put_everyone()
    return gateway
