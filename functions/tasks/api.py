"""The HTTP function ``tasks``. Importing it registers every operation of this folder."""

from functions.tasks import (
    change_feed,
    completing,
    continuation,
    creating,
    deleting,
    preview,
    replacing,
    series_changing,
    series_view,
    task_listing,
)
from functions.tasks.service import api

__all__ = [
    "change_feed",
    "completing",
    "continuation",
    "creating",
    "deleting",
    "preview",
    "replacing",
    "series_changing",
    "series_view",
    "task_listing",
    "tasks",
]

tasks = api.serve()
