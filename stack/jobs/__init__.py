"""Flink jobs from outside: package them, submit them, stop them with a savepoint, resume them."""
