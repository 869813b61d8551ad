"""The domain of Tidemark: records, tables, sequences, windows and metric definitions.

What lives here is pure: the standard library only, no I/O, no clock, no thread. Bytes and
instants come in as arguments; records and decisions go out. What must not live here: sockets,
files, SQL text, client libraries, ``time.time()``. Every other package may import this one;
this one imports none of them (import-linter enforces it).
"""
