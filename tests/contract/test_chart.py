"""Tests that the chart deploys exactly the functions, triggers and clocks of ``functions.yaml``."""

import json
from typing import Any

import pytest

from knative.function_list import Function, load_function_list
from knative.subscriptions import describe_subscriptions
from tests.chart import BY_KAFKA, NAMESPACE, VALUES, Object, lint_chart, render_chart

LISTED = load_function_list()
NAMES = {function.name for function in LISTED.functions}
WITH_SIDECAR = {function.name for function in LISTED.functions if function.secrets or function.state}

each_function = pytest.mark.parametrize("function", LISTED.functions, ids=lambda function: function.name)


def template_of(function: Function, *settings: str) -> Object:
    """Return the template of a function's revisions."""
    template: Object = render_chart("values-minikube.yaml", *settings).services()[function.name]["spec"]["template"]
    return template


def environment_of(template: Object) -> dict[str, Any]:
    """Return the variables of a template's container: a value, or the name and the key of a Secret."""
    (container,) = template["spec"]["containers"]
    found = {}
    for one in container["env"]:
        secret = one.get("valueFrom", {}).get("secretKeyRef")
        found[one["name"]] = (secret["name"], secret["key"]) if secret else one["value"]
    assert len(found) == len(container["env"]), "a variable is set twice"
    return found


@pytest.mark.parametrize("values", VALUES)
def test_the_chart_passes_the_linter(values: str) -> None:
    """``helm lint --strict`` finds no error and no warning."""
    assert "0 chart(s) failed" in lint_chart(values)


@pytest.mark.parametrize("values", VALUES)
def test_every_function_is_a_service(values: str) -> None:
    """The chart renders one Knative Service for each function, and no other."""
    assert render_chart(values).services().keys() == NAMES


@each_function
def test_a_service_runs_its_function(function: Function) -> None:
    """The container's environment has the entry of the list and the operator's settings, and no other variable."""
    bus = f"http://broker-ingress.knative-eventing.svc.cluster.local/{NAMESPACE}/{LISTED.broker.name}"
    expected = {
        "SERVICE_NAME": function.name,
        "NODE_ENV": "production",
        "FUNCTION_SOURCE": function.source,
        "FUNCTION_TARGET": function.target,
        "THREADS": str(function.scale.concurrency),
        "LOG_LEVEL": "INFO",
        "EVENT_BUS_URL": bus,
        "SERVICES_URL": "http://127.0.0.1:3500/v1.0/invoke/{service}/method"
        if function.name in WITH_SIDECAR
        else f"http://{{service}}.{NAMESPACE}.svc.cluster.local",
        "SECRET_STORE_URL": "dapr://secretstore",
        "STATE_STORE_URL": "dapr://statestore",
        "DATABASE_URL": ("todo-database", f"url-{function.domain}"),
    }
    if function.name == "forward-pubsub":
        expected["K_SINK"] = bus
    if function.internet:
        expected["APPRISE_SCHEMES"] = "discord,pbul,pover,slack,tgram"
    found = environment_of(template_of(function))
    if function.wakes:
        assert json.loads(found.pop("SUBSCRIPTIONS")) == json.loads(describe_subscriptions(LISTED))
    assert found == expected


def test_an_operators_window_is_in_the_subscriptions() -> None:
    """The relay knows how long a function stays awake."""
    (relay,) = (function for function in LISTED.functions if function.wakes)
    (found,) = (
        one
        for one in json.loads(environment_of(template_of(relay, "scale.notify-user.window=9s"))["SUBSCRIPTIONS"])
        if one["function"] == "notify-user"
    )
    assert found["window"] == "9s"


