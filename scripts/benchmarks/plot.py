"""The medians as a picture: a panel a workload, a bar a server; plain SVG."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

from scripts.benchmarks.load import Visit
from scripts.benchmarks.report import Visits, median_of
from scripts.benchmarks.servers import GATEWAY
from scripts.benchmarks.workloads import DURABLE_WRITERS, WORKLOADS

PANEL_WIDTH: Final = 460
LABELS_WIDTH: Final = 130
BAR_WIDTH: Final = PANEL_WIDTH - LABELS_WIDTH - 80
BAR_HEIGHT: Final = 16
LINE: Final = BAR_HEIGHT + 6
TITLE_HEIGHT: Final = 34
MARGIN: Final = 20
COLUMNS: Final = 2

# Grey is readable on a light and on a dark page.
_STYLE: Final = """
text { font: 12px system-ui, sans-serif; fill: #777 }
.title { font-size: 14px; font-weight: 600 }
.figure { font-variant-numeric: tabular-nums }
.gateway { fill: #2f81f7; font-weight: 600 }
.peer { fill: #9aa4b2 }
"""


def svg(visits: Visits) -> str:
    """Return the picture: what one core answers in a second, by the CPU time of an answer."""
    panels = list(visits.items())
    rows = [panels[start : start + COLUMNS] for start in range(0, len(panels), COLUMNS)]
    height = MARGIN
    parts: list[str] = []
    for row in rows:
        for column, (workload, of_peer) in enumerate(row):
            parts += _panel(MARGIN + column * PANEL_WIDTH, height, workload, of_peer)
        height += TITLE_HEIGHT + LINE * max(len(of_peer) for _, of_peer in row) + MARGIN
    width = 2 * MARGIN + COLUMNS * PANEL_WIDTH
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    title = "Answers a second of one core: the gateway and its peers"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            f"<title>{title}</title>",
            f"<style>{_STYLE}</style>",
            *parts,
            "</svg>\n",
        ]
    )


def _panel(x: int, y: int, workload: str, of_peer: Mapping[str, Sequence[Visit]]) -> Iterator[str]:
    is_about_the_disk = workload == DURABLE_WRITERS
    unit = "answers/s" if is_about_the_disk else "answers/s of one core"
    what = f"{workload}: {WORKLOADS[workload].what}, {unit}"
    yield f'<text class="title" x="{x}" y="{y + 14}">{escape(what)}</text>'
    rates = {peer: _rate(mine, measured=is_about_the_disk) for peer, mine in of_peer.items()}
    fastest = max(rates.values(), default=1)
    for place, (peer, rate) in enumerate(rates.items()):
        top = y + TITLE_HEIGHT + place * LINE
        middle = top + BAR_HEIGHT - 4
        kind = "gateway" if peer == GATEWAY.name else "peer"
        length = max(1, round(BAR_WIDTH * rate / fastest))
        start = x + LABELS_WIDTH
        yield f'<text class="{kind}" x="{start - 8}" y="{middle}" text-anchor="end">{peer}</text>'
        yield f'<rect class="{kind}" x="{start}" y="{top}" width="{length}" height="{BAR_HEIGHT}"/>'
        yield f'<text class="figure" x="{start + length + 6}" y="{middle}">{rate:,.0f}</text>'


def _rate(visits: Sequence[Visit], *, measured: bool) -> float:
    """Return answers a second: as measured, or as one core would give them."""
    if measured:
        return median_of(visits, "per_second")
    return 1000 / max(median_of(visits, "cpu_ms"), 1e-6)
