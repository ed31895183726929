"""The HTTP function ``tasks``: the target that puts the operations of this folder on the air."""

from functions.tasks import deleting, listing, preview, replacing, series_operations, succession, syncing, writing
from functions.tasks.service import api

__all__ = [
    "deleting",
    "listing",
    "preview",
    "replacing",
    "series_operations",
    "succession",
    "syncing",
    "tasks",
    "writing",
]

tasks = api.serve()
