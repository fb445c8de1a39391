"""The answer key: every case of an assignment, and what the reference and each misconception answer.

Made once for an assignment, a seed and a number of cases; then kept in memory and, where the seed is public, in the
user's cache folder under a digest of all that it depends on.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import platform
import stat
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import torch

from grader import __version__
from grader.compare import EPSILON, EXACT, Difference, Tolerance, compare
from grader.engine.catalog import Course, implementations
from grader.engine.devices import cases_elsewhere, reference_on_simulated, takes_part
from grader.engine.offspring import die_with
from grader.errors import AuthorError
from grader.exercise import Check, Rounding, Within
from grader.sandbox.inside.devices import missing
from grader.sandbox.inside.run import Implementation, fresh_environment, quiet, run_case, settle_torch
from grader.values import (
    ArrayNode,
    DictNode,
    ListNode,
    Node,
    Raised,
    TensorNode,
    as_double,
    decode_node,
    encode_input,
    encode_node,
    encode_observation,
    materialise,
)
from grader.values import _decoder as _input_decoder

FORMAT = 7

Cached = TypeVar("Cached")


class Answer(msgspec.Struct, array_like=True, frozen=True):
    """What the reference answers to one case; `centre` and `bound` where an error model judges it."""

    observation: bytes
    centre: bytes = b""
    bound: bytes = b""


class CheckKey(msgspec.Struct, frozen=True):
    """Every case of one check, in the order in which they run.

    `misconceptions` holds, by name, the observations that differ from the reference's, by case. `elsewhere` is what the
    reference answers to the first cases on the simulated device: nothing where the check is not run there, an empty
    entry where a case tells nothing there.
    """

    check: str
    inputs: list[bytes]
    seeds: list[int]
    answers: list[Answer]
    misconceptions: dict[str, dict[int, bytes]]
    elsewhere: list[bytes] = []


class AnswerKey(msgspec.Struct, frozen=True):
    """The key of one assignment."""

    assignment: str
    seed: int
    cases: int
    checks: dict[str, CheckKey]
    figures: dict[str, bytes] = {}


class ExerciseKey(msgspec.Struct, frozen=True):
    """The part of a key that belongs to one exercise; it is kept in a file of its own."""

    checks: list[CheckKey]
    figures: dict[str, bytes] = {}


# --- reading a key ----------------------------------------------------------------------------------------------


def tolerance_of(check: Check, answer: Answer) -> Tolerance:
    """The tolerance with which a check compares one case."""
    if isinstance(check.error, Within):
        return Tolerance(check.error.absolute, check.error.relative)
    if isinstance(check.error, Rounding) and answer.bound:
        return Tolerance(centre=decode_node(answer.centre), bound=decode_node(answer.bound))
    return EXACT


def decode_inputs(data: bytes) -> Node:
    """The input node that a key holds (it keeps layouts, which observations may not have)."""
    return _input_decoder.decode(data)


def judge_case(check: Check, key: CheckKey, index: int, observed: bytes) -> Difference | None:
    """What is wrong with an observation of case `index`, or None.

    Raises:
        MalformedError: The bytes are no observation.
    """
    answer = key.answers[index]
    if check.judge is None:
        if observed == answer.observation:
            return None
        return compare(decode_node(answer.observation), decode_node(observed), tolerance_of(check, answer))
    node = decode_node(observed)
    expected = decode_node(answer.observation)
    if isinstance(node, Raised) and not isinstance(expected, Raised):
        return compare(expected, node)
    try:
        sentence = check.judge(
            materialise(decode_inputs(key.inputs[index])), materialise(expected), materialise(node)
        )
    except Exception as error:
        raise AuthorError(f"{check.id}: its judge raises {type(error).__name__}: {error}") from error
    return Difference("values", sentence) if sentence else None


# --- making a key -----------------------------------------------------------------------------------------------


def make_key(
    course: Course, seed: int, cases: int, *, processes: int | None = None, misconceptions: bool = True
) -> AnswerKey:
    """Draw every case and let the reference and all misconceptions answer it.

    Args:
        processes: How many processes share the work; default one a core.
        misconceptions: Whether they answer now; else `add_misconceptions` does it for one exercise at a time.
    """
    names = [exercise.name for exercise in course.assignment.exercises]
    key = AnswerKey(course.name, seed, cases, {}, {})
    for part in _make_parts(course, names, seed, cases, misconceptions, processes):
        _add(key, part)
    return key


def _add(key: AnswerKey, part: ExerciseKey) -> None:
    key.checks.update({check.check: check for check in part.checks})
    key.figures.update(part.figures)


def _make_parts(
    course: Course,
    names: Sequence[str],
    seed: int,
    cases: int,
    misconceptions: bool,
    processes: int | None = None,
) -> list[ExerciseKey]:
    """The parts of these exercises, in their order."""
    missing("simulated")  # registers the device before anything forks, where it can be had
    processes = min(processes or len(os.sched_getaffinity(0)), len(names))
    if missing("cuda") is None:  # torch refuses a backward pass in a fork once there was one before a card
        processes = 1
    if processes <= 1:
        return [_exercise_key(course, name, seed, cases, misconceptions) for name in names]
    global _course
    _course = course
    context, parent = get_context("fork"), os.getpid()
    with ProcessPoolExecutor(processes, context, initializer=die_with, initargs=(parent,)) as pool:
        jobs = [pool.submit(_exercise_key_in_child, name, seed, cases, misconceptions) for name in names]
        return [msgspec.msgpack.decode(job.result(), type=ExerciseKey) for job in jobs]


_course: Course | None = None


def _exercise_key_in_child(name: str, seed: int, cases: int, misconceptions: bool) -> bytes:
    assert _course is not None
    return msgspec.msgpack.encode(_exercise_key(_course, name, seed, cases, misconceptions))


def _exercise_key(course: Course, name: str, seed: int, cases: int, misconceptions: bool) -> ExerciseKey:
    settle_torch()
    exercise = next(exercise for exercise in course.assignment.exercises if exercise.name == name)
    drawn: dict[Any, list[bytes]] = {}
    with quiet():
        keys = [_check_key(check, course.reference, drawn, seed, cases) for check in exercise.checks]
        figures = {
            figure.id: run_case(figure.program, course.reference, DictNode([]), 0)
            for figure in exercise.figures
        }
    if misconceptions:
        add_misconceptions(course, name, {key.check: key for key in keys})
    return ExerciseKey(keys, figures)


def with_used(course: Course, only: Sequence[str]) -> list[str]:
    """Those of an assignment's exercises that are named, and what they use, in the order of the assignment."""
    wanted = set(only)
    for exercise in reversed(course.assignment.exercises):  # what an exercise uses comes before it
        if exercise.name in wanted:
            wanted.update(exercise.uses)
    return [exercise.name for exercise in course.assignment.exercises if exercise.name in wanted]


