"""Of what can be said."""
