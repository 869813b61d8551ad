"""How fast the lake answers, is rolled up, and how many bytes a trade takes in it.

Peers read the same files without an engine: pyiceberg into Arrow, and pandas for the rollup. Every
figure is of a result that both found alike.
"""
