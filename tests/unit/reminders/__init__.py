"""Unit tests of `functions/reminders`."""
