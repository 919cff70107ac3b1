"""The compose file: valid, hardened, and in step with what it starts."""

import re
import subprocess
import sys

import pytest
from yaml import safe_load

from services.alerts.settings import SlackSettings
from shared.settings import Settings
from tests.unit.deploy.deploy_files import DEPLOY, ROOT, containers

SERVICES = {"scoring": 8001, "routing": 8002, "alerts": 8003, "kpi": 8004}
ONE_SHOT = {"migrate", "topics", "playbook"}
CONTAINERS = containers()


def test_compose_file_is_valid() -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        "docker-compose.yml",
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("name", CONTAINERS)
def test_container_has_no_more_rights_than_it_needs(name: str) -> None:
    container = CONTAINERS[name]
    assert container.init
    assert container.cap_drop == ["ALL"]
    assert "no-new-privileges:true" in container.security_opt
    assert container.mem_limit
    assert container.read_only or name == "kafka"
    assert not container.cap_add or name == "postgres"


@pytest.mark.parametrize("name", CONTAINERS)
def test_container_is_reached_from_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in CONTAINERS[name].ports)


@pytest.mark.parametrize("name", CONTAINERS)
def test_image_is_pinned_by_version(name: str) -> None:
    image = CONTAINERS[name].image
    assert re.search(r":(v?\d+\.\d+[\w.-]*|\$\{BATON_VERSION:-\d+\.\d+\.\d+\})$", image), image


@pytest.mark.parametrize("name", CONTAINERS)
def test_container_comes_back_by_itself_unless_it_runs_once(name: str) -> None:
    assert CONTAINERS[name].restart == ("no" if name in ONE_SHOT else "unless-stopped")


def test_services_wait_for_the_database_the_topics_and_the_playbook() -> None:
    done, healthy = {"condition": "service_completed_successfully"}, {"condition": "service_healthy"}
    for name in SERVICES:
        assert CONTAINERS[name].depends_on == {"playbook": done, "topics": done}
    assert CONTAINERS["playbook"].depends_on == {"migrate": done}
    assert CONTAINERS["topics"].depends_on == {"kafka": healthy, "migrate": done}
    assert CONTAINERS["migrate"].depends_on == {"postgres": healthy}


@pytest.mark.parametrize("name", [*SERVICES, "kafka", "postgres"])
def test_core_container_tells_whether_it_is_healthy(name: str) -> None:
    assert {"test", "interval", "timeout", "retries", "start_period"} <= CONTAINERS[name].healthcheck.keys()


def test_every_variable_of_baton_is_a_setting() -> None:
    models = (Settings, SlackSettings)
    settings = {f"{m.model_config.get('env_prefix')}{field.upper()}" for m in models for field in m.model_fields}
    given = {name for container in CONTAINERS.values() for name in container.environment}
    assert {name for name in given if name.startswith("BATON_")} <= settings


def test_prometheus_reads_every_service_at_its_port() -> None:
    (job,) = safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())["scrape_configs"]
    read = {(c["labels"]["service"], target) for c in job["static_configs"] for target in c["targets"]}
    assert read == {(name, f"{name}:{port}") for name, port in SERVICES.items()}
    assert {name: CONTAINERS[name].environment["BATON_HTTP_PORT"] for name in SERVICES} == SERVICES
    assert {name: CONTAINERS[name].ports for name in SERVICES} == {
        n: [f"127.0.0.1:{p}:{p}"] for n, p in SERVICES.items()
    }


def test_files_that_containers_mount_exist() -> None:
    volumes = [volume for container in CONTAINERS.values() for volume in container.volumes]
    mounted = [m[1] for volume in volumes if (m := re.match(r"(?:\$\{\w+:-)?(\./[^:}]+)", volume))]
    assert mounted
    assert [path for path in mounted if not (ROOT / path).exists()] == []


def test_metrics_and_alarms_start_without_dashboards_and_traces() -> None:
    observers = {name: c for name, c in CONTAINERS.items() if c.profiles}
    assert observers.keys() == {"prometheus", "alertmanager", "grafana", "collector"}
    assert all(container.profiles == ["obs"] and not container.depends_on for container in observers.values())
