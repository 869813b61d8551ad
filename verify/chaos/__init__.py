"""The proof in its random form: a market with faults that coincide, drawn from a seed.

An observer reads every version of every row, and each one that claims to be whole must be what the
market did. Nothing of the pipeline is used here but its output formats.
"""