def _check_key(
    check: Check, reference: Implementation, drawn: dict[Any, list[bytes]], seed: int, cases: int
) -> CheckKey:
    inputs = _inputs(check, drawn, seed, cases)
    seeds = case_seeds(check, seed, len(inputs))
    answers = [answer(check, reference, data, s) for data, s in zip(inputs, seeds, strict=True)]
    return CheckKey(
        check.id, inputs, seeds, answers, {}, _elsewhere(check, reference, inputs, seeds, answers)
    )


def add_misconceptions(course: Course, name: str, keys: Mapping[str, CheckKey]) -> None:
    """Let the misconceptions of exercise `name` answer the cases of its checks, and note where they differ."""
    settle_torch()
    exercise = next(exercise for exercise in course.assignment.exercises if exercise.name == name)
    with quiet():
        mutants = implementations(
            tuple(m for m in course.misconceptions if m.exercise == name and not m.device)
        )
        for check in exercise.checks:
            key = keys[check.id]
            key.misconceptions.update(
                {mutant: _differing(check, key, impl) for mutant, impl in mutants.items()}
            )


def _differing(check: Check, key: CheckKey, impl: Implementation) -> dict[int, bytes]:
    cases = enumerate(zip(key.inputs, key.seeds, key.answers, strict=True))
    observed = (
        (i, run_case(check.program, impl, decode_inputs(data), seed), one) for i, (data, seed, one) in cases
    )
    return {i: data for i, data, one in observed if data != one.observation}


def _elsewhere(
    check: Check, reference: Implementation, inputs: list[bytes], seeds: list[int], answers: list[Answer]
) -> list[bytes]:
    nodes = [decode_inputs(data) for data in inputs[: cases_elsewhere(check)]]
    if missing("simulated") or not takes_part(check, nodes):
        return []
    cases = zip(nodes, seeds, answers, strict=False)
    return [
        reference_on_simulated(check, reference, node, seed, one.observation) for node, seed, one in cases
    ]


