"""Tasks: what a user wants to be done, and what the chatbot calls first."""
