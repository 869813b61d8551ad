"""A program, and the two files from which the supervisor runs it.

The command line and the environment go into a shell script, which a person can read and run by
hand; the supervisor's own file only says how to keep that script's process alive. So neither
supervisord's quoting rules nor its limits on values matter.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SPACE_MB, LEAST_SPACE_MB = 200, 50
"""What must be free where a program keeps its data: before it starts, and while it runs."""
_FREE = """[ "$(df -Pk {folder} | awk 'NR == 2 {{ print $4 }}')" -lt {kilobytes} ]"""
_WAIT_FOR_SPACE = """\
while {is_short}; do
  echo "waiting: expected {megabytes} MB free for" {folder} ", found less; free some"
  sleep 5
done"""
_STOP_WITHOUT_SPACE = """\
(
  while sleep 5 && kill -0 $$ 2>/dev/null; do
    if {is_short}; then
      echo "stopping: expected {megabytes} MB free for" {folder} ", found less; free some"
      kill -TERM $$
    fi
  done
) &"""

_READER_NICE = 5
"""A third of the CPU time of a process that does not yield."""

LOG_BYTES = 20 * 1024 * 1024
"""Size at which a program's log is rotated; one older log is kept."""


@dataclass(frozen=True, slots=True)
class Setup:
    """A command that must have run once before a program can start.

    Args:
        creates: the file that shows that it has run.
        argv: the command.
    """

    creates: Path
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A process to keep alive.

    Args:
        name: what `status` and `logs` call it.
        argv: the command.
        environment: variables on top of those of the supervisor.
        directory: where it runs; the supervisor's state folder when not given.
        setup: what must have run before.
        data: folder of the data that it reads again when it starts, if it keeps any. Without space
            it is stopped and waits: a broker that recovers its log on a full disk truncates it, and
            an object store that has failed to write once refuses everything afterwards.
        yields: whether it leaves the CPU to programs that do not, where both want it: what reads
            windows must not delay them.
        stop_after_s: seconds between SIGTERM and SIGKILL.
        final_exit_codes: codes after which it stays down until somebody starts it again; after
            any other it is restarted, and so it is when it ends within two seconds.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path | None = None
    setup: Setup | None = None
    data: Path | None = None
    yields: bool = False
    stop_after_s: int = 20
    final_exit_codes: tuple[int, ...] = ()


def render_script(program: Program) -> str:
    """Return the shell script that becomes the program."""
    lines = ["#!/bin/sh", "set -e"]
    if program.directory:
        lines.append(f"cd {shlex.quote(str(program.directory))}")
    lines += [
        f"export {name}={shlex.quote(value)}" for name, value in sorted(program.environment.items())
    ]
    if program.data:
        lines.append(_on_space(_WAIT_FOR_SPACE, program.data, SPACE_MB))
    if program.setup:
        lines.append(
            f"[ -e {shlex.quote(str(program.setup.creates))} ] || {shlex.join(program.setup.argv)}"
        )
    if program.data:
        lines.append(_on_space(_STOP_WITHOUT_SPACE, program.data, LEAST_SPACE_MB))
    nice = f"nice -n {_READER_NICE} " if program.yields else ""
    lines.append(f"exec {nice}{shlex.join(program.argv)}")
    return "\n".join(lines) + "\n"


def _on_space(text: str, data: Path, megabytes: int) -> str:
    folder = shlex.quote(str(data))
    is_short = _FREE.format(folder=folder, kilobytes=megabytes * 1024)
    return text.format(is_short=is_short, folder=folder, megabytes=megabytes)


def render_section(program: Program, script: Path, log: Path) -> str:
    """Return the program's section of the supervisor's configuration."""
    return "\n".join(
        (
            f"[program:{program.name}]",
            f"command=/bin/sh {_literal(shlex.quote(str(script)))}",
            "autostart=false",
            *_restart_lines(program),
            "startsecs=2",
            "startretries=100",
            "stopsignal=TERM",
            f"stopwaitsecs={program.stop_after_s}",
            "stopasgroup=true",
            "killasgroup=true",
            "redirect_stderr=true",
            f"stdout_logfile={_literal(str(log))}",
            f"stdout_logfile_maxbytes={LOG_BYTES}",
            "stdout_logfile_backups=1",
            "",
        )
    )


def _restart_lines(program: Program) -> tuple[str, ...]:
    if not program.final_exit_codes:
        return ("autorestart=true",)
    codes = ",".join(str(code) for code in program.final_exit_codes)
    return ("autorestart=unexpected", f"exitcodes={codes}")


def render_supervisor(folder: Path, socket: Path) -> str:
    """Return the supervisor's own configuration.

    Args:
        folder: where its files are, programs' sections in ``programs/*.conf``.
        socket: where it listens for XML-RPC.
    """
    return "\n".join(
        (
            "[unix_http_server]",
            f"file={_literal(str(socket))}",
            "chmod=0600",
            "[supervisord]",
            f"logfile={_literal(str(folder / 'supervisord.log'))}",
            "logfile_maxbytes=5MB",
            "logfile_backups=1",
            f"pidfile={_literal(str(folder / 'supervisord.pid'))}",
            f"directory={_literal(str(folder))}",
            "[rpcinterface:supervisor]",
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
            "[include]",
            "files=programs/*.conf",
            "",
        )
    )


def _literal(value: str) -> str:
    """Return a value that supervisord reads literally: ``%`` starts its expansions."""
    return value.replace("%", "%%")
