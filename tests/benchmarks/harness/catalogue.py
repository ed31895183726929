"""The questions of ``scripts/bench``, in the order in which they are asked."""

QUESTIONS = {
    "reactions": "events a second and CPU an event of reactions, beside functions that do the least",
    "audit": "entries a second of the audit log, beside a one-row transaction",
    "tasks": "requests a second and CPU a request of tasks, beside a bare function",
}
"""What each question measures. A question is a module of ``tests/benchmarks/questions``."""
