"""Whatever a worker sends, nothing is raised but the protocol's own; longer: scripts/fuzz_frames.py."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.engine.catalog import Course, load_course
from grader.engine.key import AnswerKey, make_key
from tests.boundary import frames
from tests.boundary.stage import write_assignment

pytestmark = pytest.mark.boundary

Target = tuple[Course, AnswerKey]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Target:
    root: Path = tmp_path_factory.mktemp("frames")
    write_assignment(root, "no secret")
    course = load_course("border", folder=root / "assignments", reference=root / "reference")
    return course, make_key(course, 0, 3, processes=1)


def right_answers(target: Target) -> list[bytes]:
    course, key = target
    check = course.assignment.exercises[0].checks[0]
    return [answer.observation for answer in key.checks[check.id].answers]


def test_right_answers_are_accepted(target: Target):
    """Otherwise the frames below would all be refused for a reason of the test's own."""
    course, key = target
    body = frames.msgspec.msgpack.encode(["answers", right_answers(target), None])
    assert frames.swallow(frames._whole(body), course.assignment.exercises[0].checks[0], key)


@settings(
    max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(dice=st.randoms(use_true_random=False))
def test_no_frame_raises_but_the_protocols_own(target: Target, dice: random.Random):
    course, key = target
    frames.swallow(frames.frame(dice, right_answers(target)), course.assignment.exercises[0].checks[0], key)


def test_some_made_frames_are_accepted_and_most_refused(target: Target):
    """A generator that makes nothing plausible tests only the first line of the decoder."""
    course, key = target
    check, right, dice = course.assignment.exercises[0].checks[0], right_answers(target), random.Random(0)
    accepted = sum(frames.swallow(frames.frame(dice, right), check, key) for _ in range(1000))
    assert 20 < accepted < 500


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(data=st.binary(max_size=300))
def test_no_bytes_raise_but_the_protocols_own(target: Target, data: bytes):
    course, key = target
    frames.swallow(data, course.assignment.exercises[0].checks[0], key)
