"""`tidemark verify`: the proof that every store holds exactly what a capture leads to."""

import dataclasses
import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from stack import pipeline
from stack.settings import Settings, read_settings
from stack.stack import Stack
from verify import proof as proofs
from verify.chaos.market import symbols_named
from verify.chaos.plan import Kind, Plan, PlanError, draw_plan, read_plan
from verify.chaos.session import Session
from verify.fault_plan import FAULTS
from verify.fault_story import run_story
from verify.proof import Proof


class Progress:
    """Progress on standard error: one line that changes on a terminal, new lines elsewhere."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, text: str) -> None:
        """Show one line; an update of a line replaces it."""
        if text == self._last:
            return
        moving = text.startswith(("replay:", "rows:"))
        same = self._last.split(":")[0] == text.split(":")[0]
        self._last = text
        if sys.stderr.isatty() and moving and same:
            click.echo(f"\x1b[1A\x1b[2K{text}", err=True)
        else:
            click.echo(text, err=True)


def _show(proof: Proof) -> None:
    table = Table("store", "table", "metric", "expected", "equal", "missing", "surplus", "wrong")
    for row in proof.comparisons:
        numbers = (row.expected, row.equal, row.missing, row.surplus, row.wrong)
        table.add_row(
            row.store,
            row.table,
            row.metric,
            *(f"{number:,}" for number in numbers),
            style="green" if row.green else "red",
        )
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    for name in proof.left_out:
        console.print(f"left out: {name}")
    examples = dict.fromkeys(text for row in proof.comparisons for text in row.examples)
    for text in list(examples)[:20]:
        console.print(f"  {text}", style="red")
    console.print("verified: every row is as it must be" if proof.green else "NOT VERIFIED")


def _show_json(proof: Proof) -> None:
    content = {
        "namespace": proof.namespace,
        "green": proof.green,
        "left_out": list(proof.left_out),
        "comparisons": [
            {**dataclasses.asdict(row), "green": row.green} for row in proof.comparisons
        ],
    }
    click.echo(json.dumps(content, indent=2))


def _ready(settings: Settings) -> Settings:
    """Return the settings of a stack that is up."""
    Stack(settings).require()
    return settings


def _faults(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[str, ...]:
    """Return the names of faults, which commas separate."""
    names = tuple(name for name in text.split(",") if name)
    unknown = sorted(set(names).difference(FAULTS))
    if unknown:
        raise click.BadParameter(f"expected some of {','.join(FAULTS)}, found {','.join(unknown)}")
    return names


def _kinds(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[Kind, ...]:
    """Return kinds of faults, which commas separate."""
    try:
        return tuple(Kind(name) for name in text.split(",") if name)
    except ValueError:
        raise click.BadParameter(f"expected some of {','.join(Kind)}, found {text}") from None


def _plan(
    seed: int | None, file: Path | None, symbols: int, minutes: float, only: tuple[Kind, ...]
) -> Plan:
    if file is None:
        return draw_plan(seed or 0, symbols_named(symbols), minutes, only)
    try:
        return read_plan(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise click.BadParameter(
            f"expected a file with a plan, found {file}: {error.strerror}", param_hint="--plan"
        ) from error
    except PlanError as error:
        raise click.BadParameter(f"{file}: {error}", param_hint="--plan") from error


def _require_one_source(folder: Path | None, seed: int | None, plan_file: Path | None) -> None:
    """Refuse a capture together with a plan, and neither of them."""
    options = {"--capture": folder, "--chaos": seed, "--plan": plan_file}
    given = [name for name, value in options.items() if value is not None]
    if (folder is None) == (seed is None and plan_file is None):
        raise click.UsageError(
            "expected one of --capture FOLDER, --chaos SEED and --plan FILE, found "
            f"{' and '.join(given) or 'none'}"
        )


def _refuse_beside_faults(kills: tuple[str, ...], namespace: str | None) -> None:
    """Refuse options of a replay without faults."""
    found = [f"--kill {name}" for name in kills]
    if namespace:
        found.append(f"--check {namespace}")
    if found:
        raise click.UsageError(
            "--fault: expected neither --kill nor --check, since it replays a story of its own; "
            f"found {' and '.join(found)}"
        )


@click.command("verify")
@click.option(
    "--capture",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder of capture files *.gz; several are fed in date order.",
)
@click.option(
    "--kill",
    "kills",
    multiple=True,
    type=click.Choice(["taskmanager", "connector"]),
    help="Kill -9 this process in mid-stream; the rows must be the same. Repeatable.",
)
@click.option(
    "--fault",
    "faults",
    default="",
    callback=_faults,
    metavar=",".join(FAULTS),
    help="Cut the socket for 20 s of the market, deliver 200 trades late, kill the TaskManager: "
    "any of them, and prove that the flow repair corrects everything.",
)
@click.option(
    "--speed",
    metavar="N|max",
    help="Times real time; about half a minute if not given, 10 with faults.",
)
@click.option(
    "--chaos",
    "seed",
    type=int,
    metavar="SEED",
    help="Instead of a capture: a synthetic market with faults that coincide, drawn from a seed. "
    "Every version of every row is read, and none may claim to be whole that is not.",
)
@click.option(
    "--symbols", default=12, show_default=True, type=click.IntRange(min=1), help="With --chaos."
)
@click.option(
    "--minutes",
    default=3.0,
    show_default=True,
    type=click.FloatRange(min=0.5),
    help="With --chaos: from the market's start to the end of its faults.",
)
@click.option(
    "--only",
    default="",
    callback=_kinds,
    metavar="KIND,KIND",
    help="With --chaos: draw faults of these kinds only.",
)
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path),
    help="Instead of --chaos: the plan that an earlier run has printed with --json.",
)
@click.option(
    "--shrink",
    is_flag=True,
    help="With --chaos or --plan: after a failure, find a shorter plan that still fails.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the comparisons as JSON.")
@click.option("--keep", is_flag=True, help="Keep the namespace afterwards, and print its name.")
@click.option(
    "--check",
    "namespace",
    metavar="NAMESPACE",
    help="Only compare what an earlier run with --keep left; replay nothing.",
)
def command(
    folder: Path | None,
    kills: tuple[str, ...],
    faults: tuple[str, ...],
    speed: str | None,
    namespace: str | None,
    seed: int | None,
    symbols: int,
    minutes: float,
    only: tuple[Kind, ...],
    plan_file: Path | None,
    *,
    shrink: bool,
    as_json: bool,
    keep: bool,
) -> None:
    """Prove that every store holds exactly what a capture leads to.

    The capture is replayed through the running stack (`tidemark up`) in a namespace of its own.
    Every trade, book and window is recomputed from the files by independent code and compared
    with Kafka, MongoDB, bronze and silver: exact decimals, none missing, none double. Of a book,
    what the pipeline claims to have known must be the recorded one. Exits with 1 on any
    difference.

    With --chaos there is no capture but a market of its own in which faults coincide. It takes the
    given minutes, some more until all is repaired, and restarts the services that it kills.
    """
    _require_one_source(folder, seed, plan_file)
    report = Progress()
    if folder is None:
        plan = _plan(seed, plan_file, symbols, minutes, only)
        session = Session(_ready(read_settings()), report, keep=keep)
        sys.exit(0 if session.prove(plan, shrinks=shrink, as_json=as_json) else 1)
    if faults:
        _refuse_beside_faults(kills, namespace)
    if len(set(kills)) < len(kills):
        raise click.UsageError(f"--kill: expected each process once, found {', '.join(kills)}")
    expectation = proofs.expect(folder)
    settings = proofs.own_namespace(_ready(read_settings()), namespace)
    try:
        if faults:
            proof = run_story(settings, expectation, report, faults, speed)
        else:
            if namespace is None:
                proofs.replay(settings, expectation, report, kills=kills, speed=speed)
            report("compare: reading every store")
            proof = proofs.check(settings, expectation)
    finally:
        if keep or namespace is not None:
            report(f"kept: namespace {settings.namespace.prefix}")
        else:
            pipeline.tear_down(settings)
    (_show_json if as_json else _show)(proof)
    sys.exit(0 if proof.green else 1)
