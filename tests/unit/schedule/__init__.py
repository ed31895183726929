"""When a task comes again."""
