"""The events of the system: a model for each, their encoding as CloudEvents, and the documents generated from them."""
