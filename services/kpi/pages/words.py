"""The words of the pages in Japanese and English; the field's terms, everywhere the same."""

from collections.abc import Mapping
from typing import Final, Literal

Lang = Literal["en", "ja"]

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("Where every lead stands", "リードの現在地"),
    "as_of": ("As of", "時点"),
    "other_language": ("日本語", "English"),
    "skip": ("Skip to the numbers", "本文へ"),
    "all_moving": ("Nothing is past its deadline.", "期限超過はありません。"),
    "past_one": ("1 lead is past its deadline.", "期限超過のリードが1件あります。"),
    "past_many": ("{n} leads are past their deadline.", "期限超過のリードが{n}件あります。"),
    "waiting_one": ("1 waits for an owner.", "担当待ちは1件です。"),
    "waiting_many": ("{n} wait for an owner.", "担当待ちは{n}件です。"),
    "longest": (
        "Longest without action: {hours} working hours, at {stage}, with {owner}.",
        "最も長く動きがないのは{stage}・{owner}の{hours}営業時間です。",
    ),
    "nothing_in_hand": ("No lead is in anyone's hands.", "対応中のリードはありません。"),
    "relay": ("The relay now", "いまのリレー"),
    "relay_note": (
        "Leads at each stage; between them, the share that went on.",
        "各ステージの件数と、次へ進んだ割合。",
    ),
    "stuck": ("Who has what, and for how long", "誰が何件、どれだけ持っているか"),
    "stuck_note": (
        "Worst first. Hours are working hours since anybody last acted.",
        "悪い順。時間は最後の対応からの営業時間です。",
    ),
    "nothing_stuck": ("No lead is waiting for anybody.", "対応待ちのリードはありません。"),
    "stage": ("Stage", "ステージ"),
    "team": ("Team", "チーム"),
    "owner": ("Owner", "担当者"),
    "leads": ("Leads", "リード"),
    "open_leads": ("Open", "対応中"),
    "hours": ("Working hours idle", "動きなし（営業時間）"),
    "oldest": ("Longest idle", "最長"),
    "breached": ("Past deadline", "期限超過"),
    "waiting": ("Waiting", "担当待ち"),
    "stale": ("Stale", "放置"),
    "state": ("State", "状態"),
    "on_track": ("On track", "順調"),
    "nobody": ("nobody yet", "未割り当て"),
    "h": ("h", "時間"),
    "sla": ("Deadlines kept", "期限の遵守"),
    "sla_note": ("Clocks met, of those that ended.", "決着したもののうち、期限内だった割合。"),
    "clock": ("Clock", "期限の種類"),
    "clock_accept": ("Accept", "受諾"),
    "clock_first_touch": ("First touch", "初回対応"),
    "clock_next_touch": ("Next touch", "次回対応"),
    "clock_opportunity": ("Opportunity", "商談化"),
    "kept": ("Kept", "遵守率"),
    "met": ("Met", "期限内"),
    "no_sla": ("No clock has ended yet.", "決着した期限はまだありません。"),
    "response_rate": ("Response rate", "リード対応率"),
    "connect_rate": ("Connect rate", "通電率"),
    "speed": ("Speed to lead", "初回対応までの時間"),
    "speed_unit": ("working time, median", "営業時間・中央値"),
    "p90": ("p90", "90%点"),
    "of_handed": ("of {n} handed over, within {within}", "引き渡し{n}件中、{within}以内"),
    "business_days_one": ("{n} business day", "{n}営業日"),
    "business_days_many": ("{n} business days", "{n}営業日"),
    "of_work": ("of working time", "営業時間"),
    "of_calls": ("of {n} calls", "架電{n}件中"),
    "rates": ("Conversion", "転換率"),
    "period_note": (
        "Period: entries into the next stage over entries into this one, both in the period.",
        "期間：期間内の次ステージへの到達数÷このステージへの到達数。",
    ),
    "cohort_note": (
        "Cohort: of the entries into this stage in the period, the share that has reached the next one by now.",
        "コホート：期間内にこのステージへ入ったもののうち、今までに次へ進んだ割合。",
    ),
    "rate": ("Rate", "率"),
    "period": ("Period", "期間"),
    "cohort": ("Cohort", "コホート"),
    "target": ("Target", "目標"),
    "lead_to_mql": ("Lead to MQL", "リード→MQL"),
    "mql_to_sql": ("MQL to SQL", "MQL→SQL"),
    "sql_to_opportunity": ("SQL to opportunity", "SQL→商談"),
    "win": ("Win rate", "受注率"),
    "by_source": ("By source", "流入元別"),
    "source": ("Source", "流入元"),
    "unknown": ("unknown", "不明"),
    "by_rep": ("By rep", "担当者別"),
    "by_day": ("Day by day", "日別"),
    "day": ("Day", "日"),
    "latest_days": ("The latest days as a table", "直近の日を表で見る"),
    "calls": ("Calls", "架電"),
    "mqls": ("MQL", "MQL"),
    "sqls": ("SQL", "SQL"),
    "opportunities": ("Opportunities", "商談"),
    "won": ("Won", "受注"),
    "lost": ("Lost", "失注"),
    "returned": ("Returned", "差し戻し"),
    "recycled": ("Recycled", "ナーチャリングへ戻す"),
    "won_amount": ("Won amount", "受注額"),
    "cost_per_mql": ("Cost per MQL", "MQL単価"),
    "all_time": ("All time", "全期間"),
    "days": ("{n} days", "{n}日間"),
    "since": ("At this stage since", "このステージから"),
    "due": ("Next deadline", "次の期限"),
    "overdue": ("overdue", "期限切れ"),
    "status": ("Handoff", "引き渡し"),
    "lead": ("Lead", "リード"),
    "lead_list": ("Leads", "リード一覧"),
    "list_note": ("{n} leads, worst first.", "{n}件、悪い順。"),
    "listed_of": ("{n} leads; the worst {shown} are shown.", "{n}件のうち、悪い順に{shown}件。"),
    "no_leads": ("No lead is here.", "該当するリードはありません。"),
    "back": ("Overview", "全体へ"),
    "stage_lead": ("Not yet MQL", "MQL前"),
    "stage_nurturing": ("Nurturing", "ナーチャリング中"),
    "stage_mql": ("MQL", "MQL"),
    "stage_sql": ("SQL", "SQL"),
    "stage_opportunity": ("Opportunity", "商談"),
    "stage_customer": ("Customer", "顧客"),
    "stage_lost": ("Lost", "失注"),
    "stage_disqualified": ("Disqualified", "対象外"),
    "stage_churned": ("Churned", "解約"),
    "team_is": ("Inside Sales", "インサイドセールス"),
    "team_fs": ("Field Sales", "フィールドセールス"),
    "team_cs": ("Customer Success", "カスタマーサクセス"),
    "status_none": ("–", "–"),
    "status_waiting": ("waiting for an owner", "担当待ち"),
    "status_assigned": ("assigned", "割り当て済み"),
    "status_accepted": ("accepted", "受諾済み"),
    "status_worked": ("being worked", "対応中"),
    "status_done": ("done", "完了"),
    "status_rejected": ("rejected", "受諾せず"),
    "foot": (
        "One definition of each number, recomputable from the events.",
        "数字の定義はひとつ。すべてイベントから再計算できます。",
    ),
}


class Words:
    """The words of one language; `words("stage_mql")`, or a given fallback for names that the company made up."""

    def __init__(self, lang: Lang) -> None:
        self.lang: Lang = lang
        self._place = 1 if lang == "ja" else 0

    def __call__(self, key: str, **values: object) -> str:
        return WORDS[key][self._place].format(**values)

    def named(self, kind: str, name: str) -> str:
        """The word for one of a kind, such as a clock or a team; its own name where we have none."""
        found = WORDS.get(f"{kind}_{name}")
        return found[self._place] if found else name

    def counted(self, key: str, n: int) -> str:
        return self(f"{key}_{'one' if n == 1 else 'many'}", n=f"{n:,}")
