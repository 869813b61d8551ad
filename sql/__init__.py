"""The warehouse tree: SQL text, one folder a job, table or view. No query stands in Python.

flink/<job>/<statement>.sql   statements of a Flink job
flows/<flow>/<statement>.sql  statements of a flow; `correction` are those that several share
views/<view>.sql              Trino views that join hot and cold
"""

from collections.abc import Mapping
from importlib.resources import files
from string import Template


def statement(path: str, parameters: Mapping[str, str] | None = None) -> str:
    """Return the text of one statement, with `${name}` replaced from `parameters`.

    Args:
        path: inside this package, such as ``flink/candles/late_records.sql``.
        parameters: every name that the text uses, and no other use of ``$``.

    Raises:
        FileNotFoundError: no such statement.
        KeyError: the text uses a name that `parameters` lacks.
    """
    text = files(__name__).joinpath(path).read_text(encoding="utf-8")
    return Template(text).substitute(parameters or {})
