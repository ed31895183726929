"""The domain ``recurrence``: one reaction that requests the next occurrence of a completed task."""
