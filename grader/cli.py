"""The command line: arguments to one call, and its outcome to an exit code.

Commands import what they need when they run: the sandbox's process is started before torch is imported here, so that
both sides import it at the same time.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from grader import __version__
from grader.errors import GraderError, UsageError

os.environ.setdefault(
    "ATEN_CPU_CAPABILITY", "default"
)  # the bits of a product differ between CPU capabilities
os.environ.setdefault("OMP_NUM_THREADS", "1")

COMMANDS = ("grade", "batch", "export", "explain", "audit", "handout", "list", "doctor")

# A line with \b alone keeps the lines of the paragraph that follows apart.
HELP = """Grade PyTorch exercises.

\b
Examples:
  ./grade.sh                                grade the folder submission/, made from the starters if absent
  ./grade.sh adaline --only mse_loss        one exercise of one assignment
  ./grade.sh --submission homework.zip      an archive, a folder, a .py or a .ipynb
  ./grade.sh batch handed_in/ --out graded/
  ./grade.sh grade --help                   all options of a command
"""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=HELP,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Level(StrEnum):
    """How well a submission is kept away from the machine."""

    A = "A"
    B = "B"
    C = "C"


Assignments = Annotated[
    list[str] | None, typer.Argument(help="Assignments; default those whose file is there.")
]


@app.command()
def grade(
    assignments: Assignments = None,
    submission: Annotated[
        Path, typer.Option(help="A folder, a .zip or .tar.gz, one .py or one .ipynb.")
    ] = Path("submission"),
    only: Annotated[
        list[str] | None, typer.Option(help="Grade this exercise only; may be given several times.")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the answer key. Public; for a secret one use --seed-file.")
    ] = 0,
    seed_file: Annotated[
        Path | None, typer.Option(help="File with a secret seed (or set GRADER_SEED).")
    ] = None,
    cases: Annotated[int, typer.Option(min=1, max=10_000, help="Cases a check.")] = 100,
    require_isolation: Annotated[
        Level | None, typer.Option(help="Refuse to grade below this isolation level.")
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="Devices, such as cpu,cuda; default those that are here.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Folder of the model solutions, if not beside the assignments.")
    ] = None,
    json_file: Annotated[
        str | None, typer.Option("--json", help="Write the grade report here; - is standard output.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page to read in a browser.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML.")] = None,
    gradescope: Annotated[Path | None, typer.Option(help="Write Gradescope's results.json.")] = None,
    summary: Annotated[Path | None, typer.Option(help="Write a Markdown summary.")] = None,
    min_score: Annotated[
        str | None, typer.Option(help="Points from which the exit status is 0; default full marks.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Grade again on each save.")] = False,
    debug: Annotated[
        str | None, typer.Option(metavar="EXERCISE", help="Run its counterexample under your debugger.")
    ] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="Plain text.")] = False,
) -> None:
    """Grade one submission.

    \b
    Examples:
      ./grade.sh adaline --submission my_folder
      ./grade.sh tensors --only row_average --watch
      ./grade.sh --submission homework.zip --html report.html
    """
    from grader.commands.grade import GradeRequest, run_grade

    request = GradeRequest(
        assignments=tuple(assignments or ()),
        submission=submission,
        only=tuple(only or ()),
        seed=seed,
        seed_file=seed_file,
        cases=cases,
        require_isolation=require_isolation.value if require_isolation else None,
        device=device,
        reference=reference,
        json_file=json_file,
        html=html,
        junit=junit,
        gradescope=gradescope,
        summary=summary,
        min_score=min_score,
        watch=watch,
        debug=debug,
        color=not no_color,
    )
    raise typer.Exit(run_grade(request))


@app.command()
def batch(
    source: Annotated[
        Path, typer.Argument(help="A folder of submissions, or the export of a course platform.")
    ],
    assignments: Assignments = None,
    out: Annotated[
        Path, typer.Option(help="Folder for the reports; the same one goes on where a batch stopped.")
    ] = ...,  # type: ignore[assignment]
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Lanes at work at once; default what cores and memory allow.")
    ] = None,
    regrade: Annotated[bool, typer.Option(help="Grade again what changed checks can affect.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="Grade this exercise only; may be given several times.")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the answer key. Public; for a secret one use --seed-file.")
    ] = 0,
    seed_file: Annotated[
        Path | None, typer.Option(help="File with a secret seed (or set GRADER_SEED).")
    ] = None,
    cases: Annotated[int, typer.Option(min=1, max=10_000, help="Cases a check.")] = 100,
    require_isolation: Annotated[
        Level, typer.Option(help="Refuse to grade below this isolation level.")
    ] = Level.A,
    device: Annotated[
        str | None, typer.Option(help="Devices, such as cpu,cuda; default those that are here.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Folder of the model solutions, if not beside the assignments.")
    ] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Grade on the workers of this Dask scheduler.")
    ] = None,
    slurm: Annotated[
        bool, typer.Option("--slurm", help="Grade on Slurm jobs, started through dask-jobqueue.")
    ] = False,
) -> None:
    """Grade every submission of a class.

    \b
    Examples:
      batch handed_in/ adaline --out graded/
      batch submissions.zip --out graded/ --jobs 8
    """
    from grader.commands.batch import BatchArguments, run_batch_command

    arguments = BatchArguments(
        source=source,
        assignments=tuple(assignments or ()),
        out=out,
        jobs=jobs,
        regrade=regrade,
        only=tuple(only or ()),
        seed=seed,
        seed_file=seed_file,
        cases=cases,
        require_isolation=require_isolation.value,
        device=device,
        reference=reference,
        dask=dask,
        slurm=slurm,
    )
    raise typer.Exit(run_batch_command(arguments))


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The --out folder of a batch.")],
    format: Annotated[str, typer.Option("--format", help="Some of csv,canvas,moodle,gradescope,html.")] = "",
    adjustments: Annotated[
        Path | None, typer.Option(help="Late policy, overrides, struck checks; default DIR/adjustments.toml.")
    ] = None,
    pseudonyms: Annotated[
        bool, typer.Option("--pseudonyms", help="Names that tell nobody who it is.")
    ] = False,
    title: Annotated[str | None, typer.Option(help="What Canvas calls the assignment.")] = None,
    diff: Annotated[
        int | None, typer.Option(metavar="RUN", help="List whose score changed since that run, and why.")
    ] = None,
) -> None:
    """Make gradebooks and class pages from a batch.

    Examples:
      export graded/ --format csv,html
      export graded/ --format canvas --title "ADALINE (48213)"
      export graded/ --diff 1
    """
    from grader.commands.export import ExportRequest, run_export

    asked = format or ("" if diff is not None else "csv")
    formats = tuple(name.strip() for name in asked.split(",") if name.strip())
    raise typer.Exit(run_export(ExportRequest(folder, formats, adjustments, pseudonyms, title, diff)))


@app.command()
def audit(
    assignments: Assignments = None,
    seeds: Annotated[int, typer.Option(min=1, help="Under how many different seeds.")] = 1,
    cases: Annotated[int, typer.Option(min=1, help="Cases a check.")] = 100,
    mutate: Annotated[
        bool, typer.Option(help="Also change the reference mechanically and list the survivors.")
    ] = False,
    json_file: Annotated[
        str | None, typer.Option("--json", help="Write the audit here; - is standard output.")
    ] = None,
    table: Annotated[bool, typer.Option(help="Print misconceptions against checks.")] = True,
) -> None:
    """Are the checks good enough? Every misconception must be caught, every alternative must pass."""
    from grader.commands.audit import run_audit

    raise typer.Exit(
        run_audit(
            tuple(assignments or ()), range(seeds), cases, mutate=mutate, json_file=json_file, table=table
        )
    )


@app.command(name="list")
def list_exercises() -> None:
    """List assignments, exercises and points."""
    from grader.commands.listing import run_list

    raise typer.Exit(run_list())


@app.command()
def doctor() -> None:
    """Say what this machine offers: versions, devices, isolation, and what is missing."""
    from grader.commands.doctor import run_doctor

    raise typer.Exit(run_doctor())


@app.command()
def explain(
    report: Annotated[Path, typer.Argument(help="A grade report written with --json.")],
    check: Annotated[str, typer.Argument(help="A check, such as tensors/row_average/averages_every_row.")],
) -> None:
    """Tell the whole story of one verdict, with a script that reproduces it."""
    from grader.commands.explain import run_explain

    raise typer.Exit(run_explain(report, check))


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"grader {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_print_version, help="Say which version this is."),
    ] = False,
) -> None:
    """Hold the options that stand before a command; the text of its help is `HELP`."""


def main(arguments: list[str] | None = None) -> None:
    """Run a command; `grade` where none is named."""
    if sys.stdout is None:  # closed by whoever started this
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the life of the process
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or arguments[0] not in (*COMMANDS, "-h", "--help", "--version"):
        arguments = ["grade", *arguments]
    sys.exit(guarded(lambda: app(arguments, prog_name="grader", standalone_mode=False), arguments))


_CTRL_C = 130  # what typer makes of it


def guarded(command: Callable[[], Any], arguments: list[str]) -> int:
    """The exit code of a command; expected trouble is one sentence, our own bugs a traceback with the command."""
    try:
        code = int(command() or 0)
        if code == _CTRL_C:
            raise KeyboardInterrupt
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 2
    except GraderError as error:
        print(f"grader: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as error:
        if isinstance(error, typer.Exit):
            return error.exit_code
        if type(error).__name__ in _CLICK_ERRORS:
            print(f"grader: {UsageError(_usage(error))}", file=sys.stderr)
            return UsageError.exit_code
        traceback.print_exc()
        print(
            f"grader: this is a bug in the grader, not in your code. Command: {' '.join(arguments)}",
            file=sys.stderr,
        )
        return GraderError.exit_code


_CLICK_ERRORS = (
    "UsageError",
    "BadParameter",
    "NoSuchOption",
    "BadArgumentUsage",
    "MissingParameter",
    "BadOptionUsage",
    "NoArgsIsHelpError",
)


def _usage(error: Any) -> str:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    return f"{message.rstrip('.')}. See --help."
