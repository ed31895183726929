"""What it takes to deploy all functions."""

from dataclasses import dataclass

from knative.deploy.command import Command


@dataclass(frozen=True)
class Plan:
    """In words, and in commands: those that make everything, and those for when all of it is ready."""

    says: str
    first: tuple[Command, ...]
    then: tuple[Command, ...]
