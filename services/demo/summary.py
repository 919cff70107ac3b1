"""What a run of the demo came to, in a few lines."""

from services.demo.reckoning import Reckoning
from services.demo.show import LABEL, Lang, Show
from services.kpi.views import PageView

TEXT = {
    "en": """
Summary · {label}
  leads {leads:,} · MQLs {mqls:,} · SQLs {sqls:,} · opportunities {opportunities:,} · won {won:,}
  SLA met {met:,} · breached {breached:,}
  Slack messages {posted:,}, of which updated {updated:,} times · first card after {first}
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


def summary(view: PageView, counted: Reckoning, show: Show, lang: Lang) -> str:
    """The summary as text; every figure is of simulated data and says so."""
    totals, sla = view.report["totals"], view.report["activity"]["sla"]
    reasons = ", ".join(f"{reason} {n}" for reason, n in sorted(counted.quarantined.items()))
    first = f"{show.first_card_seconds:.1f} s" if show.first_card_seconds is not None else "–"
    return TEXT[lang].format(
        label=LABEL,
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
