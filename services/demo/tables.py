"""The tables of the terminal's dashboard; their columns keep their width whatever is in them."""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.cells import cell_len
from rich.markup import escape
from rich.table import Column, Table

from services.kpi.pages.words import Words
from services.kpi.stuck import FunnelStage, StuckRow
from shared.locales import Locale

ROWS: Final = 8
PADDING_CELLS: Final = 2
NUMBER_CELLS: Final = 6
STUCK_RATIOS: Final = (15, 18, 8, 18, 15)
"""In a terminal of 80 columns, the cells of each column: no heading is cut off in either language."""


def funnel(stages: Sequence[FunnelStage], lang: Locale) -> Table:
    """How many leads stand at each stage."""
    words = Words(lang)
    heads = (words.named("stage", stage.stage) for stage in stages)
    ratios = ((head, max(cell_len(head), NUMBER_CELLS) + PADDING_CELLS) for head in heads)
    table = Table(*(share(head, ratio) for head, ratio in ratios), expand=True)
    table.add_row(*(f"[bold]{stage.count:,}[/]" for stage in stages))
    return table


def stuck(rows: Sequence[StuckRow], names: Mapping[str, str], lang: Locale) -> Table:
    """Who has what for how long, as the kpi service orders it."""
    words = Words(lang)
    heads = (
        words("owner"),
        words("stage"),
        words("open_leads"),
        f"{words('oldest')} ({words('h')})",
        words("breached"),
    )
    columns = (share(head, ratio) for head, ratio in zip(heads, STUCK_RATIOS, strict=True))
    table = Table(*columns, title=words("stuck"), title_justify="left", expand=True)
    for row in rows[:ROWS]:
        owner = names.get(row.owner, row.owner) or words("nobody")
        late = f"[bold red]{row.breached}[/]" if row.breached else ""
        table.add_row(
            escape(owner), words.named("stage", row.stage), str(row.count), f"{row.oldest_working_hours:.1f}", late
        )
    return table


def share(head: str, ratio: int) -> Column:
    """A share of the width that does not hang on what is in it; what is too long is cut off."""
    return Column(head, ratio=ratio, no_wrap=True, overflow="ellipsis")
