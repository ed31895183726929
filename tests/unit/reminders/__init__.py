"""Tests of the reminders' pure parts."""
