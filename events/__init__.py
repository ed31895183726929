"""What can be said: one model per event, their encoding, and the documents generated from both."""
