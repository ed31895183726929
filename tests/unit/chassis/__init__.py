"""Of what every function stands on."""
