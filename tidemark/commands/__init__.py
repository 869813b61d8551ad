"""One module per command of `tidemark`, each with a click command named `command`."""
