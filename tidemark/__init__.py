"""The command line: thin, over the adapters and the local stack."""
