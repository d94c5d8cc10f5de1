"""The plot of the ratios, `docs/figures.svg`: what part of a rival's CPU a request takes here."""

from collections.abc import Iterator
from html import escape

from tests.benchmarks.measure import Samples
from tests.benchmarks.report import RIVALS, Ratio, ratios
from tests.contracts import ROOT

FILE = ROOT / "docs" / "figures.svg"

_WIDTH, _LEFT, _LINE = 760, 220, 22
_SCALE = (_WIDTH - _LEFT - 60) / 1.2
"""Pixels of a ratio of 1; what takes longer than 1.2 times is cut off."""

_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.powertools { fill: #8250df } .guide { fill: #0969da }
.spread { stroke: #1f2328; stroke-width: 1.5 } .budget { stroke: #cf222e; stroke-width: 2 }
.one { stroke: #8c959f; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .powertools { fill: #a371f7 } .guide { fill: #4493f8 }
  .spread { stroke: #e6edf3 } .budget { stroke: #ff7b72 }
}
"""


def write(samples: Samples) -> None:
    FILE.write_text(svg(samples), "utf-8")


def svg(samples: Samples) -> str:
    """A bar a ratio, with the middle half of the rounds as a line, and its budget as a stroke."""
    bars = [
        (f"{row[0]}: {row[1]}", rival, each)
        for row in samples
        for rival, each in ratios(samples, row).items()
        if each.budget is not None
    ]
    height = (len(bars) + 2) * _LINE
    one = _LEFT + _SCALE
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        "<title>Part of a rival's CPU that the service takes</title>",
        f"<style>{_STYLE}</style>",
        f'<line class="one" x1="{one:.0f}" x2="{one:.0f}" y1="0" y2="{height - _LINE}"/>',
        *(line for n, bar in enumerate(bars) for line in _bar(n * _LINE, *bar)),
        f'<text x="{_LEFT}" y="{height - 8}">0</text>',
        f'<text x="{one - 60:.0f}" y="{height - 8}">as much as the rival</text>',
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _bar(top: int, name: str, rival: str, ratio: Ratio) -> Iterator[str]:
    assert ratio.budget is not None
    low, middle, high, budget = (
        min(each, 1.2) * _SCALE for each in (ratio.low, ratio.median, ratio.high, ratio.budget)
    )
    label = escape(f"{name}, of {RIVALS[rival]}")
    yield f'<text x="0" y="{top + 15}">{label}</text>'
    yield f'<rect class="{rival}" x="{_LEFT}" y="{top + 4}" width="{middle:.1f}" height="14"/>'
    across, at = f'y1="{top + 11}" y2="{top + 11}"', _LEFT + budget
    yield f'<line class="spread" x1="{_LEFT + low:.1f}" x2="{_LEFT + high:.1f}" {across}/>'
    yield f'<line class="budget" x1="{at:.1f}" x2="{at:.1f}" y1="{top + 2}" y2="{top + 20}"/>'
    yield f'<text x="{_WIDTH - 40}" y="{top + 15}">{ratio.median:.2f}</text>'
