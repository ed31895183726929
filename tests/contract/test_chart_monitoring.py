"""Alerts, dashboard and monitor against what functions and sidecars really expose."""

import json
import re
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from functions.chassis.telemetry import metrics
from tests.chart import Object, render

PUSHED = "global.telemetry.otlpEndpoint=http://collector:4318"
WATCHED = (
    "values.yaml",
    "monitoring.podMonitor.enabled=true",
    "monitoring.rules.enabled=true",
    "monitoring.dashboard.enabled=true",
    "monitoring.labels.release=prometheus",
)

SIDECARS = {"dapr_resiliency_activations_total"}
"""Of Dapr's own, in version 1.18: pkg/diagnostics/resiliency_monitoring.go."""

_METRIC = re.compile(r"\b(?:todo|dapr)_[a-z_]+\b")


def exposed() -> set[str]:
    """Return the names that Prometheus knows a function's metrics by."""
    names = SIDECARS.copy()
    for family in text_string_to_metric_families(metrics.exposition()[0].decode()):
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(family.type, [""])
        names |= {family.name + suffix for suffix in suffixes}
    return names


def alerts(*settings: str) -> dict[str, Object]:
    """Return the alerts by name."""
    (rules,) = render(*WATCHED, *settings).of("PrometheusRule").values()
    return {rule["alert"]: rule for group in rules["spec"]["groups"] for rule in group["rules"]}


def dashboard() -> Any:
    """Return the dashboard, parsed."""
    config = render(*WATCHED).of("ConfigMap")["todo-dashboard"]
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    return json.loads(config["data"]["todo.json"])


def test_an_alert_asks_for_what_there_is() -> None:
    """No alert waits for a metric that nobody has."""
    for name, rule in alerts(PUSHED).items():
        used = set(_METRIC.findall(rule["expr"]))
        assert used, name
        assert used <= exposed(), name


def test_a_panel_shows_what_there_is() -> None:
    """No panel stays empty for ever, and no two lie on each other."""
    panels = dashboard()["panels"]
    for panel in panels:
        used = {name for target in panel["targets"] for name in _METRIC.findall(target["expr"])}
        assert used, panel["title"]
        assert used <= exposed(), panel["title"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)


def test_there_is_an_alert_for_each_broken_promise() -> None:
    """Late reminders, dead letters, open breakers; and a gap in the log, where metrics are pushed."""
    always = {"TodoRemindersLate", "TodoDeadLetters", "TodoBreakerOpen"}
    assert alerts().keys() == always
    assert alerts(PUSHED).keys() == always | {"TodoAuditGap"}
    for rule in alerts(PUSHED).values():
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"].keys() == {"summary", "description"}


def test_nothing_counts_from_the_second_look() -> None:
    """An instance at zero is often seen once, and rate() and increase() want to see it twice."""
    expressions = [rule["expr"] for rule in alerts(PUSHED).values()]
    expressions += [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    assert not [one for one in expressions if re.search(r"\b(rate|irate|increase|delta)\(", one)]


def test_what_is_pushed_is_not_scraped_as_well() -> None:
    """A pod's own metrics are scraped or pushed, never both; a sidecar's can only be scraped."""

    def scraped(*settings: str) -> list[str]:
        (monitor,) = render(*WATCHED, *settings).of("PodMonitor").values()
        endpoints = monitor["spec"]["podMetricsEndpoints"]
        assert all(one["relabelings"][0]["targetLabel"] == "job" for one in endpoints)
        return [one["port"] for one in endpoints]

    assert scraped() == ["user-port", "dapr-metrics"]
    assert scraped(PUSHED) == ["dapr-metrics"]


def test_what_is_pushed_goes_where_the_operator_says() -> None:
    """Functions are told in OpenTelemetry's own words, their sidecars by Dapr; nobody is told where nobody listens."""
    pushed = render("values.yaml", PUSHED, "global.telemetry.sampling=0.1", "global.telemetry.metricsInterval=10s")
    for service in pushed.services().values():
        (container,) = service["spec"]["template"]["spec"]["containers"]
        told = {one["name"]: one.get("value") for one in container["env"] if one["name"].startswith("OTEL_")}
        assert told["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector:4318"
        assert told["OTEL_TRACES_SAMPLER_ARG"] == "0.1"
        assert told["OTEL_METRIC_EXPORT_INTERVAL"] == "10000"
    for configuration in pushed.of("Configuration").values():
        tracing = configuration["spec"]["tracing"]
        assert tracing["samplingRate"] == "0.1"
        assert tracing["otel"] == {"endpointAddress": "collector:4318", "isSecure": False, "protocol": "http"}
    assert "OTEL_" not in str(render().objects)


def test_an_operator_chooses_by_labels() -> None:
    """What Prometheus and Grafana select by is on all of it, and nothing is there unasked."""
    for kind in ("PodMonitor", "PrometheusRule", "ConfigMap"):
        (one,) = render(*WATCHED).of(kind).values()
        assert one["metadata"]["labels"]["release"] == "prometheus"
        assert not render().of(kind)
