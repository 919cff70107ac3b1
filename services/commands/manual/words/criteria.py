"""Phrases of conditions, and of what makes an MQL."""

from typing import Final

CONDITIONS: Final = {
    "eq": ("{field} is {value}", "{field}が{value}"),
    "ne": ("{field} is not {value}", "{field}が{value}以外"),
    "in": ("{field} is {value}", "{field}が{value}"),
    "not_in": ("{field} is not {value}", "{field}が{value}以外"),
    "nor": ("{first} or {last}", "{first}、{last}"),
    "contains": ("{field} contains {value}", "{field}に{value}を含む"),
    "matches": ("{field} matches the pattern {value}", "{field}が{value}のパターンに合う"),
    "changed_to": ("{field} has become {value}", "{field}が{value}に変わった"),
    "known": ("{field} is known", "{field}がわかっている"),
    "unknown": ("{field} is not known", "{field}がわかっていない"),
    "range": ("{field} {value}", "{field}が{value}"),
    "ge": ("at least {value}", "{value}以上"),
    "gt": ("more than {value}", "{value}を超える"),
    "le": ("at most {value}", "{value}以下"),
    "lt": ("less than {value}", "{value}未満"),
    "both_ends": ("{low} and {high}", "{low}、{high}"),
    "all": ("{first}, and {last}", "{first}、かつ{last}"),
    "any": ("{first}, or {last}", "{first}、または{last}"),
    "not": ("not: {part}", "「{part}」ではない"),
    "grouped": ("({part})", "（{part}）"),
    "quoted": ("“{text}”", "「{text}」"),
    "always": ("always", "常に"),
    "never": ("never", "該当なし"),
    "nothing": ("nothing", "なし"),
}

PHRASES: Final = {
    **CONDITIONS,
    "no_mql": (
        "The playbook does not say what makes an MQL: no lead is handed to sales by itself.",
        "MQLの基準は決められていません。リードが自動で営業へ渡ることはありません。",
    ),
    "mql_is": (
        "A lead becomes an **MQL** when its score reaches **{threshold} points or more**{min_fit}.",
        "スコアが**{threshold}点以上**{min_fit}になったリードを、**MQL**とします。",
    ),
    "min_fit": (" and its fit is at least **{points}**", "で、かつ属性の点が**{points}点以上**"),
    "score_is": (
        (
            "The score is the sum of the points for **fit** (who they are{fit}) and **engagement** (what they did"
            "{engagement})."
        ),
        "スコアは、**属性**の点（どんな人か{fit}）と**行動**の点（何をしたか{engagement}）の合計です。",
    ),
    "between": ("from {low} to {high}", "{low}〜{high}点"),
    "at_most_points": ("at most {high}", "最大{high}点"),
    "at_least_points": ("not under {low}", "最小{low}点"),
    "instant": (
        "A lead that raises its hand becomes an MQL at once, whatever its points: {activities}.",
        "自分から手を挙げたリードは、点数にかかわらず、すぐにMQLになります：{activities}。",
    ),
    "unless": (
        "Never an MQL, not even at once, if any of this holds:",
        "次のどれかにあてはまるリードは、手を挙げた場合でもMQLにしません：",
    ),
    "once_per_cycle": (
        (
            "A lead becomes an MQL once per cycle. One that goes back to nurturing begins a new cycle, and may"
            " qualify again."
        ),
        "MQLになるのは1周に1回です。ナーチャリングへ戻ったリードは次の周に入り、あらためてMQLになれます。",
    ),
    "cooled": (
        "A score that falls with time undoes nothing: what was handed over stays handed over.",
        "時間がたってスコアが下がっても、引き渡したものは取り消しません。",
    ),
    "rearm": (
        "Before it can qualify again, the score must have been under {points}.",
        "ふたたびMQLになるには、いったんスコアが{points}点を下回る必要があります。",
    ),
    "fit_rules": ("Fit: who they are", "属性：どんな人か"),
    "engagement_rules": ("Engagement: what they did", "行動：何をしたか"),
    "no_rules": ("There are no rules.", "ルールはありません。"),
    "rule": ("Rule", "ルール"),
    "when": ("When", "条件"),
    "points": ("Points", "点"),
    "counted": ("Counted", "数え方"),
    "decay": ("With time", "時間がたつと"),
    "repeat_always": ("every time", "毎回"),
    "repeat_once": ("once", "1回だけ"),
    "repeat_once_per": ("once per {object}", "{object}ごとに1回"),
    "repeat_at_most_one": ("at most once in {period}", "{period}に1回まで"),
    "repeat_at_most": ("at most {count} times in {period}", "{period}に{count}回まで"),
    "half_life": ("halves every {period}", "{period}ごとに半分"),
    "window": ("gone after {period}", "{period}で消える"),
    "stays": ("stays", "減らない"),
    "group": ("{group} ({bounds})", "{group}（{bounds}）"),
    "cap_note": (
        "Points over a limit do not count; what a group may give at most stands beside its name.",
        "上限を超えた点は数えません。グループごとの上限は、名前の横のとおりです。",
    ),
    "keep_note": (
        "Of each rule, the latest {count} activities count.",
        "1つのルールで数えるのは、直近{count}件の行動までです。",
    ),
    "machines": ("Machine activity", "機械による開封・クリック"),
    "machines_note": (
        (
            "Mail scanners open mails and follow links before anybody reads them. Such opens and clicks are"
            " kept in the log"
            " and give no points. They are known by any of these signs:"
        ),
        (
            "メールのセキュリティ製品などは、本人が読む前にメールを開き、リンクをたどります。"
            "こうした開封とクリックは記録に残しますが、点にはしません。次のどれかにあてはまれば、機械によるものとします。"
        ),
    ),
    "machine_said": ("The mailing tool says so.", "メール配信ツールがそう報告している"),
    "machine_agents": (
        "The program names itself as one: {agents}.",
        "名乗っているプログラム名に次のどれかを含む：{agents}",
    ),
    "machine_networks": ("It comes from {networks}.", "次のアドレスから来ている：{networks}"),
    "machine_delivery": ("Within {length} of the delivery.", "到着から{length}以内の開封・クリック"),
    "machine_links": (
        "Several links of one mail within {length}.",
        "1通のメールの複数のリンクを{length}以内にクリック",
    ),
    "machine_unopened": (
        "A click on a mail that was not opened within {length} before or after.",
        "前後{length}以内に開封のないメールのクリック",
    ),
}
