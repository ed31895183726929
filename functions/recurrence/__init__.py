"""Recurrence: when a task comes again. Pure arithmetic, and the one reaction that uses it."""
