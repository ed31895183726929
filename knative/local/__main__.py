"""Run the whole system on a laptop, in the foreground: ``python -m knative.local``, which ``scripts/up`` calls."""

import asyncio
import os
import sys
from collections.abc import Sequence

from knative.function_list import FunctionListError, load_function_list
from knative.local.console import Console
from knative.local.daprd_command import find_daprd
from knative.local.data_folder import empty_data_folder, lock_data_folder
from knative.local.platform_options import parse_platform_options
from knative.local.start_error import StartError
from knative.local.supervisor import Supervisor, require_free_port


def run_platform(arguments: Sequence[str] | None = None) -> int:
    """Run until a signal stops the platform. Return the exit code."""
    options = parse_platform_options(arguments)
    try:
        functions = load_function_list(options.functions)
        daprd = find_daprd(os.environ) if options.dapr else None
        with lock_data_folder(options.data):
            require_free_port(options.port)
            if options.fresh:
                empty_data_folder(options.data)
            asyncio.run(Supervisor(options, functions, Console(), daprd=daprd).run())
    except (StartError, FunctionListError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run_platform())
