"""Tests that the chart rejects an unknown or invalid setting, and names it."""

import json
from typing import Any

import pytest

from tests.chart import CHART, HelmError, render_chart

SUBCHART = CHART.parent.parent / "dapr-components"


@pytest.mark.parametrize(
    ("setting", "at"),
    [
        ("nonsense=1", "additional properties 'nonsense' not allowed"),
        ("image.tagg=1", "at '/image': additional properties 'tagg' not allowed"),
        ("scale.tasks.mni=1", "at '/scale/tasks': additional properties 'mni' not allowed"),
        ("global.telemetry.endpoint=x", "at '/global/telemetry': additional properties 'endpoint' not allowed"),
        ("dapr-components.statestore.port=1", "at '/statestore': additional properties 'port' not allowed"),
        ("scale.tasks.min=many", "at '/scale/tasks/min': got string, want integer"),
        ("scale.tasks.concurrency=65", "at '/scale/tasks/concurrency': maximum: got 65, want 64"),
        ("postgresql.enabled=perhaps", "at '/postgresql/enabled': got string, want boolean"),
        ("redis.user=0", "at '/redis/user': minimum: got 0, want 1"),
        ("environment=test", "at '/environment': value must be one of 'development', 'staging', 'production'"),
        ("resources.requests.cpu=much", "at '/resources/requests/cpu': 'much' does not match pattern"),
        ("networkPolicies.gatewayPorts={http}", "at '/networkPolicies/gatewayPorts/0': got string, want integer"),
        ("global.eventBusUrl=dapr://elsewhere/x", "at '/global/eventBusUrl': 'dapr://elsewhere/x' does not match"),
        ("global.telemetry.sampling=1.5", "at '/global/telemetry/sampling': '1.5' does not match pattern"),
        ("dapr-components.statestore.host=redis", "at '/statestore/host': 'redis' does not match pattern"),
        ("dapr-components.pubsub.authType=magic", "at '/pubsub/authType': value must be one of"),
    ],
)
def test_an_invalid_setting_is_rejected(setting: str, at: str) -> None:
    """The message has the path of the setting, and the expected value."""
    with pytest.raises(HelmError) as rejected:
        render_chart("values.yaml", setting)
    assert at in str(rejected.value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("scale.taks.min=1", "scale.taks: functions.yaml has no function of this name"),
        (
            "resources.perFunction.taks.requests.cpu=1",
            "resources.perFunction.taks: functions.yaml has no function of this name",
        ),
        ("scale.relay-outbox.min=3", "scale.relay-outbox.min: 3 is more than its max, 2"),
    ],
)
def test_a_setting_that_contradicts_the_list_is_rejected(setting: str, message: str) -> None:
    """A template checks this, because the schema cannot read the list."""
    with pytest.raises(HelmError) as rejected:
        render_chart("values.yaml", setting)
    assert message in str(rejected.value)


@pytest.mark.parametrize(
    "setting",
    [
        "scale.tasks.min=1",
        "postgresql.storage=",
        "resources.requests.cpu=1",
        "resources.limits.cpu=1500m",
        "database.options=sslmode=require",
        "global.telemetry.sampling=0.05",
        "dapr-components.pubsub.brokers=one:9092\\,two:9092",
        "image.pullSecrets={registry}",
    ],
)
def test_a_valid_setting_is_accepted(setting: str) -> None:
    """The schema accepts unusual values too."""
    assert render_chart("values.yaml", setting).services()


@pytest.mark.parametrize(
    ("variable", "setting", "value"),
    [
        ("WEBHOOKS_MAY_REACH", "webhooksMayReach={hooks.example.org,10.96.0.0/12}", "hooks.example.org,10.96.0.0/12"),
        ("APPRISE_SCHEMES", "appriseSchemes={tgram,ntfy}", "tgram,ntfy"),
        ("NOTIFICATION_BINDINGS", "notificationBindings={mail,queue}", "mail,queue"),
    ],
)
def test_only_send_notification_has_the_settings_of_channels(variable: str, setting: str, value: str) -> None:
    """No other function sends through channels."""
    rendering = render_chart("values.yaml", setting)
    functions = [
        (name, one["value"])
        for name, service in rendering.services().items()
        for one in service["spec"]["template"]["spec"]["containers"][0]["env"]
        if one["name"] == variable
    ]
    assert functions == [("send-notification", value)]


def find_open_objects(schema: Any, path: str = "") -> list[str]:
    """Return the paths of a schema's objects that accept unknown members."""
    if isinstance(schema, list):
        return [found for one in schema for found in find_open_objects(one, path)]
    if not isinstance(schema, dict):
        return []
    found = [path] if schema.get("type") == "object" and "additionalProperties" not in schema else []
    for name, inner in schema.items():
        found += find_open_objects(inner, path if name in {"properties", "items"} else f"{path}/{name}")
    return found


def test_no_schema_accepts_unknown_settings() -> None:
    """The exceptions are the parts that the other schema checks."""
    for folder, expected in ((CHART, "/dapr-components"), (SUBCHART, "/global")):
        schema = json.loads((folder / "values.schema.json").read_text(encoding="utf-8"))
        assert find_open_objects(schema) == [expected]
