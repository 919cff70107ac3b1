"""The words of the pages in Japanese and English; the field's terms, everywhere the same."""

from collections.abc import Mapping
from typing import Final, Literal

from shared.locales import Locale

NO_LABELS: Final[Mapping[str, str]] = {}

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
    "of_due": (
        "of {n} handed over, within {within}; {pending} more still in time",
        "引き渡し{n}件中、{within}以内（ほか{pending}件は期限前）",
    ),
    "under_a_minute": ("under 1 min", "1分未満"),
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
    "source_web": ("Website", "Webサイト"),
    "source_website": ("Website", "Webサイト"),
    "source_form": ("Web form", "Webフォーム"),
    "source_webinar": ("Webinar", "ウェビナー"),
    "source_seminar": ("Seminar", "セミナー"),
    "source_exhibition": ("Exhibition", "展示会"),
    "source_trade_show": ("Trade show", "展示会"),
    "source_event": ("Event", "イベント"),
    "source_referral": ("Referral", "紹介"),
    "source_partner": ("Partner", "パートナー"),
    "source_ad": ("Advertising", "広告"),
    "source_ads": ("Advertising", "広告"),
    "source_email": ("E-mail", "メール"),
    "source_outbound": ("Outbound", "アウトバウンド"),
    "source_inbound": ("Inbound", "インバウンド"),
    "source_organic": ("Web search", "自然検索"),
    "source_social": ("Social media", "SNS"),
    "source_phone": ("Telephone", "電話"),
    "source_list": ("List", "リスト"),
    "source_business_card": ("Business card", "名刺"),
    "source_other": ("Other", "その他"),
    "source_unknown": ("Unknown", "不明"),
    "by_rep": ("By rep", "担当者別"),
    "by_day": ("Day by day", "日別"),
    "day": ("Day", "日"),
    "drawn_days": (
        "{first} to {last}, every day. The figures are sums of these days.",
        "{first}〜{last}。数字はこの期間の合計です。",
    ),
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
    "list_note_one": ("1 lead.", "1件。"),
    "list_note_many": ("{n} leads, worst first.", "{n}件、悪い順。"),
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
    "not_understood": ("This address cannot be understood", "このアドレスは読み取れません"),
    "expected": (
        "The part “{name}” of the address is “{given}”; expected: {expected}.",
        "アドレスの「{name}」が「{given}」になっています。指定できるもの：{expected}。",
    ),
    "expected_days": (
        "a whole number of days from 1 up, such as 30, or nothing for all time",
        "1以上の整数の日数（例：30）。全期間なら何も付けません",
    ),
    "expected_flag": ("1 or true for yes, 0 or false for no", "はいなら1かtrue、いいえなら0かfalse"),
    "expected_one_of": ("one of {known}", "{known}のいずれか"),
    "foot": (
        "One definition of each number, recomputable from the events.",
        "数字の定義はひとつ。すべてイベントから再計算できます。",
    ),
}


class Words:
    """The words of one language; `words("stage_mql")`. The company's `labels` go before ours for what it named."""

    def __init__(self, lang: Locale, labels: Mapping[str, str] = NO_LABELS) -> None:
        self.lang: Locale = lang
        self._place = 1 if lang == "ja" else 0
        self._labels = labels

    def __call__(self, key: str, **values: object) -> str:
        return WORDS[key][self._place].format(**values)

    def named(self, kind: str, name: str, otherwise: str | None = None) -> str:
        """The word for one of a kind, such as a stage or a team; its own name, or what is given, where we have none."""
        found = WORDS.get(f"{kind}_{name}")
        return found[self._place] if found else name if otherwise is None else otherwise

    def coded(self, kind: Literal["clock", "source"], code: str) -> str:
        """The company's word for a clock or a lead source, else ours, else its code without the underscores."""
        return self._labels.get(code) or self.named(kind, code.lower(), code.replace("_", " "))

    def counted(self, key: str, n: int) -> str:
        return self(f"{key}_{'one' if n == 1 else 'many'}", n=f"{n:,}")
