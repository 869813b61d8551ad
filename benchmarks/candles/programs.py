"""The peers as processes of the benchmark's own environment."""

import json
import os
import subprocess
from dataclasses import dataclass

from benchmarks.candles.errors import BenchmarkError
from benchmarks.candles.meter import Measured
from stack.settings import Settings


@dataclass(frozen=True, slots=True)
class Programs:
    """Starts this package's programs over the topic of a pipeline."""

    settings: Settings

    def preload(self, trades: int) -> None:
        """Fill the topic."""
        self._run("preload", str(trades))

    def read(self) -> Measured:
        """Measure the consumer that only reads."""
        return _measured(self._run("peer_reader"))

    def hand_written(self) -> Measured:
        """Measure the hand-written consumer."""
        return _measured(self._run("peer_python"))

    def quixstreams(self, records: int) -> Measured:
        """Measure Quix Streams over the first records."""
        return _measured(self._run("peer_quixstreams", str(records)))

    def _run(self, module: str, *arguments: str) -> str:
        settings = self.settings
        python = settings.root / ".venv-bench" / "bin" / "python"
        topic = settings.namespace.topic("trades")
        command = [str(python), "-m", f"benchmarks.candles.{module}"]
        done = subprocess.run(
            [*command, settings.kafka.bootstrap_servers, topic, *arguments],
            env=os.environ | {"PYTHONPATH": str(settings.root)},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BenchmarkError(f"{module}: expected exit status 0, found {done.returncode}")
        return done.stdout


def _measured(output: str) -> Measured:
    return Measured.from_json(json.loads(output.splitlines()[-1]))
