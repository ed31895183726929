"""What a function runs with: settings, the clock, the database, secrets, state and the Dapr sidecar."""
