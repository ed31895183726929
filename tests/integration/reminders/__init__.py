"""Tests of the reminders' functions on a real database."""
