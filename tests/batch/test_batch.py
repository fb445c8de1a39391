"""A batch gives everybody a report, goes on where it stopped, and grades again only what a change affects."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.batch.folder import BatchFolder, FolderBusyError
from grader.batch.job import Done, Job
from grader.batch.lane import Warm
from grader.batch.pool import Died, LanePool
from grader.batch.store import Store
from grader.errors import UsageError
from grader.model import IsolationInfo
from tests.batch.conftest import ONE, RunBatch, reports


def test_each_submission_has_its_report_whatever_it_is(batch: RunBatch, tmp_path: Path) -> None:
    tally = batch()
    found = reports(tmp_path / "out")
    assert set(found) == {"right", "wrong", "broken", "nothing"}
    assert found["right"]["score"] == found["right"]["max_score"]
    assert float(found["wrong"]["score"]) < 15
    assert found["broken"]["score"] == "0"
    assert found["nothing"]["score"] is None
    assert found["nothing"]["status"] == "ungradable"
    assert tally.ungradable == ("nothing",)
    assert not tally.errors


def test_the_same_command_again_grades_nothing_and_mends_a_lost_report(
    batch: RunBatch, tmp_path: Path
) -> None:
    assert batch().graded == 4
    before = reports(tmp_path / "out")
    (tmp_path / "out/reports/wrong.json").unlink()
    assert batch().graded == 0
    assert reports(tmp_path / "out") == before
    with Store(tmp_path / "out") as store:
        assert len(store.runs()) == 1


def test_a_submission_handed_in_again_is_graded_in_a_new_run(
    batch: RunBatch, class_folder: Path, tmp_path: Path
) -> None:
    batch()
    (class_folder / "broken" / f"{ONE}.py").write_text(
        (class_folder / "right" / f"{ONE}.py").read_text() + "# mended\n"
    )
    assert batch().graded == 1
    assert reports(tmp_path / "out")["broken"]["score"] == "15"
    with Store(tmp_path / "out") as store:
        first, second = store.runs()
        numbers = [store.outcomes(run.number)["broken"].result for run in (first, second)]
        assert [store.result(number).score for number in numbers if number] == ["0", "15"]


def test_other_settings_are_refused_without_regrade(batch: RunBatch) -> None:
    batch()
    with pytest.raises(UsageError, match=r"graded under other checks.*Add --regrade"):
        batch(cases=5)


def test_what_was_graded_with_less_isolation_is_not_kept_where_more_is_required(batch: RunBatch) -> None:
    batch(require_isolation="C")
    with pytest.raises(UsageError, match="was graded where isolation C was enough"):
        batch(require_isolation="B")
    assert batch(require_isolation="C").reused == 4


def test_two_who_hand_in_the_same_are_graded_once(
    batch: RunBatch, class_folder: Path, tmp_path: Path
) -> None:
    right = (class_folder / "right" / f"{ONE}.py").read_text()
    for name in ("right", "twin"):
        (class_folder / name).mkdir(exist_ok=True)
        (class_folder / name / f"{ONE}.py").write_text(right)
        (class_folder / name / "notes.txt").write_text(f"by {name}")
    batch()
    found = reports(tmp_path / "out")
    assert found["twin"]["submission"]["name"] == "twin"
    assert found["twin"]["score"] == "15"
    with Store(tmp_path / "out") as store:
        outcomes = store.outcomes(1)
    assert outcomes["twin"].result == outcomes["right"].result


class _Counting(LanePool):
    """The lanes of this machine; `given` has the names of the jobs, and `then` is called with each."""

    def __init__(self, warm: Warm, close: Callable[[], None], then: Callable[[str], None]) -> None:
        super().__init__(warm, 1, close)
        self.given: list[str] = []
        self.then = then

    def give(self, job: Job) -> None:
        self.given.append(job.name)
        super().give(job)
        self.then(job.name)


def test_what_has_just_been_graded_is_not_graded_again_for_somebody_else(
    batch: RunBatch, class_folder: Path, tmp_path: Path
) -> None:
    for name in ("zoe", "zora"):
        shutil.copytree(class_folder / "right", class_folder / name)
    pools: list[_Counting] = []

    def make(warm: Warm, close: Callable[[], None]) -> _Counting:
        pools.append(_Counting(warm, close, lambda name: None))
        return pools[0]

    tally = batch(pool=make)
    assert sorted(pools[0].given) == ["broken", "nothing", "right", "wrong"]
    assert (tally.graded, tally.reused) == (6, 0)
    assert {reports(tmp_path / "out")[name]["score"] for name in ("right", "zoe", "zora")} == {"15"}


def test_a_submission_that_vanishes_meanwhile_costs_only_itself(
    batch: RunBatch, class_folder: Path, tmp_path: Path
) -> None:
    """An unattended batch must not end because somebody tidied up."""
    (class_folder / "zip.zip").write_bytes(b"PK")

    def vanish(name: str) -> None:
        shutil.rmtree(class_folder / "wrong", ignore_errors=True)
        (class_folder / "zip.zip").unlink(missing_ok=True)

    tally = batch(pool=lambda warm, close: _Counting(warm, close, vanish))
    assert {name: "vanished" in error for name, error in tally.errors.items()} == {"wrong": True, "zip": True}
    assert reports(tmp_path / "out")["right"]["score"] == "15"
    again = batch()
    assert not again.errors
    assert again.gone == ("wrong", "zip")


@pytest.mark.parametrize("inside", [".", "graded", "graded/deep"])
def test_reports_are_not_taken_for_submissions(
    batch: RunBatch, class_folder: Path, tmp_path: Path, inside: str
) -> None:
    (tmp_path / "out").symlink_to(class_folder / inside)
    with pytest.raises(UsageError, match="everything is taken for a submission"):
        batch()
    assert sorted(path.name for path in class_folder.iterdir()) == ["broken", "nothing", "right", "wrong"]


def test_regrade_runs_only_the_exercise_that_changed(batch: RunBatch, project: Path, tmp_path: Path) -> None:
    batch(project=project)
    before = reports(tmp_path / "out")
    checks = project / "assignments" / ONE / "checks.py"
    text = checks.read_text()
    assert text.count('"0.') > 0
    first = text.index("@gradient_of_square.check")
    place = text.index('points="', first)
    points = text[place : text.index('"', place + 8) + 1]
    checks.write_text(text[:place] + 'points="3"' + text[place + len(points) :])
    graded: list[tuple[str, ...]] = []

    class Watched(LanePool):
        def give(self, job: Job) -> None:
            graded.append(job.only)
            super().give(job)

    batch(project=project, regrade=True, pool=lambda warm, close: Watched(warm, 1, close))
    after = reports(tmp_path / "out")
    assert ("gradient_of_square",) in graded
    assert all(only in (("gradient_of_square",), ()) for only in graded)
    changed = [
        (old["name"], new["name"])
        for old, new in zip(before["right"]["exercises"], after["right"]["exercises"], strict=True)
        if old != new
    ]
    assert changed == [("gradient_of_square", "gradient_of_square")]
    assert after["right"]["score"] == after["right"]["max_score"] != before["right"]["score"]


def test_a_second_batch_on_the_same_folder_is_refused(batch: RunBatch, tmp_path: Path) -> None:
    with (
        BatchFolder(tmp_path / "out"),
        pytest.raises(FolderBusyError, match="another batch is at work there"),
    ):
        batch()


def test_a_line_of_the_log_that_a_full_disk_cut_off_is_taken_out(tmp_path: Path) -> None:
    with BatchFolder(tmp_path) as folder:
        folder.log("one")
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"at": "2026')
    with BatchFolder(tmp_path) as folder:
        folder.log("two")
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["one", "two"]


class _Dying:
    """A pool whose lane dies over some submissions, some times."""

    def __init__(self, times: dict[str, int]) -> None:
        self.isolation: IsolationInfo | None = IsolationInfo(level="A", applied=[], missing={})
        self.times = times
        self.job: Job | None = None

    def has_room(self) -> bool:
        return self.job is None

    def give(self, job: Job) -> None:
        self.job = job

    def answers(self) -> Iterator[tuple[Job, Done | Died]]:
        job, self.job = self.job, None
        assert job is not None
        self.times[job.name] = self.times.get(job.name, 0) - 1
        if self.times[job.name] >= 0:
            yield job, Died("signal 9 ended it")
        else:
            yield job, Done(b"", "no such luck", 0.1)

    def close(self) -> None:
        pass


def test_a_submission_that_ends_two_lanes_is_a_grader_error_with_a_report(
    batch: RunBatch, tmp_path: Path
) -> None:
    tally = batch(pool=lambda warm, close: _Dying({"right": 2, "wrong": 1}))
    assert tally.errors["right"] == "Its lane died twice: signal 9 ended it"
    assert tally.errors["wrong"] == "no such luck"
    report = reports(tmp_path / "out")["right"]
    assert report["score"] is None
    assert "not its author's fault" in report["problem"]
    events = [json.loads(line) for line in (tmp_path / "out/log.jsonl").read_text().splitlines()]
    died = [event["submission"] for event in events if event["event"] == "lane_died"]
    assert sorted(died) == ["right", "right", "wrong"]


def test_what_the_grader_failed_on_is_tried_again(batch: RunBatch, tmp_path: Path) -> None:
    batch(pool=lambda warm, close: _Dying({}))
    assert not batch().errors
    assert reports(tmp_path / "out")["right"]["score"] == "15"


def test_a_lane_that_is_killed_is_replaced(batch: RunBatch, tmp_path: Path) -> None:

    killed: list[int] = []

    class Shot(LanePool):
        def give(self, job: Job) -> None:
            super().give(job)
            if not killed:
                killed.extend(self.process_ids())
                os.kill(killed[0], signal.SIGKILL)

    tally = batch(pool=lambda warm, close: Shot(warm, 1, close))
    assert killed
    assert tally.graded == 4
    assert not tally.errors
    assert reports(tmp_path / "out")["right"]["score"] == "15"


def test_below_the_isolation_that_is_required_nothing_is_graded(batch: RunBatch, tmp_path: Path) -> None:
    from grader.engine.isolation import IsolationError

    pool = _Dying({})
    pool.isolation = IsolationInfo(level="C", applied=[], missing={"seccomp": "not here"})
    with pytest.raises(IsolationError, match="Isolation A is required"):
        batch(pool=lambda warm, close: pool, require_isolation="A")
    assert not reports(tmp_path / "out")
