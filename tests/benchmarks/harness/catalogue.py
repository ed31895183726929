"""The questions of ``scripts/bench``, in the order in which they are asked."""

QUESTIONS = {
    "reactions": "events a second and CPU an event of reactions, beside functions that do the least",
    "audit": "entries a second of the audit log, beside a one-row transaction",
    "tasks": "requests a second and CPU a request of tasks, beside a bare function",
    "chain": "the whole chain of scripts/up, and CPU of all processes, beside job queues",
    "burst": "5,000 reminders due at one moment: rate, lateness, CPU and idle seconds",
    "burst-pending": "the same beside many reminders that wait",
    "single": "one reminder at a time on an idle system that is awake, and a task until it is audited",
    "from-zero": "reminders that find every function asleep",
    "cold": "cold starts, and memory of an idle worker, beside bare functions",
    "growth": "lists and searches among few and among many tasks, first and deep page",
    "local-platform": "CPU of the laptop's platform for a delivery and for a request",
}
"""What each question measures. A question is a module of ``tests/benchmarks/questions``."""
