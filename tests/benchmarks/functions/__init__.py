"""Functions on functions-framework that ours are compared with: the least that a function can do."""
