"""Reminders: when to remind a user, of a task or of a title alone."""
