"""The reaction of recurrence, through its events."""
