"""Delivers events: the relay of the outbox, dead letters, and the bridge from Dapr's pub/sub to the Broker."""
