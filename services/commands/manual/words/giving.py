"""Phrases of who gets which lead, and of the handovers."""

from typing import Final

PHRASES: Final = {
    "giving_note": (
        "Within a department the rules are tried from top to bottom; the first that holds decides.",
        "部門ごとに、ルールを上から順に見て、最初にあてはまったものに従います。",
    ),
    "order": ("No.", "順"),
    "which_lead": ("Which lead", "どんなリード"),
    "to_whom": ("To whom", "だれに渡すか"),
    "code": ("In the files", "ファイルでの名前"),
    "every_lead": ("every lead", "すべてのリード"),
    "every_other": ("every other lead", "上のどれにもあてはまらないリード"),
    "if_account": (
        "somebody of the department who can take it already holds a lead of the same company",
        "同じ企業の別のリードを持つ担当者がこの部門にいて、受け取れる",
    ),
    "if_event": (
        "the rep who exchanged cards with the person can take it",
        "名刺を交換した担当者が受け取れる",
    ),
    "to_holder": ("that rep; on a later reassignment, pool {pool}", "その担当者（担当変更のときは「{pool}」から）"),
    "to_pool": ("pool {pool}", "担当グループ「{pool}」"),
    "needs": ("only reps with: {skills}", "必要なスキル：{skills}"),
    "priority": ("first among those waiting (priority {priority})", "担当者待ちの中で優先（優先度{priority}）"),
    "no_routing": ("No lead is given out: the department has no rules.", "ルールがないため、リードは渡されません。"),
    "pools": ("Pools", "担当グループ"),
    "pool": ("Pool", "担当グループ"),
    "members": ("Members (weight)", "メンバー（重み）"),
    "pick": ("How one is picked", "選び方"),
    "outside_hours": ("Outside working hours", "営業時間外"),
    "nobody_there": ("When nobody is at work", "だれも営業時間内でないとき"),
    "weighted_round_robin": ("in turn, by weight", "重みに応じて順番に"),
    "least_open": ("whoever has least open", "対応中が最も少ない人"),
    "at_work_now": ("not given to reps who are off", "営業時間内の人だけに渡す"),
    "at_work_next": ("given all the same; clocks wait for the opening", "時間外でも渡す（期限は次の始業から）"),
    "wait": ("the lead waits", "リードを待たせる"),
    "assign": ("given in spite of the hours", "時間外でも渡す"),
    "both_terms": ("Whatever the rule", "どのルールにも共通すること"),
    "available": (
        "Nobody gets a lead who is on leave or away, has reached a limit, or (on a reassignment) has had it already.",
        "休暇中・不在の人、上限に達した人には渡しません。担当変更では、そのリードを一度持った人にも渡しません。",
    ),
    "waiting_order": (
        "If nobody can take it, the lead waits and goes, the oldest first, to whoever can take one next.",
        "受け取れる人がいなければ待ち、空きができしだい、古いものから順に渡します。",
    ),
    "waiting_by_priority": (
        "If nobody can take it, the lead waits and goes, by priority and then by age, to whoever can take one next.",
        "受け取れる人がいなければ待ち、空きができしだい、優先度の高いもの、古いものの順に渡します。",
    ),
    "by_person": (
        "What a person decides stands: an owner changed by hand is not changed back.",
        "人の判断を優先します。手動で変えた担当者を、自動で元に戻すことはありません。",
    ),
    "others_apply": (
        (
            "A lead that a colleague passes on or snoozes follows; its owner is told by whom. Accepting and rejecting"
            " are for the owner."
        ),
        "ほかの担当者が引き渡しやスヌーズをした場合も、そのとおりに進め、だれがしたかを担当者に知らせます。受諾と辞退は担当者だけができます。",
    ),
    "others_refuse": (
        (
            "A lead that a colleague passes on or snoozes stays as it is until its owner does so; the colleague is"
            " told. Accepting and rejecting are for the owner."
        ),
        "ほかの担当者が引き渡しやスヌーズをしても、担当者本人がするまでは動かしません（した人に知らせます）。受諾と辞退は担当者だけができます。",
    ),
    "coming_back": (
        "Leave and joining move nobody else's turn; whoever comes back is not flooded.",
        "休暇や入退社があっても、ほかの人の順番は変わりません。戻った人にリードが集中することもありません。",
    ),
    "account_by_id": (
        "Leads are of one company when they have the same account in the CRM.",
        "CRMで同じ企業に属するリードを、同じ企業のリードとします。",
    ),
    "account_by_mail": (
        (
            "Leads are of one company when they have the same account in the CRM or, without one, mail"
            " addresses of the same"
            " domain (free mail such as {free} is nobody's)."
        ),
        (
            "CRMで同じ企業に属するリードを、同じ企業のリードとします。企業がわからなければ、メールアドレスのドメインで判断します"
            "（{free}などのフリーメールは除きます）。"
        ),
    ),
    "account_note": (
        (
            "One approach per company: a new MQL at a company with an open opportunity goes as a note to the"
            " owner of the"
            " opportunity, without a clock."
        ),
        "1つの企業への働きかけは1つにします。商談中の企業から新しいMQLが出たら、商談の担当者に伝えます（期限は始まりません）。",
    ),
    "account_no_note": (
        "A new MQL at a company with an open opportunity is given out like any other.",
        "商談中の企業から出た新しいMQLも、ほかのリードと同じように渡します。",
    ),
    "from_to_team": ("{giver} → {to}", "{giver} → {to}"),
    "definition": ("What is agreed", "渡す基準"),
    "asked": ("Goes along", "一緒に渡す項目"),
    "decides": ("Decided by", "決める人"),
    "reject_reasons": ("May be rejected because", "辞退できる理由"),
    "when_missing": ("If something is missing", "項目が足りないとき"),
    "mark": (
        "the lead is handed over, marked as incomplete; the giver is told what is missing",
        "リードは渡し、「不足あり」と記します。何が足りないかを渡した人に知らせます",
    ),
    "refuse": (
        "the lead stays with the giver, who is told what is missing, until it is filled in",
        "そろうまで渡しません。リードは渡す側に残り、何が足りないかを渡す人に知らせます",
    ),
    "nobody_decides": ("not laid down", "決まりなし"),
    "no_reasons": ("not laid down", "決まりなし"),
    "no_fields": ("nothing is asked", "決まりなし"),
    "no_handovers": ("The playbook defines no handovers.", "引き渡しの取り決めはありません。"),
    "point": ("Point", "項目"),
    "agreement": ("Agreement", "取り決め"),
    "for_every_handover": ("For every handover", "すべての引き渡しに共通すること"),
    "packet": (
        "With the lead goes its story: who it is, why now, what all departments did and said, what was promised.",
        "リードには経緯が付いていきます。どんな人か、なぜ今か、各部門が何をして何を話したか、何を約束したか。",
    ),
    "touch_accepts": (
        "A call, e-mail or meeting by the owner accepts the lead; nobody has to press a button for it.",
        "担当者が電話・メール・面談をすれば、それが受諾になります。ボタンを押す義務はありません。",
    ),
    "rejected": (
        (
            "Rejected as “not mine”, the lead goes to another rep; for any other reason it goes back to those"
            " who gave it,"
            " who are told why."
        ),
        "「自分の担当ではない」という辞退なら別の担当者へ、ほかの理由なら渡した側へ、理由を添えて戻します。",
    ),
    "returned": (
        "An SQL that Field Sales returns goes to the rep of Inside Sales who passed it on, with the reason.",
        "フィールドセールスが差し戻したSQLは、理由を添えて、渡したインサイドセールスの担当者へ戻します。",
    ),
    "recycled": (
        (
            "A lead whose time has not come goes back to nurturing with a reason, and a day to come back to"
            " it where one is"
            " known; on that day it is given to the last owner again."
        ),
        "時期でないリードは、理由を添えてナーチャリングへ戻します。再開する日が決まっていれば、その日に前の担当者へ渡します。",
    ),
}