@each_function
def test_a_service_scales_as_listed(function: Function) -> None:
    """The bounds, window, concurrency and time limit come from the list; the container has probes."""
    template = template_of(function)
    scaling = {
        name.removeprefix("autoscaling.knative.dev/"): value
        for name, value in template["metadata"]["annotations"].items()
        if name.startswith("autoscaling.knative.dev/")
    }
    assert scaling == {
        "min-scale": str(function.scale.min),
        "max-scale": str(function.scale.max),
        "window": function.scale.window,
    }
    assert template["spec"]["containerConcurrency"] == function.scale.concurrency
    assert template["spec"]["timeoutSeconds"] == function.timeout_seconds
    (container,) = template["spec"]["containers"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/live"
    assert "startupProbe" not in container


@each_function
def test_only_http_functions_are_public(function: Function) -> None:
    """A reaction has no address outside of the cluster."""
    labels = render_chart("values-minikube.yaml").services()[function.name]["metadata"]["labels"]
    assert (labels.get("networking.knative.dev/visibility") == "cluster-local") == (not function.paths)


@each_function
def test_only_functions_with_secrets_or_state_have_a_sidecar(function: Function) -> None:
    """The app id is the function's name, and the ports differ from queue-proxy's."""
    annotations = template_of(function)["metadata"]["annotations"]
    assert (annotations.get("dapr.io/enabled") == "true") == (function.name in WITH_SIDECAR)
    if function.name in WITH_SIDECAR:
        assert annotations["dapr.io/app-id"] == annotations["dapr.io/config"] == function.name
        assert annotations["dapr.io/app-port"] == "8080"
        assert annotations["dapr.io/metrics-port"] == "9092"
        assert annotations["dapr.io/disable-builtin-k8s-secret-store"] == "true"


@each_function
def test_with_kafka_every_function_has_a_sidecar(function: Function) -> None:
    """One instance of ``forward-pubsub`` always runs, because no request would start it."""
    template = template_of(function, BY_KAFKA)
    assert template["metadata"]["annotations"]["dapr.io/enabled"] == "true"
    assert environment_of(template)["EVENT_BUS_URL"] == "dapr://pubsub/todo-events"
    least = "1" if function.name == "forward-pubsub" else str(function.scale.min)
    assert template["metadata"]["annotations"]["autoscaling.knative.dev/min-scale"] == least


def test_every_trigger_of_the_list_is_a_trigger() -> None:
    """The chart renders one Trigger for each trigger, with exactly its attributes, and no other."""
    found = [
        (one["spec"]["subscriber"]["ref"]["name"], sorted(list_attributes(one["spec"])), one["spec"]["broker"])
        for one in render_chart().of_kind("Trigger").values()
    ]
    listed = [
        (function.name, sorted(trigger.items()), LISTED.broker.name)
        for function in LISTED.functions
        for trigger in function.triggers
    ]
    assert sorted(found) == sorted(listed)


def list_attributes(trigger: Object) -> list[tuple[str, str]]:
    """Return a Trigger's attributes as the list writes them. ``filters`` repeat the exact ones, and exclude others."""
    exact: dict[str, str] = trigger["filter"]["attributes"]
    repeated, *excluded = trigger.get("filters", [{"exact": exact}])
    assert repeated == {"exact": exact}
    return [*exact.items(), *((name, f"!{value}") for one in excluded for name, value in one["not"]["exact"].items())]


def test_the_broker_and_the_clocks_are_as_listed() -> None:
    """The Broker has the list's retries and dead-letter sink; each clock has its schedule and sink."""
    (broker,) = render_chart().of_kind("Broker").values()
    listed = LISTED.broker.delivery
    assert broker["spec"]["delivery"] == {
        "retry": listed.retry,
        "backoffPolicy": listed.backoff_policy,
        "backoffDelay": listed.backoff_delay,
        "deadLetterSink": {
            "ref": {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": listed.dead_letter_sink}
        },
    }
    clocks = {
        name: (one["spec"]["schedule"], one["spec"]["sink"]["ref"]["name"])
        for name, one in render_chart().of_kind("PingSource").items()
    }
    assert clocks == {clock.name: (clock.schedule, clock.sink) for clock in LISTED.clocks}


def test_an_event_policy_allows_publishers_only() -> None:
    """The policy is off by default. With it, all functions may publish; with Kafka, only ``forward-pubsub``."""
    assert not render_chart().of_kind("EventPolicy")

    def publishers(*settings: str) -> set[str]:
        (policy,) = render_chart("values.yaml", "eventPolicies.enabled=true", *settings).of_kind("EventPolicy").values()
        return {one["sub"].removeprefix(f"system:serviceaccount:{NAMESPACE}:") for one in policy["spec"]["from"]}

    assert publishers() == NAMES
    assert publishers(BY_KAFKA) == {"forward-pubsub"}


def test_an_operators_scale_overrides_the_list() -> None:
    """A setting with a function's name changes that function only."""
    settings = ("scale.tasks.min=2", "resources.perFunction.tasks.requests.memory=200Mi")
    scaled = render_chart("values-minikube.yaml", *settings)
    for name, service in scaled.services().items():
        template = service["spec"]["template"]
        (container,) = template["spec"]["containers"]
        least = template["metadata"]["annotations"]["autoscaling.knative.dev/min-scale"]
        memory = container["resources"]["requests"]["memory"]
        assert (least, memory) == (("2", "200Mi") if name == "tasks" else ("0", "128Mi"))
        assert container["resources"]["limits"].keys() == {"memory"}, "a CPU limit would lengthen a cold start"
