"""The words of the cards, in English and Japanese. Placeholders are filled with text that is escaped already."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.alerts.playbook import Kind, Locale
from services.alerts.state import Ended


@dataclass(frozen=True)
class Words:
    """One language. `date` takes weekday, day, month (a name where there are names) and time."""

    titles: Mapping[Kind, str]
    owner_next: Mapping[Kind, str]
    others_next: Mapping[Kind, str]
    outcomes: Mapping[Ended, str]
    labels: Mapping[str, str]
    stages: Mapping[str, str]
    teams: Mapping[str, str]
    said: Mapping[str, str]
    clocks: Mapping[str, str]
    buttons: Mapping[str, str]
    reject_reasons: Mapping[str, str]
    recycle_reasons: Mapping[str, str]
    reasons: Mapping[str, str]
    snoozes: Mapping[str, str]
    refusals: Mapping[str, str]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    day: str
    moment: str
    by: str
    someone: str
    unnamed: str
    person: str
    repeat: str
    digest: str
    after_label: str
    colon: str
    accepted_next: str


ENGLISH: Final = Words(
    titles={
        "assigned": "New handoff: {lead}",
        "reassigned": "Reassigned to you: {lead}",
        "moved": "Now with {other}: {lead}",
        "reminder": "Deadline is near: {lead}",
        "breach": "Deadline missed: {lead}",
        "waiting": "Waiting for an owner: {lead}",
        "returned": "Returned by {other}: {lead}",
        "stale": "Stale: {lead}",
    },
    owner_next={
        "assigned": "Accept the lead, or touch it (call, e-mail, meeting): a touch accepts it.",
        "reassigned": "Accept the lead, or touch it (call, e-mail, meeting): a touch accepts it.",
        "moved": "Nothing. Tell {other} what you know that is not written here.",
        "reminder": "Do it before the deadline, or reject the lead with a reason.",
        "breach": "Do it now, or reject the lead with a reason.",
        "waiting": "Give the lead an owner.",
        "returned": "Read the reason; mend and hand over again, or recycle.",
        "stale": "Call, write, recycle or snooze the lead.",
    },
    others_next={
        "breach": "Ask {owner} what is in the way, or change the owner.",
        "waiting": "Give the lead an owner, or free somebody for it.",
        "stale": "Ask {owner} what is planned, or change the owner.",
    },
    outcomes={
        "accepted": "Accepted by {who}, {at}",
        "met": "Done in time by {who}, {at}",
        "corrected": "It was done in time after all; it was reported late",
        "cancelled": "The deadline no longer applies",
        "touched": "{who} acted, {at}",
        "moved": "Now with {who}, since {at}",
        "assigned": "{who} has it, since {at}",
        "rejected": "Rejected by {who}, {at}",
        "done": "Handed on, {at}",
    },
    labels={
        "now": "Status",
        "owner": "Owner",
        "stage": "Stage",
        "source": "Source",
        "deadline": "Deadline",
        "score": "Why now",
        "notes": "Said before",
        "next": "What to do",
        "reason": "Reason",
        "lead": "Lead",
        "title": "Title",
        "points": "score {score}",
    },
    stages={
        "lead": "not yet MQL",
        "mql": "MQL",
        "sql": "SQL",
        "opportunity": "opportunity",
        "customer": "customer",
        "lost": "lost",
        "disqualified": "disqualified",
        "churned": "churned",
    },
    teams={"is": "Inside Sales", "fs": "Field Sales", "cs": "Customer Success"},
    said={
        "form.submitted": "form",
        "demo.requested": "demo request",
        "business_card.exchanged": "business card",
        "call.connected": "call",
        "call.attempted": "call, not reached",
        "email.sent": "e-mail",
        "meeting.held": "meeting",
        "promise.made": "promise",
        "lead.rejected": "rejected",
        "lead.returned": "returned",
        "lead.recycled": "recycled",
    },
    clocks={
        "accept": "accept",
        "first_touch": "first touch",
        "next_touch": "next touch",
        "opportunity": "open the opportunity",
    },
    buttons={
        "accept": "Accept",
        "connected": "Reached by phone",
        "attempted": "Called, not reached",
        "qualify": "Make it an SQL",
        "reject": "Reject …",
        "recycle": "Recycle …",
        "snooze": "Snooze …",
    },
    reject_reasons={
        "not_mine": "Not mine",
        "wrong_person": "Wrong person",
        "not_enough_context": "Not enough is known",
        "competitor": "Competitor",
        "other": "Other",
    },
    recycle_reasons={
        "no_budget": "No budget",
        "not_now": "Not now",
        "no_need": "No need",
        "cannot_be_reached": "Cannot be reached",
        "other": "Other",
    },
    reasons={
        "clock.breached": "deadline missed ({clock})",
        "owner.changed": "changed by hand",
        "lead.returned": "returned",
        "lead.sales_qualified": "handed over again",
    },
    snoozes={"1d": "1 day", "3d": "3 days", "7d": "1 week", "30d": "30 days"},
    refusals={
        "stranger": "Your Slack account belongs to no rep of the playbook, so nothing was recorded.",
        "unreadable": "Baton could not read this button, so nothing was recorded.",
    },
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    day="{day} {month}",
    moment="{weekday} {day} {month}, {time}",
    by="{what}: by {moment} ({zone})",
    someone="the owner",
    unnamed="lead {lead_id}",
    person="{name}",
    repeat="(possible repeat)",
    digest="{count} messages for you",
    after_label=": ",
    colon=": ",
    accepted_next="Make the next contact; the buttons log it.",
)

JAPANESE: Final = Words(
    titles={
        "assigned": "新しい引き渡し：{lead}",
        "reassigned": "担当変更（あなたが担当です）：{lead}",
        "moved": "担当変更（{other}さんが担当です）：{lead}",
        "reminder": "期限が近づいています：{lead}",
        "breach": "期限超過：{lead}",
        "waiting": "担当者が決まっていません：{lead}",
        "returned": "差し戻し（{other}さんから）：{lead}",
        "stale": "放置：{lead}",
    },
    owner_next={
        "assigned": "受諾してください。電話・メール・面談をすれば、それが受諾になります。",
        "reassigned": "受諾してください。電話・メール・面談をすれば、それが受諾になります。",
        "moved": "対応は不要です。ここに書かれていないことを{other}さんに伝えてください。",
        "reminder": "期限までに対応するか、理由を添えて辞退してください。",
        "breach": "すぐに対応するか、理由を添えて辞退してください。",
        "waiting": "担当者を決めてください。",
        "returned": "理由を確認し、補って改めて引き渡すか、ナーチャリングへ戻してください。",
        "stale": "連絡するか、ナーチャリングへ戻すか、スヌーズしてください。",
    },
    others_next={
        "breach": "{owner}さんに状況を確認するか、担当を変更してください。",
        "waiting": "担当者を決めるか、手の空く人を作ってください。",
        "stale": "{owner}さんに予定を確認するか、担当を変更してください。",
    },
    outcomes={
        "accepted": "{who}さんが受諾しました（{at}）",
        "met": "{who}さんが期限内に対応しました（{at}）",
        "corrected": "期限内に対応済みでした（報告が遅れて届きました）",
        "cancelled": "期限は取り消されました",
        "touched": "{who}さんが対応しました（{at}）",
        "moved": "担当は{who}さんに変わりました（{at}）",
        "assigned": "{who}さんが担当になりました（{at}）",
        "rejected": "{who}さんが辞退しました（{at}）",
        "done": "次の段階へ進みました（{at}）",
    },
    labels={
        "now": "現在",
        "owner": "担当者",
        "stage": "ステージ",
        "source": "流入元",
        "deadline": "期限",
        "score": "なぜ今か",
        "notes": "これまでの経緯",
        "next": "次にすること",
        "reason": "理由",
        "lead": "リード",
        "title": "役職",
        "points": "スコア {score}",
    },
    stages={
        "lead": "MQL前",
        "mql": "MQL",
        "sql": "SQL",
        "opportunity": "商談",
        "customer": "顧客",
        "lost": "失注",
        "disqualified": "対象外",
        "churned": "解約",
    },
    teams={"is": "インサイドセールス", "fs": "フィールドセールス", "cs": "カスタマーサクセス"},
    said={
        "form.submitted": "フォーム",
        "demo.requested": "デモ依頼",
        "business_card.exchanged": "名刺交換",
        "call.connected": "通話",
        "call.attempted": "架電（不在）",
        "email.sent": "メール",
        "meeting.held": "面談",
        "promise.made": "約束",
        "lead.rejected": "辞退",
        "lead.returned": "差し戻し",
        "lead.recycled": "ナーチャリングへ戻す",
    },
    clocks={
        "accept": "受諾",
        "first_touch": "初回対応",
        "next_touch": "次回対応",
        "opportunity": "商談化",
    },
    buttons={
        "accept": "受諾する",
        "connected": "電話がつながった",
        "attempted": "電話したが不在",
        "qualify": "SQLにする",
        "reject": "辞退する…",
        "recycle": "ナーチャリングへ戻す…",
        "snooze": "スヌーズする…",
    },
    reject_reasons={
        "not_mine": "自分の担当ではない",
        "wrong_person": "相手が違う",
        "not_enough_context": "情報が足りない",
        "competitor": "競合他社",
        "other": "その他",
    },
    recycle_reasons={
        "no_budget": "予算がない",
        "not_now": "時期が合わない",
        "no_need": "ニーズがない",
        "cannot_be_reached": "連絡がつかない",
        "other": "その他",
    },
    reasons={
        "clock.breached": "期限超過（{clock}）",
        "owner.changed": "手動で変更",
        "lead.returned": "差し戻し",
        "lead.sales_qualified": "再度の引き渡し",
    },
    snoozes={"1d": "1日", "3d": "3日", "7d": "1週間", "30d": "30日"},
    refusals={
        "stranger": "あなたのSlackアカウントに対応する担当者がプレイブックにないため、記録していません。",
        "unreadable": "このボタンを読み取れなかったため、記録していません。",
    },
    weekdays=("月", "火", "水", "木", "金", "土", "日"),
    months=tuple(str(month) for month in range(1, 13)),
    day="{month}月{day}日",
    moment="{month}月{day}日（{weekday}）{time}",
    by="{what}：{moment}まで（{zone}）",
    someone="担当者",
    unnamed="リード {lead_id}",
    person="{name} 様",
    repeat="（再送の可能性があります）",
    digest="お知らせが{count}件あります",
    after_label=" ",
    colon="：",
    accepted_next="次の連絡をしてください。ボタンで記録できます。",
)

WORDS: Final[Mapping[Locale, Words]] = {"en": ENGLISH, "ja": JAPANESE}
