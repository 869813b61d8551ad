"""The TCP ports of one stack: their defaults, how to set them, and that no two are the same."""

from dataclasses import dataclass, fields
from typing import Self

from stores.environment import SettingsError, Variables


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports on the loopback interface.

    `TIDEMARK_PORT_BASE` moves all of them together, so that several stacks can share one machine;
    each can also be set on its own.
    """

    kafka: int
    kafka_controller: int
    flink: int
    trino: int
    connect: int
    mongodb: int
    s3: int
    iceberg: int
    simulator: int
    prefect: int
    internal_base: int
    """First of the forty ports that services use among themselves."""

    @classmethod
    def read(cls, variables: Variables) -> Self:
        """Read the ports.

        Raises:
            SettingsError: a port is invalid, or two are the same.
        """
        moved = "TIDEMARK_PORT_BASE" in variables
        base = variables.number("TIDEMARK_PORT_BASE") if moved else 0

        def port(name: str, offset: int) -> int:
            return variables.number(name, base + offset if moved else None)

        kafka = port("TIDEMARK_KAFKA_PORT", 0)
        return cls(
            kafka=kafka,
            kafka_controller=kafka + 1,
            flink=port("TIDEMARK_FLINK_PORT", 2),
            trino=port("TIDEMARK_TRINO_PORT", 3),
            connect=port("TIDEMARK_CONNECT_PORT", 4),
            mongodb=port("TIDEMARK_MONGODB_PORT", 5),
            s3=port("TIDEMARK_S3_PORT", 6),
            iceberg=port("TIDEMARK_ICEBERG_PORT", 7),
            simulator=port("TIDEMARK_SIMULATOR_PORT", 8),
            prefect=port("TIDEMARK_PREFECT_PORT", 9),
            internal_base=port("TIDEMARK_INTERNAL_PORT_BASE", 100),
        )

    def __post_init__(self) -> None:
        """Check that no two are the same.

        Raises:
            SettingsError: two are.
        """
        owners: dict[int, str] = {}
        for field in fields(self):
            number = getattr(self, field.name)
            if number in owners:
                raise SettingsError(
                    f"port {number} is set for both {owners[number]} and {field.name}; "
                    "give one of them another port"
                )
            owners[number] = field.name

    def internal(self, offset: int) -> int:
        """Return the internal port with this number, from 0 to 39."""
        return self.internal_base + offset
