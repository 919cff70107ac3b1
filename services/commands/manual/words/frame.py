"""The frame of the manual: title, contents, people, working time, targets, signatures."""

from typing import Final

PHRASES: Final = {
    "title": ("Operating manual for handing leads on", "リード引き渡し運用マニュアル"),
    "of_company": ("{company}: {title}", "{company}　{title}"),
    "edition": ("Edition", "版"),
    "playbook": ("Playbook", "プレイブック"),
    "as_of": ("As of", "作成日"),
    "preface": (
        (
            "This manual is what {departments} have agreed on. It is generated from the playbook, by which Baton works:"
            " what is written here is what happens. Whoever wants it otherwise changes the playbook, and the"
            " departments"
            " sign anew."
        ),
        (
            "このマニュアルは、{departments}が合意した取り決めです。Batonを動かすプレイブックから作られているため、"
            "ここに書かれたことがそのまま実行されます。変えるときはプレイブックを変更し、各部門があらためて署名します。"
        ),
    ),
    "contents": ("Contents", "目次"),
    "people": ("Who does what", "体制と営業時間"),
    "criteria": ("What makes an MQL", "MQLの基準"),
    "giving": ("Who gets which lead", "担当の決め方"),
    "handovers": ("The handovers", "部門間の引き渡し"),
    "deadlines": ("The clocks", "期限（SLA）"),
    "telling": ("What is told to whom in Slack", "Slackでのお知らせ"),
    "targets": ("Targets", "目標"),
    "signatures": ("Signatures", "署名"),
    "or": ("{first} or {last}", "{first}または{last}"),
    "and": ("{first} and {last}", "{first}、{last}"),
    "from_to": ("{first} to {last}", "{first}〜{last}"),
    "second_one": ("{count} second", "{count}秒"),
    "second": ("{count} seconds", "{count}秒"),
    "minute_one": ("{count} minute", "{count}分"),
    "minute": ("{count} minutes", "{count}分"),
    "hour_one": ("{count} hour", "{count}時間"),
    "hour": ("{count} hours", "{count}時間"),
    "day_one": ("{count} day", "{count}日"),
    "day": ("{count} days", "{count}日"),
    "business_day_one": ("{count} business day", "{count}営業日"),
    "business_day": ("{count} business days", "{count}営業日"),
    "department": ("Department", "部門"),
    "takes": ("Takes", "受け取るもの"),
    "gives": ("Gives on", "次へ渡すもの"),
    "marketing_takes": ("activity of prospects", "見込み客の行動"),
    "marketing_gives": ("MQLs", "MQL"),
    "is_takes": ("MQLs", "MQL"),
    "is_gives": ("SQLs", "SQL"),
    "fs_takes": ("SQLs", "SQL"),
    "fs_takes_mql": ("MQLs", "MQL"),
    "fs_gives": ("won deals", "受注した顧客"),
    "cs_takes": ("customers", "受注した顧客"),
    "cs_gives": ("continued use and growth", "継続利用と取引の拡大"),
    "manager": ("Manager", "責任者"),
    "fallback": ("Next in charge", "責任者の次の人"),
    "none": ("–", "―"),
    "name": ("Name", "氏名"),
    "role": ("Role", "役割"),
    "hours": ("Working hours", "営業時間"),
    "weight": ("Weight", "重み"),
    "daily_cap": ("At most a day", "1日の上限"),
    "open_cap": ("At most open", "対応中の上限"),
    "unlimited": ("no limit", "上限なし"),
    "leads_one": ("{count} lead", "{count}件"),
    "leads": ("{count} leads", "{count}件"),
    "leave": ("Planned leave", "予定されている休暇"),
    "skills": ("skills: {skills}", "スキル：{skills}"),
    "member": ("Rep", "担当者"),
    "inactive": ("not active", "休止中"),
    "no_reps": ("Nobody is named.", "担当者は決まっていません。"),
    "always_open": ("always at work", "常に営業"),
    "weight_note": (
        (
            "Weight is a rep's share where leads are given out in turn: one of weight 2 gets twice as many as one of"
            " weight 1. Whoever has reached a limit gets no more leads until there is room again."
        ),
        (
            "「重み」は順番に渡すときの配分です。重み2の担当者は、重み1の担当者の2倍のリードを受け取ります。"
            "上限に達した担当者には、空きができるまで新しいリードを渡しません。"
        ),
    ),
    "working_time": ("Working time and days off", "営業時間と休業日"),
    "working_time_note": (
        (
            "Every deadline counts working time only. What runs out exactly at closing is due at closing;"
            " what starts outside working hours starts at the next opening."
        ),
        (
            "期限はすべて営業時間だけで数えます。終業ちょうどに使い切る期限は、その日の終業が期限です。"
            "営業時間外に始まるものは、次の始業から数えます。"
        ),
    ),
    "no_calendar": (
        "The playbook has no calendar: everybody counts as always at work.",
        "カレンダーがないため、全員が常に営業しているものとして数えます。",
    ),
    "calendar": ("Calendar", "カレンダー"),
    "zone": ("Time zone", "タイムゾーン"),
    "weekdays": ("{first} to {last}", "{first}〜{last}"),
    "days_off": ("Days off until {until}", "{until}までの休業日"),
    "days_off_of": ("Days off of {calendars} until {until}", "{calendars}の{until}までの休業日"),
    "days_off_note": (
        "Only days that would otherwise be worked are listed.",
        "もともと営業しない曜日にあたる日は省いています。",
    ),
    "no_days_off": ("There are none in that year.", "この1年間に休業日はありません。"),
    "date": ("Date", "日付"),
    "day_off": ("Day off", "休業日"),
    "closed": ("closed", "休業"),
    "target": ("Target", "目標"),
    "measure": ("Measure", "指標"),
    "meaning": ("What it is", "定義"),
    "targets_note": (
        "Conversion rates are shown twice: for a period, and for the cohort of leads that entered the stage in it.",
        "転換率は、期間の件数による率と、その期間にステージへ入ったリードを追った率の両方で示します。",
    ),
    "no_targets": ("The playbook sets no targets.", "目標は決められていません。"),
    "lead_to_mql": ("Lead to MQL", "リード→MQL"),
    "mql_to_sql": ("MQL to SQL", "MQL→SQL"),
    "sql_to_opportunity": ("SQL to opportunity", "SQL→商談（商談化率）"),
    "win": ("Win rate", "受注率"),
    "response_rate": ("Response rate", "リード対応率"),
    "connect_rate": ("Connect rate", "通電率"),
    "sla": ("Deadlines kept", "期限の遵守率"),
    "lead_to_mql_is": ("MQLs ÷ leads", "MQL数÷リード数"),
    "mql_to_sql_is": ("SQLs ÷ MQLs", "SQL数÷MQL数"),
    "sql_to_opportunity_is": ("opportunities ÷ SQLs", "商談数÷SQL数"),
    "win_is": ("won ÷ decided (won and lost)", "受注÷決着した商談（受注と失注）"),
    "response_rate_is": (
        "MQLs touched by a person in time ({within}) ÷ MQLs handed over",
        "時間内（{within}）に人が対応したMQL÷引き渡したMQL",
    ),
    "connect_rate_is": ("calls in which the person was reached ÷ calls", "相手につながった電話÷架電数"),
    "sla_is": ("clocks met ÷ clocks that ended", "期限内に終わった期限÷決着した期限"),
    "nobody_has": (
        "Leads that nobody has yet are counted in the working time of {calendar}.",
        "担当者のいないリードの時間は、{calendar}の営業時間で数えます。",
    ),
    "sign_note": (
        "We have read this manual ({edition}) and work by it.",
        "私たちは、このマニュアル（{edition}）の内容を確認し、これに従って業務を行います。",
    ),
    "edition_of": ("edition {name}, playbook {version}", "{name}版、プレイブック{version}"),
    "version_of": ("playbook {version}", "プレイブック{version}"),
    "signed_by": ("Name", "氏名"),
    "signature": ("Signature", "署名"),
    "signed_on": ("Date", "日付"),
}
