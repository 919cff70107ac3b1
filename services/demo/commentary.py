"""What is worth telling while the whole company works: deals won, deadlines passed, leads given to somebody else."""

from services.demo.show import Show
from shared.events import Event
from shared.events.derived import ClockBreached, LeadReassigned, LeadWaiting, StageChanged


class Commentary:
    """Says on page and terminal what an event means; events of one kind may follow each other at once."""

    def __init__(self, show: Show) -> None:
        self._show = show

    def hear(self, event: Event) -> None:
        match event.data:
            case StageChanged(to="customer", retracted=False, revision=0 | 1, rep_id=rep):
                who = self._show.names.get(rep or "", "")
                self._show.say(
                    f"Won: {who} closed a deal; Customer Success takes over.",
                    f"受注：{who}さんが成約。カスタマーサクセスへ引き渡します。",
                )
            case ClockBreached(action="none", owner_id=owner):
                who = self._show.names.get(owner or "", "")
                self._show.say(
                    f"A deadline passed with {who}: told at once, the manager later.",
                    f"期限超過：{who}さんのリードに対応がありません。すぐに本人へ、次に上長へ知らせます。",
                )
            case LeadReassigned(owner_id=owner, previous_owner_id=previous):
                who, whose = self._show.names.get(owner, owner), self._show.names.get(previous or "", "")
                self._show.say(
                    f"A lead that {whose} left lying goes to {who}.", f"担当変更：{whose}さんから{who}さんへ。"
                )
            case LeadWaiting():
                self._show.say(
                    "Nobody is free for a lead: it waits, the oldest first.",
                    "担当できる人がいません。古い順に待ちます。",
                )
            case _:
                return
