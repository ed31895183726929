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
    story.create_task()
    assert datetime.fromisoformat(story.wait_for_notification()["createdAt"]) >= story.remind_at
    story.wait_for_delivery()
    story.complete_task()
    story.check_next_occurrence()
    story.check_audit_log()
    system.wait_for(lambda: set(running(system.pods())) <= {"forward-pubsub", "relay-outbox"})
