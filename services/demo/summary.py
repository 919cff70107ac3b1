"""What a run of the demo came to, in a few lines."""

from services.demo.phrases import SECONDS
from services.demo.reckoning import Reckoning
from services.demo.show import LABEL, Show
from services.kpi.views import PageView
from shared.locales import Locale

TEXT = {
    "en": """
Summary · {label}
  leads {leads:,} · MQLs {mqls:,} · SQLs {sqls:,} · opportunities {opportunities:,} · won {won:,}
  SLA met {met:,} · breached {breached:,}
  Slack messages {posted:,}, updated {updated:,} times · first card after {first}
  published {published:,} = recorded {recorded:,} + quarantined {quarantined:,}{reasons} + duplicates {duplicates:,}
  lost {lost:,}""",
    "ja": """
まとめ · {label}
  リード {leads:,} · MQL {mqls:,} · SQL {sqls:,} · 商談 {opportunities:,} · 受注 {won:,}
  期限遵守 {met:,} · 期限超過 {breached:,}
  Slackメッセージ {posted:,}件（更新 {updated:,}回）· 最初のカードまで {first}
  送った活動 {published:,} = 記録 {recorded:,} + 隔離 {quarantined:,}{reasons} + 重複 {duplicates:,}
  喪失 {lost:,}""",
}


REASONS_JA = {
    "invalid": "形式の誤り",
    "future": "未来の日時",
    "conflict": "同じIDで別の内容",
    "handler": "処理の失敗",
}


def _reason(why: str, lang: Locale) -> str:
    return REASONS_JA.get(why, why) if lang == "ja" else why


def summary(view: PageView, counted: Reckoning, show: Show, lang: Locale) -> str:
    """The summary as text; every figure is of simulated data and says so."""
    totals, sla = view.report["totals"], view.report["activity"]["sla"]
    reasons = ", ".join(f"{_reason(why, lang)} {n}" for why, n in sorted(counted.quarantined.items()))
    first = "–" if show.first_card_seconds is None else f"{show.first_card_seconds:.1f} {SECONDS.of(lang)}"
    return TEXT[lang].format(
        label=LABEL.of(lang),
        leads=totals["leads"] or 0,
        mqls=(totals["mqls"] or 0) + (totals["mqls_implied"] or 0),
        sqls=(totals["sqls"] or 0) + (totals["sqls_implied"] or 0),
        opportunities=(totals["opportunities"] or 0) + (totals["opportunities_implied"] or 0),
        won=totals["won"] or 0,
        met=sla["met"],
        breached=sla["breached"],
        posted=show.posted,
        updated=show.updated,
        first=first,
        published=counted.published,
        recorded=counted.recorded,
        quarantined=sum(counted.quarantined.values()),
        reasons=f" ({reasons})" if reasons else "",
        duplicates=counted.duplicates,
        lost=counted.lost,
    )
