"""The domain ``tasks``: tasks, and the series of recurring tasks."""
