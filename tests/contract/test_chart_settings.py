"""What an operator may set: a setting that nobody knows, or of the wrong kind, is refused by its name."""

import json
from typing import Any

import pytest

from tests.chart import CHART, RefusedError, render

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
def test_a_wrong_setting_is_refused_by_its_name(setting: str, at: str) -> None:
    """The schema says where, and what it had wanted."""
    with pytest.raises(RefusedError) as refused:
        render("values.yaml", setting)
    assert at in str(refused.value)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("scale.taks.min=1", "scale.taks: functions.yaml has no function of this name"),
        (
            "resources.perFunction.taks.requests.cpu=1",
            "resources.perFunction.taks: functions.yaml has no function of this name",
        ),
        ("scale.relay-outbox.min=3", "scale.relay-outbox.min: 3 is more than its max, 2"),
    ],
)
def test_what_does_not_go_with_the_list_is_refused(setting: str, says: str) -> None:
    """A schema does not know the list; the chart does."""
    with pytest.raises(RefusedError) as refused:
        render("values.yaml", setting)
    assert says in str(refused.value)


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
def test_a_right_setting_is_taken(setting: str) -> None:
    """What the schema refuses is wrong, and not only unusual."""
    assert render("values.yaml", setting).services()


@pytest.mark.parametrize(
    ("variable", "setting", "value"),
    [
        ("WEBHOOKS_MAY_REACH", "webhooksMayReach={hooks.example.org,10.96.0.0/12}", "hooks.example.org,10.96.0.0/12"),
        ("APPRISE_SCHEMES", "appriseSchemes={tgram,ntfy}", "tgram,ntfy"),
        ("NOTIFICATION_BINDINGS", "notificationBindings={mail,queue}", "mail,queue"),
    ],
)
def test_channels_may_lead_to_what_is_listed(variable: str, setting: str, value: str) -> None:
    """The function that sends through them is told, and no other."""
    rendering = render("values.yaml", setting)
    told = [
        (name, one["value"])
        for name, service in rendering.services().items()
        for one in service["spec"]["template"]["spec"]["containers"][0]["env"]
        if one["name"] == variable
    ]
    assert told == [("send-notification", value)]


def loose(schema: Any, path: str = "") -> list[str]:
    """Return where a schema lets anything through."""
    if isinstance(schema, list):
        return [found for one in schema for found in loose(one, path)]
    if not isinstance(schema, dict):
        return []
    found = [path] if schema.get("type") == "object" and "additionalProperties" not in schema else []
    for name, inner in schema.items():
        found += loose(inner, path if name in {"properties", "items"} else f"{path}/{name}")
    return found


def test_no_schema_is_loose() -> None:
    """Every object's members are known, but for what the other of the two schemas checks."""
    assert loose(json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))) == ["/dapr-components"]
    assert loose(json.loads((SUBCHART / "values.schema.json").read_text(encoding="utf-8"))) == ["/global"]
