"""The commands, one module a command or group; each is thin over what it calls."""
