"""The list of functions, the local platform and the deployment, without real processes."""