def _inputs(check: Check, drawn: dict[Any, list[bytes]], seed: int, cases: int) -> list[bytes]:
    from grader.engine.draw import draw_cases

    count = min(cases, check.cases) if check.cases else cases
    group = (tuple(check.inputs.items()), tuple(map(id, check.edges)), check.dtypes, check.layouts, count)
    if group not in drawn:
        fresh_environment(0)
        drawn[group] = [encode_case(case) for case in draw_cases(check, seed, count)]
    return drawn[group]


def encode_case(case: Mapping[str, Any]) -> bytes:
    """The inputs of one case as they are kept and sent."""
    return encode_node(DictNode([(name, encode_input(value)) for name, value in case.items()]))


def case_seeds(check: Check, seed: int, count: int) -> list[int]:
    """A seed for the generators of each case; it tells nothing about the key's own."""
    from grader.engine.draw import number

    return [number(seed, check.id, index) >> 31 for index in range(count)]


def answer(check: Check, reference: Implementation, inputs: bytes, seed: int) -> Answer:
    """What the reference answers to one case, with the error model's bound where the check has one."""
    node = decode_inputs(inputs)
    observation = run_case(check.program, reference, node, seed)
    if not isinstance(check.error, Rounding) or isinstance(decode_node(observation), Raised):
        return Answer(observation)
    doubles = as_double(materialise(node))

    def in_double(impl: Any, **_: Any) -> Any:
        return check.program(impl, **as_double(materialise(node)))

    centre = decode_node(run_case(in_double, reference, DictNode([]), seed))
    try:
        bound = _bound(check.error, doubles, centre, _floats(node))
    except Exception as error:
        raise AuthorError(f"{check.id}: its error model fails: {type(error).__name__}: {error}") from error
    return Answer(observation, encode_node(centre), encode_observation(bound))


def _floats(inputs: Node) -> float:
    """The epsilon of a Python float that is computed from these inputs, in units of float32's."""
    double = _dtypes(inputs) & set(EPSILON) == {"float64"}
    return EPSILON["float64"] / EPSILON["float32"] if double else 1.0


def _dtypes(node: Node) -> set[str]:
    if isinstance(node, TensorNode | ArrayNode):
        return {node.dtype}
    parts = node.items if isinstance(node, ListNode) else ()
    parts = [value for _, value in node.items] if isinstance(node, DictNode) else parts
    return set().union(*map(_dtypes, parts))


def _bound(error: Rounding, doubles: Mapping[str, Any], centre: Node, floats: float) -> Any:
    terms = _called(error.terms, doubles)
    scales = _called(error.scale, doubles)
    if isinstance(centre, ListNode | DictNode):
        parts = centre.items if isinstance(centre, ListNode) else [value for _, value in centre.items]
        each = scales if isinstance(scales, tuple | list) else [scales] * len(parts)
        return [_one_bound(scale, terms, part, floats) for scale, part in zip(each, parts, strict=True)]
    return _one_bound(scales, terms, centre, floats)


def _called(function: Any, inputs: Mapping[str, Any]) -> Any:
    parameters = inspect.signature(function).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return function(**inputs)
    return function(**{name: inputs[name] for name in parameters})


def _one_bound(scale: Any, terms: int, centre: Node, floats: float) -> Any:
    wide = (terms + 32) * torch.as_tensor(scale, dtype=torch.float64)
    if isinstance(centre, TensorNode | ArrayNode):
        return wide.expand(centre.shape).contiguous()
    return floats * wide.reshape(())


# --- keeping a key ----------------------------------------------------------------------------------------------


Wrong = dict[str, dict[str, dict[int, bytes]]]  # by check, by misconception, by case


