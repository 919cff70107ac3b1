"""Phrases of the clocks: when they start and stop, and what happens after a breach."""

from typing import Final

PHRASES: Final = {
    "deadlines_note": (
        "A clock is a promise with a deadline. It runs in working time; each step below is taken once.",
        "期限は、営業時間で数える約束です。下の各段階は一度だけ行われます。",
    ),
    "no_clocks": ("The department has no clocks.", "この部門に期限はありません。"),
    "clock_for": ("{clock}: {condition}", "{clock}：{condition}"),
    "for_all": ("{clock}: every lead", "{clock}：すべてのリード"),
    "moment": ("When", "いつ"),
    "happens": ("What happens", "何が起きるか"),
    "starts_assigned": ("the rep is given the lead", "担当者がリードを受け取ったとき"),
    "starts_on": ("{activities} by the owner or the customer", "担当者か顧客の次の動きがあったとき：{activities}"),
    "start": ("Start", "開始"),
    "warned": ("{after} the start", "開始から{after}"),
    "warn": ("the owner is reminded that the deadline is near", "期限が近いことを担当者に知らせる"),
    "due": ("**Deadline**: {within}", "**期限**：{within}"),
    "stopped_by": ("any of these meets it: {activities}", "次のどれかがあれば達成：{activities}"),
    "never_stopped": ("nothing stops it", "止めるものはない"),
    "within": ("within {length}", "{length}以内"),
    "same_closing": ("by closing of the same day", "当日の終業まで"),
    "next_closing": ("by closing of the next business day", "翌営業日の終業まで"),
    "later_closing": ("by closing, {count} business days later", "{count}営業日後の終業まで"),
    "after": ("{length} after", "{length}"),
    "after_closing": ("at closing, {length} after", "{length}後の終業"),
    "breached_now": ("Once missed", "期限を過ぎたらすぐ"),
    "breached_later": ("{after} the deadline", "期限から{after}"),
    "remind": ("the owner is told that the deadline is missed", "期限超過を担当者に知らせる"),
    "reassign": (
        "the lead goes to somebody of its pool who has not had it",
        "担当グループの、まだ持っていない人に担当を変える",
    ),
    "notify": ("{who} is told", "{who}に知らせる"),
    "notify_owner": ("the owner", "担当者"),
    "notify_manager": ("the manager{names}", "責任者{names}"),
    "notify_fallback": ("the next in charge{names}", "責任者の次の人{names}"),
    "notify_channel": ("the channel of the department", "部門のチャンネル"),
    "nothing_after": ("Once missed", "期限を過ぎたら"),
    "recorded": ("the breach is recorded, and nobody is told", "期限超過を記録する（だれにも知らせない）"),
    "counted_in": ("Counted in", "数え方"),
    "owners_time": ("the owner's working time", "担当者の営業時間"),
    "calendars_time": ("the working time of {calendar}", "{calendar}の営業時間"),
    "pauses": ("Rests", "休止"),
    "pauses_on": ("from {pauses} until {resumes}", "{pauses}があってから、{resumes}があるまで"),
    "pauses_for_good": ("from {pauses} on", "{pauses}があってから"),
    "acknowledged": ("Acknowledged", "確認したとき"),
    "acknowledged_for": ("the steps rest for {length}", "以後の段階を{length}止める"),
    "for_every_clock": ("For every clock", "すべての期限に共通すること"),
    "in_time": (
        (
            "What counts is when something was done, not when it was entered: what was done in time and reported late"
            " corrects the breach."
        ),
        "数えるのは行動した時刻です。入力が遅れても、期限内の行動とわかれば期限超過を訂正します。",
    ),
    "source_delay": (
        "A clock starts when the lead reaches the rep: trade-show cards entered days later are not late on arrival.",
        "期限は、担当者がリードを受け取った時から数えます。数日後に登録された名刺が、届いた時点で期限超過になることはありません。",
    ),
    "snooze": (
        "A snoozed lead's clocks rest until the day that was named.",
        "スヌーズしたリードの期限は、指定した日まで止まります。",
    ),
    "acknowledge": (
        "Whoever acknowledges a breach stops the further steps for a while; if nothing is done, they go on.",
        "期限超過を「確認済み」にすると、以後の段階はしばらく止まります。対応がなければ再開します。",
    ),
    "after_reassigning": (
        (
            "After a reassignment the new owner has a clock of their own from the beginning; the manager"
            " hears of the missed"
            " one all the same."
        ),
        "担当を変えたあとは、新しい担当者の期限が最初から始まります。過ぎた期限のことは、責任者へも予定どおり知らせます。",
    ),
    "kept_version": (
        "A clock that runs keeps the edition that it started under.",
        "始まった期限は、始まったときの版のルールに従います。",
    ),
}
