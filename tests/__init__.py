"""The tests, by what they need: nothing, a database, or the whole platform."""
