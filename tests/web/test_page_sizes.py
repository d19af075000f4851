"""What the pages of the browser weigh on their way there."""

import pytest

from app.web import calendar, directory

MOST_BYTES = 200_000


@pytest.mark.browser
@pytest.mark.usefixtures("calendar_bundle")
@pytest.mark.parametrize("bundle", [calendar.BUNDLE, directory.BUNDLE], ids=lambda each: each.name)
def test_a_page_in_its_longest_language_stays_small(bundle):
    manifest = bundle.find_manifest()
    begun = [manifest["script"], *manifest["styles"]]
    compressed = {each.name.removesuffix(".gz"): each for each in bundle.folder.glob("*.gz")}
    later = max(file.stat().st_size for name, file in compressed.items() if name not in begun)

    total = later + sum(compressed[name].stat().st_size for name in begun)

    assert total < MOST_BYTES
