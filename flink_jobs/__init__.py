"""Flink jobs: one module a job, wired by PyFlink; the statements live in `sql/flink/<job>/`."""
