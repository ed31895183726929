"""Sending and receiving events: inbox, outbox, unit of work, publisher, and the event bus with its adapters."""
