"""Budgets hold for all of an exercise together, on the submission's side and on ours."""

import pytest

from grader.engine import grade
from grader.sandbox import client
from grader.sandbox.client import Budget
from grader.sandbox.inside import kernel
from grader.sandbox.limits import MAX_FRAME, MAX_KEPT, MAX_VALUE_BYTES, Limits
from grader.values import OpaqueNode, Raised, decode_node, encode_node, encode_observation
from tests.boundary.conftest import open_folder
from tests.boundary.stage import Stage, submission

pytestmark = pytest.mark.boundary

RIGHT_AFTER = "    return x * 2\n"


@pytest.fixture(scope="module")
def stage():
    if not kernel.LINUX:
        pytest.skip("budgets are tried where the grader confines in full")
    with open_folder() as folder:
        stage = Stage(folder)
        yield stage
        stage.close()


def outcomes(stage: Stage, body: str, *, at_import: bool = False) -> list[grade.CheckOutcome]:
    """What becomes of the two checks of a submission that does this before it answers rightly."""
    text = submission("pass" if at_import else body, stage.targets())
    text = text.replace("    return x * 0 - 1\n", RIGHT_AFTER)
    _, said = stage.perform(f"{body}\n{text}" if at_import else text)
    return list(said["attacked"].checks)


def test_all_checks_of_an_exercise_share_the_time_on_the_clock(stage: Stage):
    """Else a submission that sleeps costs each check the whole: hours for a whole hand-in."""
    first, second = outcomes(stage, "import time; time.sleep(0.25)")
    assert first.verdict == "passed"
    assert (second.verdict, second.reason) == ("timeout", "it did not finish within 1.2 s")


def test_sleeping_for_a_moment_costs_nothing(stage: Stage):
    assert [o.verdict for o in outcomes(stage, "import time; time.sleep(0.01)")] == ["passed", "passed"]


def test_all_checks_of_an_exercise_share_the_processor_also_after_a_crash(stage: Stage):
    """What a process used before it died is known from how it ended."""
    burn = "import os, time\nwhile time.process_time() < 0.3: pass\nos._exit(1)"
    first, second = outcomes(stage, burn)
    assert first.verdict == "crashed"
    assert second.verdict in ("crashed", "skipped")
    with stage.zygote.worker() as worker:
        budget = Budget(5, Limits())
        with pytest.raises(client.WorkerEndedError):
            worker.load(client.wire.Load("s", "s.py", [burn], []), budget)
        assert budget.cpu_s < 4.8


def test_imports_after_crashes_share_one_budget(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    """A file that is slow to import and crashes in every check would else be imported for each of them."""
    monkeypatch.setattr(grade, "AGAIN_CPU_S", 0.05)
    slow = "import time\nbegun = time.process_time()\nwhile time.process_time() - begun < 0.2: pass\n"
    hostile = slow + submission("import os; os._exit(1)", stage.targets())
    harm, said = stage.perform(hostile)
    verdicts = [outcome.verdict for outcome in said["attacked"].checks]
    assert verdicts == ["crashed", "skipped"]
    assert said["witness"].right, "a file that loads once is not taken for one that cannot be loaded"
    assert not harm


def test_a_budget_allows_a_multiple_of_the_processors_time_on_the_clock():
    budget = Budget(1, Limits(wall_factor=3))
    assert (budget.cpu_s, budget.wall_s, budget.is_used_up) == (1, 3, False)
    budget.use_up()
    assert budget.is_used_up


# --- memory of the trusted side ----------------------------------------------------------------------------------


def test_large_observations_are_kept_in_short_only(stage: Stage):
    """Else a few megabytes a case, kept until the exercise is told, are gigabytes."""
    text = submission("return torch.zeros(1 << 17)", stage.targets())
    kept: list[int] = []
    ordinary = grade._ExerciseRun._diagnosed

    def noted(self: grade._ExerciseRun, found: list[grade.CheckOutcome]) -> list[grade.CheckOutcome]:
        kept.append(sum(len(data) for outcome in found for data in outcome.observations))
        return ordinary(self, found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grade, "MAX_KEPT", 1000)
        patch.setattr(grade._ExerciseRun, "_diagnosed", noted)
        harm, said = stage.perform(text)
    assert not harm
    assert kept
    assert max(kept) < 10_000
    assert said["attacked"].checks[0].failures == ()
    assert said["attacked"].checks[0].observations == ()


def test_in_short_tells_exceptions_from_values():
    assert grade.in_short(encode_node(1)) == encode_node(1)
    assert isinstance(decode_node(grade.in_short(encode_node("x" * 1000))), OpaqueNode)
    long = Raised(("builtins.ValueError",), "x" * 4000)
    short = decode_node(grade.in_short(encode_node(long)))
    assert isinstance(short, Raised)
    assert (short.classes, len(short.message)) == (long.classes, 100)


def test_caps_leave_room_in_the_memory_of_a_small_container():
    """Three copies of a frame exist for a moment, and what is kept of each of seventy exercises."""
    assert 3 * MAX_FRAME + 70 * MAX_KEPT <= 260 * 2**20
    assert MAX_VALUE_BYTES <= MAX_FRAME // 8


def test_a_value_that_cannot_be_looked_at_is_opaque():
    class Lying:
        @property
        def __class__(self) -> type:
            raise SystemExit

    assert isinstance(decode_node(encode_observation(Lying())), OpaqueNode)
