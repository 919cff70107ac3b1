"""What a running service says of itself at /metrics."""

import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from services.local.service_process import ServiceProcess

ANSWER_SECONDS = 10


def measured(process: ServiceProcess, name: str, **labels: str) -> int:
    """The sum of a metric's samples with these labels, such as `baton_timers_held`; 0 where it has none yet."""
    with urllib.request.urlopen(f"{process.url}/metrics", timeout=ANSWER_SECONDS) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        samples = [sample for family in families for sample in family.samples]
    return int(sum(one.value for one in samples if one.name == name and labels.items() <= one.labels.items()))
