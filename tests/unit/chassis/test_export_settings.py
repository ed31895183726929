"""Where telemetry goes, in OpenTelemetry's own variables."""

import pytest

from functions.chassis.runtime.environment import SettingsError
from functions.chassis.runtime.settings import load_export_settings

COLLECTOR = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}


def test_nobody_listens_unless_told() -> None:
    """Without an endpoint, or where OpenTelemetry is switched off, nothing else is looked at."""
    assert load_export_settings({"OTEL_TRACES_SAMPLER": "nonsense"}) is None
    assert load_export_settings({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}) is None
    assert load_export_settings({**COLLECTOR, "OTEL_SDK_DISABLED": "true"}) is None


def test_an_endpoint_is_enough() -> None:
    """Everything is kept, metrics go once a minute, and a slow collector is given two seconds."""
    settings = load_export_settings(COLLECTOR)
    assert settings
    assert (settings.otel_traces_sampler, settings.otel_metric_export_interval) == ("parentbased_always_on", 60_000)
    assert (settings.otel_exporter_otlp_timeout, settings.headers, settings.resource) == (2000, {}, {})


def test_headers_and_attributes_are_lists_of_pairs() -> None:
    """As in W3C Baggage, values are percent-encoded; a key is not shown."""
    lists = {
        "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20secret%3D, x-tenant=todo",
        "OTEL_RESOURCE_ATTRIBUTES": "k8s.pod.name=tasks-1,team=",
    }
    settings = load_export_settings({**COLLECTOR, **lists})
    assert settings
    assert settings.headers == {"api-key": "a secret=", "x-tenant": "todo"}
    assert settings.resource == {"k8s.pod.name": "tasks-1", "team": ""}
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a hidden thing"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "key=two%0Alines"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "kéy=hidden"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "bad key=hidden"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "key=hidden%E2%82%AC"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "60000"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
        ("OTEL_TRACES_SAMPLER_ARG", "nan"),
        ("OTEL_METRICS_EXPORTER", "prometheus"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "30s"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "10"),
        ("OTEL_RESOURCE_ATTRIBUTES", "no pairs"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(name: str, value: str) -> None:
    """A variable that cannot be used stops the function with one line that names it, and shows no secret."""
    with pytest.raises(SettingsError, match=rf"^cannot start: {name} \S") as stopped:
        load_export_settings({**COLLECTOR, name: value})
    assert "\n" not in str(stopped.value)
    assert "hidden" not in str(stopped.value)
