"""Builds the response that shows one task."""

from events.task import Task
from functions.chassis.http.response import ApiResponse, etag


def task_response(task: Task) -> ApiResponse:
    """Return a 200 response with a task. The ETag is its version."""
    return ApiResponse(task, 200, {"ETag": etag(task.version)})


def created_task_response(task: Task) -> ApiResponse:
    """Return a 201 response with a new task and its location."""
    return ApiResponse(task, 201, {"Location": f"/tasks/{task.id}", "ETag": etag(task.version)})
