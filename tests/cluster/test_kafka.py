"""Tests of publishing through Kafka: forward-pubsub sends each event to the Broker once."""

from datetime import datetime

import pytest

from tests.cluster.cluster import Settings
from tests.cluster.fixtures import Install
from tests.cluster.installation import running
from tests.e2e.story import Story


def test_the_story_works_with_kafka(cluster_settings: Settings, install: Install) -> None:
    """Between events, only forward-pubsub keeps running."""
    if cluster_settings.kafka is None:
        pytest.skip("CLUSTER_KAFKA names no Kafka that the cluster reaches")
    system = install(
        "--set-string=global.eventBusUrl=dapr://pubsub/todo-events",
        f"--set-string=dapr-components.pubsub.brokers={cluster_settings.kafka}",
    )
    story = Story(system, "by-kafka", remind_in=30)
    story.create()
    assert datetime.fromisoformat(story.notification()["createdAt"]) >= story.remind_at
    story.delivered()
    story.complete()
    story.ends_well()
    story.is_told_once()
    system.eventually(lambda: set(running(system.pods())) <= {"forward-pubsub", "relay-outbox"})