class KeyStore:
    """Keys in memory, and those with a public seed in a folder of the user's own.

    What the misconceptions answer is added an exercise at a time, once a submission fails there: most runs of most
    students need little of it.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._keys: dict[str, AnswerKey] = {}
        self._there: set[tuple[str, str]] = set()
        self._complete: set[tuple[int, str]] = set()

    def get(
        self, course: Course, seed: int, cases: int, *, secret: bool = False, only: Sequence[str] = ()
    ) -> AnswerKey:
        """The key of an assignment: from memory, else from the folder, else made now.

        Args:
            only: The exercises that are asked for, with those that they use; the key may hold no others.
        """
        digest = key_digest(course, seed, cases)
        key = self._keys.setdefault(digest, AnswerKey(course.name, seed, cases, {}, {}))
        names = with_used(course, only or [exercise.name for exercise in course.assignment.exercises])
        files = {
            name: self._file(f"{course.name}-{name}", digest, secret)
            for name in names
            if (digest, name) not in self._there
        }
        kept = {name: file and read_cached(file, ExerciseKey) for name, file in files.items()}
        wanting = [name for name, part in kept.items() if not part]
        made = _make_parts(course, wanting, seed, cases, misconceptions=False) if wanting else []
        for name, part in zip(wanting, made, strict=True):
            write_cached(files[name], part)
        known = {name: part for name, part in kept.items() if part}
        for name, part in (known | dict(zip(wanting, made, strict=True))).items():
            _add(key, part)
            self._there.add((digest, name))
        return key

    def complete(self, course: Course, key: AnswerKey, name: str, *, secret: bool = False) -> None:
        """Add to a key what the misconceptions of one exercise answer."""
        if (id(key), name) in self._complete:
            return
        digest = key_digest(course, key.seed, key.cases, misconceptions=True)
        file = self._file(f"{course.name}-{name}", digest, secret)
        known = file and read_cached(file, Wrong)
        if known:
            for check, wrong in known.items():
                key.checks[check].misconceptions.update(wrong)
        else:
            add_misconceptions(course, name, key.checks)
            checks = [check.id for check in course.assignment.checks if check.exercise == name]
            write_cached(file, {check: key.checks[check].misconceptions for check in checks})
        self._complete.add((id(key), name))

    def _file(self, name: str, digest: str, secret: bool) -> Path | None:
        return None if secret or self.folder is None else self.folder / f"{name}-{digest[:32]}.key"


class CacheFolder:
    """Where keys are kept: `$XDG_CACHE_HOME/pytorch-grader`, for this user alone."""

    @cached_property
    def path(self) -> Path | None:
        """The folder, made when first asked for; None where it cannot be had or belongs to somebody else."""
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = base / "pytorch-grader"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = folder.lstat()
        except (OSError, RuntimeError):
            return None
        private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
        return folder if private and status.st_uid == os.getuid() else None


def write_cached(file: Path | None, value: object) -> None:
    """Write a file so that a reader sees all of it or nothing; a full disk only costs the cache."""
    if file is None:
        return
    body = msgspec.msgpack.encode(value)
    try:
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".key-")
        with os.fdopen(descriptor, "wb") as out:
            out.write(hashlib.sha256(body).digest() + body)
        os.replace(name, file)
    except OSError:
        return


def read_cached(file: Path, kind: type[Cached]) -> Cached | None:
    """What a file holds, or None where it is missing, damaged or not ours."""
    try:
        data = file.read_bytes()
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            return None
        return msgspec.msgpack.decode(data[32:], type=kind)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None


def key_digest(course: Course, seed: int, cases: int, *, misconceptions: bool = False) -> str:
    """A digest of everything that a key depends on, `misconceptions` included where it holds their answers."""
    from importlib.metadata import version

    import numpy

    parts = [
        FORMAT,
        __version__,
        seed,
        cases,
        platform.python_version(),
        torch.__version__,
        numpy.__version__,
    ]
    parts += [version("hypothesis"), platform.machine(), torch.backends.cpu.get_cpu_capability()]
    parts += [missing("simulated") is None]
    digest = hashlib.sha256(repr(parts).encode())
    for file in _sources(course, misconceptions):
        digest.update(f"\x00{file.name}\x00".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _sources(course: Course, misconceptions: bool) -> Sequence[Path]:
    grader = Path(__file__).resolve().parents[1]
    ours = [
        grader / name for name in ("exercise.py", "strategies.py", "kit.py", "values.py", "engine/draw.py")
    ]
    ours += [grader / "engine" / name for name in ("key.py", "catalog.py", "devices.py")]
    ours += sorted((grader / "sandbox/inside/simulated").glob("*.py"))
    ours += [grader / "sandbox/inside/run.py", grader / "sandbox/inside/devices.py"]
    theirs = [course.checks_file, *course.data_files]
    if course.reference_file is not None:
        theirs.append(course.reference_file)
        if misconceptions:
            theirs.append(course.reference_file.parent / "misconceptions" / course.reference_file.name)
    return [file for file in [*ours, *theirs] if file.is_file()]
