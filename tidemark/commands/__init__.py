"""One command of `tidemark` a module, each with a click command named `command`."""
