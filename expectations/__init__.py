"""What every row must fulfil: rules from the dictionary and `bounds.yaml`, and their suites.

`rules` is pure. Only `suite` knows Great Expectations, which takes seconds to import: whoever needs
it imports that module when a suite runs, and not before. Nothing here knows what a red suite stops.
"""
