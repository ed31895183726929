"""Tests that the alerts and the dashboard use metrics that functions and sidecars expose."""

import importlib
import json
import re
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from functions.chassis.telemetry import metrics
from tests.chart import Object, render_chart
from tests.functions import ROOT

PUSHED = "global.telemetry.otlpEndpoint=http://collector:4318"
WATCHED = (
    "values.yaml",
    "monitoring.podMonitor.enabled=true",
    "monitoring.rules.enabled=true",
    "monitoring.dashboard.enabled=true",
    "monitoring.labels.release=prometheus",
)

SIDECARS = {"dapr_resiliency_activations_total"}
"""Dapr's metrics, in version 1.18: pkg/diagnostics/resiliency_monitoring.go."""

_METRIC = re.compile(r"\b(?:todo|dapr)_[a-z_]+\b")


def exposed_names() -> set[str]:
    """Return the names of the metrics of all functions and sidecars, as Prometheus stores them."""
    for module in (ROOT / "functions").glob("*/*_metrics.py"):
        importlib.import_module(f"functions.{module.parent.name}.{module.stem}")
    names = SIDECARS.copy()
    for family in text_string_to_metric_families(metrics.exposition()[0].decode()):
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(family.type, [""])
        names |= {family.name + suffix for suffix in suffixes}
    return names


def alerts(*settings: str) -> dict[str, Object]:
    """Return the alerts by name."""
    (rules,) = render_chart(*WATCHED, *settings).of_kind("PrometheusRule").values()
    return {rule["alert"]: rule for group in rules["spec"]["groups"] for rule in group["rules"]}


def dashboard() -> Any:
    """Return the dashboard, parsed."""
    config = render_chart(*WATCHED).of_kind("ConfigMap")["todo-dashboard"]
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    return json.loads(config["data"]["todo.json"])


def test_alerts_use_exposed_metrics() -> None:
    """An alert on an unknown metric would never fire."""
    for name, rule in alerts(PUSHED).items():
        used = set(_METRIC.findall(rule["expr"]))
        assert used, name
        assert used <= exposed_names(), name


def test_panels_use_exposed_metrics() -> None:
    """A panel with an unknown metric would stay empty. No two panels have the same place."""
    panels = dashboard()["panels"]
    for panel in panels:
        used = {name for target in panel["targets"] for name in _METRIC.findall(target["expr"])}
        assert used, panel["title"]
        assert used <= exposed_names(), panel["title"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)


def test_every_promise_has_an_alert() -> None:
    """The gap in the audit log needs pushed metrics."""
    always = {"TodoRemindersLate", "TodoDeadLetters", "TodoBreakerOpen"}
    assert alerts().keys() == always
    assert alerts(PUSHED).keys() == always | {"TodoAuditGap"}
    for rule in alerts(PUSHED).values():
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"].keys() == {"summary", "description"}


def test_no_expression_needs_two_scrapes_of_an_instance() -> None:
    """Prometheus may scrape a short-lived instance once, and rate() and increase() need two values."""
    expressions = [rule["expr"] for rule in alerts(PUSHED).values()]
    expressions += [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    assert not [one for one in expressions if re.search(r"\b(rate|irate|increase|delta)\(", one)]


def test_pushed_metrics_are_not_scraped() -> None:
    """A function's metrics are scraped or pushed, never both. A sidecar's metrics are always scraped."""

    def scraped(*settings: str) -> list[str]:
        (monitor,) = render_chart(*WATCHED, *settings).of_kind("PodMonitor").values()
        endpoints = monitor["spec"]["podMetricsEndpoints"]
        assert all(one["relabelings"][0]["targetLabel"] == "job" for one in endpoints)
        return [one["port"] for one in endpoints]

    assert scraped() == ["user-port", "dapr-metrics"]
    assert scraped(PUSHED) == ["dapr-metrics"]


def test_functions_and_sidecars_push_to_the_operators_collector() -> None:
    """Functions have OpenTelemetry's variables, and sidecars a Configuration. Without a collector, neither is set."""
    settings = ("global.telemetry.sampling=0.1", "global.telemetry.metricsInterval=10s")
    pushed = render_chart("values.yaml", PUSHED, *settings)
    for service in pushed.services().values():
        (container,) = service["spec"]["template"]["spec"]["containers"]
        variables = {one["name"]: one.get("value") for one in container["env"] if one["name"].startswith("OTEL_")}
        assert variables["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector:4318"
        assert variables["OTEL_TRACES_SAMPLER_ARG"] == "0.1"
        assert variables["OTEL_METRIC_EXPORT_INTERVAL"] == "10000"
    for configuration in pushed.of_kind("Configuration").values():
        tracing = configuration["spec"]["tracing"]
        assert tracing["samplingRate"] == "0.1"
        assert tracing["otel"] == {"endpointAddress": "collector:4318", "isSecure": False, "protocol": "http"}
    assert "OTEL_" not in str(render_chart().objects)


def test_monitoring_objects_have_the_operators_labels() -> None:
    """The objects are off by default."""
    for kind in ("PodMonitor", "PrometheusRule", "ConfigMap"):
        (one,) = render_chart(*WATCHED).of_kind(kind).values()
        assert one["metadata"]["labels"]["release"] == "prometheus"
        assert not render_chart().of_kind(kind)
