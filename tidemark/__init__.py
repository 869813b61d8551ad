"""The command line: a thin layer over the adapters and the local stack."""
