"""The infrastructure that every function is built on."""
