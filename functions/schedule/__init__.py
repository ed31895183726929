"""Pure arithmetic of recurrence rules, occurrences, durations, reminder times and the wall clock."""
