"""Tests of the schedule arithmetic."""
