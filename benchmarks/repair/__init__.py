"""How fast trades that bronze lacks are fetched by REST and appended, each id once.

The peer asks the same simulated exchange for the same ids and writes a file, with nothing checked.
"""
