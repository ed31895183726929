"""The functions: a folder is a domain, a file with a verb is a function."""
