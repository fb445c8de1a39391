"""What the author of an exercise imports: assignments, exercises, checks, misconceptions and alternatives.

Nothing here draws, runs or judges: an `Assignment` is a description that the trusted side and the worker both read.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from grader.errors import AuthorError
from grader.sandbox.limits import Limits
from grader.strategies import Edge, Strategy

Program = Callable[..., Any]
Judge = Callable[[dict[str, Any], Any, Any], str | None]
Decorated = TypeVar("Decorated", bound=Callable[..., Any])

VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")


@dataclass(frozen=True)
class Within:
    """A plain bound around the reference's own answer: `absolute + relative * |expected|`."""

    absolute: float
    relative: float


@dataclass(frozen=True)
class Rounding:
    """A rounding error bound around the reference's answer in float64; see `rounding`."""

    scale: Callable[..., Any]
    terms: Callable[..., int]


def within(absolute: float = 0.0, relative: float = 0.0) -> Within:
    """Accept what lies within `absolute + relative * |expected|` of the reference's answer."""
    return Within(absolute, relative)


def rounding(scale: Callable[..., Any], terms: Callable[..., int] = lambda **_: 1) -> Rounding:
    """Accept what rounding explains: `(terms + 32) * eps * scale` around the reference's answer in float64.

    Args:
        scale: From the inputs (by name, as float64) to the sum of the absolute values of the terms of each entry:
            a tensor that broadcasts to the answer, or a tuple of them where there are several answers.
        terms: From the inputs to the number of terms that each entry sums, a count of at least 1.
    Source: Higham (2002), Accuracy and Stability of Numerical Algorithms, Lemma 3.1; the 32 covers a few more
        operations a term and was measured to fail no right answer.
    """
    return Rounding(scale, terms)


@dataclass(frozen=True)
class Check:
    """One property of an exercise: a program to run on any implementation, and the cases to run it on."""

    assignment: str
    exercise: str
    name: str
    explanation: str
    program: Program
    inputs: Mapping[str, Strategy]
    points: Decimal
    essential: bool = False
    edges: tuple[Edge, ...] = ()
    judge: Judge | None = None
    error: Within | Rounding | None = None
    cases: int | None = None
    visibility: str = "visible"
    requires_essential: bool = True
    dtypes: tuple[str, ...] | None = None
    layouts: tuple[str, ...] | None = None
    on_devices: bool = True

    @property
    def id(self) -> str:
        """Its name in reports: `assignment/exercise/check`."""
        return f"{self.assignment}/{self.exercise}/{self.name}"

    @property
    def title(self) -> str:
        """The headline that a student reads."""
        return self.name.replace("_", " ")


@dataclass(frozen=True)
class Figure:
    """Something that is drawn, not judged: a program without inputs that returns series by their names.

    Each series is a dict of equally long lists `x` and `y`, and `"marks": "points"` where it is a cloud of data.
    """

    assignment: str
    exercise: str
    name: str
    kind: str
    title: str
    x_label: str
    y_label: str
    program: Program

    @property
    def id(self) -> str:
        """Its name for the worker, which no check can have."""
        return f"{self.assignment}/{self.exercise}/figure {self.name}"


@dataclass(frozen=True)
class Promise:
    """A generic property that an exercise may promise; `grader.kit` has them all.

    `make(exercise)` gives the program; `options` are further arguments of `Exercise.check`.
    """

    name: str
    explanation: str
    points: str
    make: Callable[[Exercise], Program]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Exercise:
    """One function or class that a student writes, and its checks in the order in which they are told."""

    assignment: str
    name: str
    inputs: Mapping[str, Strategy]
    call: Program
    uses: tuple[str, ...] = ()
    cpu_s: float = 10.0
    on_devices: bool = True
    checks: list[Check] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    @property
    def points(self) -> Decimal:
        """What its checks are worth together."""
        return sum((check.points for check in self.checks), Decimal(0))

    @property
    def essential(self) -> Check:
        """The check without which the kit and edge checks say nothing."""
        return next(check for check in self.checks if check.essential)

    def check(
        self,
        *,
        points: str | int,
        name: str | None = None,
        explanation: str | None = None,
        **options: Any,
    ) -> Callable[[Decorated], Decorated]:
        """Make the decorated program `f(impl, <parameters>)` a check of this exercise.

        Args:
            points: What it is worth, an exact decimal such as "0.5".
            name: Headline; default the program's own name.
            explanation: Default the program's docstring.
            options: Fields of `Check` (`essential`, `edges`, `judge`, `error`, `cases`, `visibility`,
                `requires_essential`, `dtypes`, `layouts`, `on_devices`), or a strategy for a parameter of the
                program. A parameter without one is drawn from the exercise's strategy of that name.
        Raises:
            AuthorError: An unknown option, a parameter without a strategy, points that are no number.
        """

        def register(program: Decorated) -> Decorated:
            fields = {key: value for key, value in options.items() if key in _CHECK_OPTIONS}
            own = {key: value for key, value in options.items() if key not in _CHECK_OPTIONS}
            title = name or program.__name__
            where = f"{self.assignment}/{self.name}/{title}"
            if any(check.name == title for check in self.checks):
                raise AuthorError(f"{where}: two checks of one exercise have this name; rename one.")
            self.checks.append(
                Check(
                    assignment=self.assignment,
                    exercise=self.name,
                    name=title,
                    explanation=inspect.cleandoc(explanation or program.__doc__ or ""),
                    program=program,
                    inputs=_inputs(program, self.inputs, own, where),
                    points=_points(points, where),
                    **{"on_devices": self.on_devices, **_sane(fields, where)},
                )
            )
            return program

        return register

    def figure(
        self, *, title: str, x_label: str, y_label: str, kind: str = "lines"
    ) -> Callable[[Decorated], Decorated]:
        """Draw what the decorated program `f(impl)` returns (see `Figure`), the submission's beside the reference's.

        Args:
            kind: "lines", or "scatter_lines" where a series is a cloud of points.
        """

        def register(program: Decorated) -> Decorated:
            name = program.__name__
            self.figures.append(
                Figure(self.assignment, self.name, name, kind, title, x_label, y_label, program)
            )
            return program

        return register

    def promises(self, *promises: Promise) -> None:
        """Add a check for each generic promise that this exercise makes."""
        for promise in promises:
            decorate = self.check(
                points=promise.points, name=promise.name, explanation=promise.explanation, **promise.options
            )
            decorate(promise.make(self))


