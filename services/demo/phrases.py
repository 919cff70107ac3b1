"""What the terminal says about itself, in both languages."""

from pathlib import Path
from typing import Final

from services.demo.show import Told

SECONDS: Final = Told("s", "秒")
EVENTS_A_SECOND: Final = Told("events/s", "件/秒")
FIRST_CARD: Final = Told("first card", "最初のカード")
STOP_HINT: Final = Told("Ctrl-C: stop", "Ctrl-C：停止")
STOPPING: Final = Told("stopping … (again: at once)", "停止しています…（もう一度押すとすぐに終わります）")
STOPPED: Final = Told("stopped: nothing is left running", "停止しました。動いたまま残っているものはありません")


def address(url: str, wanted: int, found: int) -> Told:
    """Where the page is, and why not at the port that was wanted; 0 is any port."""
    if wanted in (0, found):
        return Told(url, url)
    return Told(
        f"{url}  (port {wanted} is taken, so the page is here)",
        f"{url}  （ポート {wanted} は使用中のため、ページはこちらです）",
    )


def look_in(file: Path, lead_id: str) -> Told:
    """How another terminal asks this run."""
    commands = f"source {file}; baton lead {lead_id}; baton quarantine list"
    return Told(f"in another terminal: {commands}", f"別の端末から：{commands}")
