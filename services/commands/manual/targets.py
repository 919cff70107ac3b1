"""The targets of `kpi.yaml`, each with what it measures."""

from collections.abc import Iterator

from services.commands.manual.gathering import Agreement
from services.commands.manual.markdown import bullets, table
from services.commands.manual.speech import Speech
from services.kpi.playbook import KpiFile


def targets(agreed: Agreement, say: Speech) -> Iterator[str]:
    rules = agreed.kpi or KpiFile()
    wanted: dict[str, float | None] = rules.targets.model_dump()
    within = say.deadline(rules.response_within)
    rows = [
        (say(name), say(f"{name}_is", within=within), f"{share:.10%}".rstrip("0%").rstrip(".") + "%")
        for name, share in wanted.items()
        if share is not None
    ]
    yield table([say("measure"), say("meaning"), say("target")], rows) if rows else say("no_targets")
    notes = [say("targets_note")] if rows else []
    notes += [say("nobody_has", calendar=say.named(rules.calendar))] if rules.calendar else []
    if notes:
        yield bullets(notes)