_CHECK_OPTIONS = (
    "essential",
    "edges",
    "judge",
    "error",
    "cases",
    "visibility",
    "requires_essential",
    "dtypes",
    "layouts",
    "on_devices",
)


def _sane(fields: dict[str, Any], where: str) -> dict[str, Any]:
    fields = dict(fields)
    fields["edges"] = tuple(fields.get("edges", ()))
    if fields.get("visibility", "visible") not in VISIBILITIES:
        raise AuthorError(
            f"{where}: visibility is one of {', '.join(VISIBILITIES)}, not {fields['visibility']!r}."
        )
    if not isinstance(fields.get("error"), Within | Rounding | None):
        raise AuthorError(f"{where}: error={fields['error']!r}: give Within(…) or Rounding(…).")
    return fields


def _inputs(
    program: Program, shared: Mapping[str, Strategy], own: Mapping[str, Strategy], where: str
) -> dict[str, Strategy]:
    parameters = list(inspect.signature(program).parameters.values())[1:]
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        names = [*shared, *(name for name in own if name not in shared)]
    else:
        names = [parameter.name for parameter in parameters]
        unknown = [name for name in own if name not in names]
        if unknown:
            raise AuthorError(
                f"{where}: {unknown[0]!r} is neither an option of a check nor a parameter of its program."
            )
    drawn = {**shared, **own}
    for name in names:
        if not isinstance(drawn.get(name), Strategy):
            raise AuthorError(
                f"{where}: parameter {name!r} has no strategy; give it to the check or to its exercise."
            )
    return {name: drawn[name] for name in names}


def _points(points: str | int, where: str) -> Decimal:
    try:
        value = Decimal(str(points))
    except InvalidOperation:
        raise AuthorError(f"{where}: points={points!r} is no number.") from None
    if not value.is_finite() or value < 0:
        raise AuthorError(f"{where}: points={points!r}; points are at least 0.")
    return value


@dataclass(frozen=True, eq=False)
class Assignment:
    """The exercises that students hand in as one file.

    Args:
        name: Its folder, and the stem of the file handed in.
        title: What the hand-out and the reports call it.
        limits: Its own budgets for a worker, where the usual ones do not fit; `cpu_s` is each exercise's.
    """

    name: str
    title: str = ""
    limits: Limits | None = None
    exercises: list[Exercise] = field(default_factory=list)

    def exercise(
        self,
        name: str,
        *,
        uses: Sequence[str] = (),
        cpu_s: float = 10.0,
        call: Program | None = None,
        on_devices: bool = True,
        **inputs: Strategy,
    ) -> Exercise:
        """Add an exercise.

        Args:
            name: The function or class that the student writes.
            uses: Exercises (classes) of this assignment without which it cannot be judged.
            cpu_s: CPU seconds that all of its checks may take together.
            call: What the kit runs, `call(impl, **inputs)`; default the function with the inputs in their order.
            on_devices: False where the contract exempts it from following the device of its inputs.
            inputs: A strategy for each parameter, in the order of the signature.
        """
        if any(exercise.name == name for exercise in self.exercises):
            raise AuthorError(f"{self.name}: two exercises are called {name!r}.")

        def plain_call(impl: Any, **values: Any) -> Any:
            return getattr(impl, name)(*values.values())

        exercise = Exercise(self.name, name, dict(inputs), call or plain_call, tuple(uses), cpu_s, on_devices)
        self.exercises.append(exercise)
        return exercise

    @property
    def checks(self) -> list[Check]:
        """All checks of all exercises, in their order."""
        return [check for exercise in self.exercises for check in exercise.checks]

    @property
    def points(self) -> Decimal:
        """What the assignment is worth."""
        return sum((exercise.points for exercise in self.exercises), Decimal(0))


def misconception(exercise: str, *, hint: str, device: bool = False) -> Callable[[Decorated], Decorated]:
    """Mark a known wrong way to do `exercise`.

    Its name and docstring are what a student reads; `hint` points at the idea and never gives the code. It is read
    from the text of its file, so the decorator itself changes nothing.

    Args:
        device: It is right on the CPU, and wrong where its inputs are on any other device.
    """
    return lambda function: function


def alternative(exercise: str) -> Callable[[Decorated], Decorated]:
    """Mark a correct but unusual way to do `exercise`; it must get full marks."""
    return lambda function: function
