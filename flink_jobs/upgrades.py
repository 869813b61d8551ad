"""What lets a job change its SQL: where it starts to read, and which windows it leaves out.

A new graph cannot take over the state of another one. It starts without state, reads each topic
that windows are made of from before the oldest open window, and does not publish again what the
graph before it has published. Topics without windows go on exactly where that graph stopped.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from market.dictionary.markets import MARKETS
from market.dictionary.schemas import Table
from sql import statement

Offsets = Mapping[str, Mapping[int, int]]
"""The first offset to read, by topic (without the namespace) and partition."""

Ends = Mapping[str, Mapping[str, int]]
"""The end of the last published window, epoch ms, by table and market."""


@dataclass(frozen=True, slots=True)
class Takeover:
    """What a job takes over from the graph before it; all empty for a job that has none.

    Attributes:
        offsets: where to start; a topic that is not named starts as `JobConfig.startup_mode` says.
        published: windows that end then or earlier are not published.
        generation: part of the sinks' transactional ids. A sink without state looks for an open
            transaction under every id that was ever used, one a checkpoint; new ids spare it that.
            All starts behind one savepoint share theirs, so each ends what one before it left.
    """

    offsets: Offsets = field(default_factory=dict)
    published: Ends = field(default_factory=dict)
    generation: str = ""

    @classmethod
    def from_json(cls, text: str) -> "Takeover":
        """Return what `to_json` has written."""
        values = json.loads(text)
        offsets = {
            topic: {int(partition): offset for partition, offset in partitions.items()}
            for topic, partitions in values["offsets"].items()
        }
        return cls(offsets, values["published"], values["generation"])

    def to_json(self) -> str:
        """Return it as one command-line argument."""
        return json.dumps(asdict(self))

    def resumed(self) -> "Takeover":
        """Return what a run that resumes this one's state is given: that says where to start."""
        return replace(self, offsets={})

    def transactional_id(self, prefix: str) -> str:
        """Return the prefix of a sink's transactional ids."""
        return f"{prefix}-{self.generation}" if self.generation else prefix

    def startup(self, topic: str, otherwise: str) -> dict[str, str]:
        """Return the options that say where a Kafka source starts.

        Args:
            topic: without the namespace.
            otherwise: startup mode of a topic that is not taken over.
        """
        if topic not in self.offsets:
            return {"scan.startup.mode": otherwise}
        offsets = sorted(self.offsets[topic].items())
        listed = ";".join(f"partition:{partition},offset:{offset}" for partition, offset in offsets)
        return {"scan.startup.mode": "specific-offsets", "scan.startup.specific-offsets": listed}


def unpublished(
    views: Mapping[str, str], tables: Sequence[Table], takeover: Takeover
) -> dict[str, str]:
    """Return a job's views with those of its tables reduced to what is still to be published.

    Args:
        views: by name; each table's windows are the view of its name.
        tables: what the job publishes.
        takeover: of the job.
    """
    reduced = dict(views)
    for table in tables:
        published = takeover.published.get(table.name, {})
        names = {"windows": views[table.name], "published": _cases(published)}
        reduced[table.name] = statement("flink/shared/unpublished.sql", names)
    return reduced


def _cases(published: Mapping[str, int]) -> str:
    """Return a case for each market; never all alike, or the planner would fold them into one."""
    return "\n".join(
        f"    WHEN market = '{market}' THEN CAST({published.get(market, -number)} AS BIGINT)"
        for number, market in enumerate(MARKETS, 1)
    )
