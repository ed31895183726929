"""Describes which functions handle which events, for the function that wakes them before an event is due."""

import json

from knative.function_list import FunctionList


def describe_subscriptions(functions: FunctionList) -> str:
    """Return the value of ``SUBSCRIPTIONS``: triggers, events and window of each function that has triggers, in JSON.

    The chart renders the same value (``todo.subscriptions``). Example of one entry::

        {"function": "notify-user", "triggers": [{"type": "todo.ReminderDue"}],
         "publishes": ["todo.NotificationRequested"], "window": "15s"}
    """
    return json.dumps(
        [
            {
                "function": function.name,
                "triggers": function.triggers,
                "publishes": function.publishes,
                "window": function.scale.window,
            }
            for function in functions.functions
            if function.triggers
        ]
    )
