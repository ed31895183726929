from knative.function_list import *  # noqa
from knative.function_list import FUNCTION_LIST_PATH as LIST, ClockEntry as Clock, load_function_list as load

FunctionList.named = FunctionList.get_function
