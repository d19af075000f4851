"""What is kept out of the server's own log lines, which name the path of each request."""

import logging
import re
from typing import Final

_LINK: Final = re.compile(r"(/feeds/)[^\s\"]+", re.IGNORECASE)


class WithoutFeedLinks(logging.Filter):
    """Masks the links of calendar feeds: whoever reads one could read the feed."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line pass, without the secret in it.

        >>> line = logging.LogRecord("", 0, "", 0, "%s %d", ("GET /feeds/se%20cret.ics", 200), None)
        >>> WithoutFeedLinks().filter(line), line.getMessage()
        (True, 'GET /feeds/*** 200')
        """
        record.msg = _masked(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(map(_masked, record.args))
        return True


def _masked(part: object) -> object:
    return _LINK.sub(r"\1***", part) if isinstance(part, str) else part
