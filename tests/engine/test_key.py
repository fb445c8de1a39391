"""The answer key: the same for everyone, secret where it must be, never trusted once it was touched."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import torch

from grader.engine.catalog import Course, load_course
from grader.engine.key import (
    AnswerKey,
    CacheFolder,
    KeyStore,
    add_misconceptions,
    decode_inputs,
    judge_case,
    key_digest,
    make_key,
    read_cached,
    write_cached,
)
from grader.values import decode_node, encode_observation, materialise

CHECKS = """
from grader import kit
from grader.exercise import Assignment
from grader.strategies import edge, tensor

toy = Assignment("toy", title="Toy")
double = toy.exercise("double", x=tensor("n"))


@double.check(points=1, essential=True, edges=[edge(n=2)])
def doubles(impl, x):
    "Twice x."
    return impl.double(x)


double.promises(kit.leaves_inputs_alone("0.5"), kit.any_layout("0.5"))
"""

MISCONCEPTIONS = '''
from grader.exercise import misconception


@misconception("double", hint="Twice, not squared.")
def squares(x):
    """Multiplies x by itself."""
    return x * x
'''


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course of one exercise."""
    files = {
        "assignments/toy/checks.py": CHECKS,
        "reference/toy.py": "def double(x):\n    return x + x\n",
        "reference/misconceptions/toy.py": MISCONCEPTIONS,
    }
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return load_course("toy", folder=tmp_path / "assignments")


def encoded(key: AnswerKey) -> bytes:
    return msgspec.msgpack.encode(key)


def test_a_seed_always_gives_the_same_key_in_one_process_or_two(course: Course) -> None:
    assert encoded(make_key(course, 3, 20, processes=1)) == encoded(make_key(course, 3, 20, processes=2))


def test_another_seed_gives_other_cases(course: Course) -> None:
    one, other = make_key(course, 1, 20, processes=1), make_key(course, 2, 20, processes=1)
    name = "toy/double/doubles"
    assert one.checks[name].inputs[0] == other.checks[name].inputs[0], (
        "the edges come first, whatever the seed"
    )
    assert one.checks[name].inputs != other.checks[name].inputs


def test_a_misconception_is_kept_only_where_it_differs(course: Course) -> None:
    key = make_key(course, 0, 30, processes=1).checks["toy/double/doubles"]
    differing = key.misconceptions["squares"]
    assert differing
    assert all(key.answers[index].observation != observed for index, observed in differing.items())
    same = [i for i in range(len(key.inputs)) if i not in differing]
    assert all(_square_equals_double(key.answers[i].observation) for i in same)


def test_misconceptions_answer_the_same_whatever_ran_before_them(courses: dict[str, Course]) -> None:
    key = make_key(courses["adaline"], 0, 10, processes=1, misconceptions=False)
    check = "adaline/AdalineManual/starts_from_zero"
    answers = []
    for dtype in (torch.float32, torch.float64):  # as the misconception before may have left it
        torch.set_default_dtype(dtype)
        try:
            add_misconceptions(courses["adaline"], "AdalineManual", key.checks)
        finally:
            torch.set_default_dtype(torch.float32)
        answers.append(dict(key.checks[check].misconceptions))
    assert answers[0] == answers[1]


def _square_equals_double(observation: bytes) -> bool:
    node = decode_node(observation)
    import numpy as np

    from grader.values import TensorNode, as_array

    assert isinstance(node, TensorNode)
    doubled = as_array(node)
    return bool(np.array_equal(doubled, (doubled / 2) ** 2))


FLOATS = """
from grader.exercise import Assignment, rounding
from grader.strategies import FLOAT, tensor

toy = Assignment("toy", title="Toy")
total = toy.exercise("total", x=tensor("n", data=FLOAT))


@total.check(
    points=1, essential=True, dtypes=("{dtype}",), error=rounding(lambda x: x.abs().sum(), lambda x: len(x))
)
def adds_up(impl, x):
    "The sum of x."
    return impl.total(x)
"""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_float_may_have_the_rounding_errors_of_the_inputs_dtype(dtype: str, tmp_path: Path) -> None:
    for name, text in {
        "assignments/toy/checks.py": FLOATS.format(dtype=dtype),
        "reference/toy.py": "def total(x):\n    return x.sum().item()\n",
        "reference/misconceptions/toy.py": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    course = load_course("toy", folder=tmp_path / "assignments")
    (check,) = course.assignment.checks
    key = make_key(course, 0, 30, processes=1).checks[check.id]

    def accepted(total: Callable[[torch.Tensor], float]) -> list[bool]:
        xs = [materialise(decode_inputs(inputs))["x"] for inputs in key.inputs]
        return [judge_case(check, key, i, encode_observation(total(x))) is None for i, x in enumerate(xs)]

    assert all(accepted(lambda x: sum(reversed(x.tolist()))))
    assert all(accepted(lambda x: float(x.flip(0).cumsum(0)[-1])))
    assert all(accepted(lambda x: float(x.float().sum()))) is (dtype == "float32")


def test_a_key_is_read_back_as_it_was_written(course: Course, tmp_path: Path) -> None:
    key = make_key(course, 0, 10, processes=1)
    write_cached(tmp_path / "k.key", key)
    assert read_cached(tmp_path / "k.key", AnswerKey) == key


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign"])
def test_a_damaged_key_is_made_again(damage: str, course: Course, tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    right = store.get(course, 0, 10)
    (file,) = tmp_path.glob("*.key")
    data = file.read_bytes()
    touched = bytearray(data)
    touched[-5] ^= 1
    file.write_bytes(
        {"cut": data[:-10], "flipped": bytes(touched), "empty": b"", "foreign": b"x" * 500}[damage]
    )
    assert read_cached(file, AnswerKey) is None
    assert KeyStore(tmp_path).get(course, 0, 10) == right
    assert file.read_bytes() == data


def test_a_change_of_the_reference_makes_another_key(course: Course) -> None:
    before = key_digest(course, 0, 10)
    assert course.reference_file is not None
    course.reference_file.write_text("def double(x):\n    return 2 * x\n")
    assert key_digest(course, 0, 10) != before


def test_a_secret_key_is_never_on_disk(course: Course, tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "cache")
    (tmp_path / "cache").mkdir()
    store.complete(course, store.get(course, 12345, 10, secret=True), "double", secret=True)
    assert list((tmp_path / "cache").iterdir()) == []
    KeyStore(tmp_path / "cache").get(course, 12345, 10)
    assert len(list((tmp_path / "cache").iterdir())) == 1, "the partner: a public one is"


def test_a_cache_folder_that_others_may_write_to_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = CacheFolder().path
    assert folder is not None
    os.chmod(folder, 0o777)
    assert CacheFolder().path is None


def test_case_seeds_do_not_give_away_the_keys_own(course: Course) -> None:
    key = make_key(course, 7, 10, processes=1)
    assert 7 not in key.checks["toy/double/doubles"].seeds


def test_only_what_is_asked_for_is_made_and_it_is_the_same(
    courses: dict[str, Course], tmp_path: Path
) -> None:
    course = courses["adaline"]
    some = KeyStore(tmp_path).get(course, 0, 5, only=["train_manual"])
    assert {name.split("/")[1] for name in some.checks} == {"train_manual", "AdalineManual"}
    store = KeyStore(tmp_path)
    store.get(course, 0, 5, only=["train_manual"])
    assert store.get(course, 0, 5) == KeyStore(None).get(course, 0, 5)
