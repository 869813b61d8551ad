"""A service of the stack, and how its configuration files are made.

Each service has a module in `services`; the start order follows from what each one needs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import Template

from stack.artifacts import ArtifactSet
from stack.console import Console
from stack.maven import Maven
from stack.program import Program
from stack.settings import Settings

PATIENT_COMPILERS = (
    "-XX:CompileThresholdScaling=10",
    "-XX:ThreadPriorityPolicy=1",
    "-XX:CompilerThreadPriority=10",
)
"""For servers: half of their first minutes' CPU went into optimizing code that was soon done.

What is still optimized uses the time that requests leave: the last option is a thread's nice value.
"""


@dataclass(frozen=True, slots=True)
class BuildContext:
    """What a service's preparation may use: settings, Java, Maven, artifacts, the console."""

    settings: Settings
    jdk: Path
    maven: Maven
    artifacts: dict[str, ArtifactSet]
    console: Console

    def fetch(self, name: str) -> Path:
        """Return the folder with a set of artifacts, fetched if needed."""
        return self.maven.fetch(self.artifacts[name], self.settings.cache)

    def build_java(self) -> None:
        """Build our own Java if its sources changed."""
        java = self.settings.root / "java"
        self.maven.build(java / "pom.xml", (java,))

    def java(self, *arguments: str) -> tuple[str, ...]:
        """Return a command line for Java 17."""
        return (str(self.jdk / "bin" / "java"), *arguments)

    def render(self, template: str, target: Path, **values: object) -> Path:
        """Write a configuration file from a template of `deploy/local`.

        Args:
            template: its path below `deploy/local`.
            target: the file to write; only its owner may read it.
            values: what its placeholders become; a missing one is an error.
        """
        source = self.settings.root / "deploy" / "local" / template
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
        target.chmod(0o600)
        target.write_text(Template(source.read_text()).substitute(values))
        return target


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the stack.

    Args:
        name: what commands call it.
        address: where its users find it.
        ports: what it listens on, by what for.
        memory_mb: what it takes once it is used.
        is_ready: whether it does its work now.
        prepare: makes its files and says what to run; not called for an external service.
        after: the services that must be ready before it starts.
        external: the variable that says it is run elsewhere, if it is.
        start_within_s: seconds after which a start has failed.
        stops_first: whether it must have ended before any other service is stopped.
    """

    name: str
    address: str
    ports: dict[str, int]
    memory_mb: int
    is_ready: Callable[[], bool]
    prepare: Callable[[BuildContext], Program]
    after: tuple[str, ...] = ()
    external: str | None = None
    start_within_s: int = 120
    stops_first: bool = False
