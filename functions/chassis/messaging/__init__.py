"""Events in and out: the inbox, the outbox, the unit of work, the publisher and the event bus."""
