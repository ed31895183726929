"""HTTP for every function: requests, responses, problems, authorization, idempotency and OpenAPI."""
