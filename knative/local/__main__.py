"""``python -m knative.local``: the whole system on a laptop, in the foreground. See ``scripts/up``."""

import asyncio
import os
import sys
from collections.abc import Sequence

from knative.function_list import FunctionListError, load_function_list
from knative.local.console import Console
from knative.local.daprd import find_daprd
from knative.local.data_folder import empty, held
from knative.local.options import parse
from knative.local.session import Session, require_free
from knative.local.start_error import StartError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; return the exit code."""
    options = parse(arguments)
    try:
        functions = load_function_list(options.functions)
        daprd = find_daprd(os.environ) if options.dapr else None
        with held(options.data):
            require_free(options.port)
            if options.fresh:
                empty(options.data)
            asyncio.run(Session(options, functions, Console(), daprd=daprd).run())
    except (StartError, FunctionListError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
