"""The store keeps what is finished, whatever happens to the process that writes it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sqlite3
from pathlib import Path

import pytest

from grader.batch.store import FILE, Person, Result, Store, StoreError
from grader.errors import UsageError

AT = "2026-01-01T00:00:00+00:00"
ANNA = Person(name="anna", author="Anna A.", ids=("7",))


def result(content: str, fingerprint: str = "f", score: str | None = "1") -> Result:
    return Result(
        content=content,
        fingerprint=fingerprint,
        report=b"{}" * 50,
        score=score,
        max_score="2",
        status="graded",
        graded_at=AT,
        wall_s=0.5,
    )


def fill(store: Store) -> None:
    for number in range(1000):
        store.add(result(f"more{number}"))


def begin(store: Store, fingerprint: str = "f") -> int:
    return store.begin_run({"a/x": fingerprint}, fingerprint, {}, {}, AT)


def test_a_result_is_kept_once_and_comes_back_as_it_was(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        run = begin(store)
        first, again = store.add(result("c")), store.add(result("c"))
        store.settle(run, ANNA, "c", result=first)
    assert first == again
    with Store(tmp_path) as store:
        outcome = store.outcomes(run)["anna"]
        assert outcome.person == ANNA
        assert outcome.result == first
        assert not outcome.written
        assert store.result(first) == result("c")


def test_a_run_begins_with_what_the_one_before_came_to(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        first = begin(store)
        store.settle(first, ANNA, "c", result=store.add(result("c")))
        second = begin(store, "g")
        assert store.outcomes(second) == store.outcomes(first)
        assert store.find("c", "g") is None


def test_who_left_the_class_is_forgotten_in_the_new_run_only(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        first = begin(store)
        store.settle(first, ANNA, "c", result=store.add(result("c")))
        second = begin(store)
        assert store.finish_run(second, set(), AT) == ["anna"]
        assert "anna" in store.outcomes(first)
        assert not store.outcomes(second)


def _write_for_ever(folder: Path, told: int) -> None:
    with Store(folder) as store:
        run = begin(store)
        for number in range(10**6):
            store.settle(
                run,
                Person(name=f"s{number}", author=""),
                f"c{number}",
                result=store.add(result(f"c{number}")),
            )
            os.write(told, number.to_bytes(4, "little"))


@pytest.mark.parametrize("acknowledged", [1, 7, 60])
def test_killed_while_writing_it_holds_all_that_was_finished(tmp_path: Path, acknowledged: int) -> None:
    hear, tell = os.pipe()
    writer = multiprocessing.get_context("fork").Process(target=_write_for_ever, args=(tmp_path, tell))
    writer.start()
    os.close(tell)
    heard = 0
    while heard < 4 * acknowledged:
        heard += len(os.read(hear, 4))
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    while rest := os.read(hear, 4096):
        heard += len(rest)
    os.close(hear)
    with Store(tmp_path) as store:
        assert set(store.outcomes(1)) >= {f"s{number}" for number in range(heard // 4)}
        check = sqlite3.connect(tmp_path / FILE).execute("PRAGMA integrity_check").fetchone()
    assert check == ("ok",)


def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        run = begin(store)
        store.settle(run, ANNA, "c", result=store.add(result("c")))
        (pages,) = store._database.execute("PRAGMA page_count").fetchone()
        store._database.execute(f"PRAGMA max_page_count = {pages}")  # as if the disk had no more room
        with pytest.raises(StoreError, match=r"the disk is full\. What is finished is kept"):
            fill(store)
    with Store(tmp_path) as store:
        assert store.outcomes(run)["anna"].result is not None
        store.add(result("later"))


def test_a_folder_without_a_batch_is_said_to_have_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no batch was graded there"):
        Store(tmp_path, must_exist=True)


def test_a_file_that_is_no_store_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(StoreError, match="cannot be used: file is not a database"):
        Store(tmp_path)


def test_a_store_of_the_first_format_is_gone_on_with(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        run = store.begin_run({"a/x": "f"}, "f", {}, {}, "then")
        store.settle(run, Person(name="ada", author="Ada"), "content", error="why")
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("ALTER TABLE outcomes DROP COLUMN platform")
        database.execute("PRAGMA user_version = 1")
        database.commit()
    with Store(tmp_path) as store:
        assert store.outcomes(run)["ada"].person == Person(name="ada", author="Ada")
        store.settle(run, Person(name="ben", author="Ben", platform="canvas"), "content", error="why")
        assert store.outcomes(run)["ben"].person.platform == "canvas"
