"""What holds for every ring."""

from hypothesis import settings

from tests.support.running_stack import stack

__all__ = ["stack"]

# An example's time depends on what else the machine does; nothing here is judged by a clock.
settings.register_profile("tidemark", deadline=None, print_blob=True)
settings.load_profile("tidemark")
