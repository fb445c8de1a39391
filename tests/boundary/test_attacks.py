"""Every attack, through the real grader, does no harm; and where what stops it is left out, it does."""

import json
import os
import tempfile
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from grader import values
from grader.engine import grade
from grader.sandbox import client, wire
from grader.sandbox.inside import kernel
from grader.sandbox.limits import Limits
from grader.sandbox.proof import broken_promises
from grader.sandbox.start import start_zygote
from tests.boundary.attacks import ATTACKS, BORDER, FORGERIES, Attack
from tests.boundary.conftest import open_folder
from tests.boundary.harness import Harness, Ran
from tests.boundary.naive import NAIVE, REFERENCE
from tests.boundary.stage import Stage, submission

pytestmark = pytest.mark.boundary


def mostly_slow(names: list[str]) -> list[Any]:
    """Every sixth always; the others, which prove the same of other attacks, with `-m slow`."""
    return [pytest.param(name, marks=[pytest.mark.slow] if i % 6 else []) for i, name in enumerate(names)]


CONFINED = [name for name, attack in ATTACKS.items() if attack.layers and attack.by != "decoder"]
CHEATING = [name for name, attack in ATTACKS.items() if attack.by == BORDER]
MALFORMED = [attack.name for attack in FORGERIES if attack.harm == "broken"]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    if not kernel.LINUX:
        pytest.skip("attacks are tried where the grader confines in full")
    with open_folder() as folder:
        stage = Stage(folder)
        yield stage
        stage.close()


@pytest.fixture(autouse=True)
def _short_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grade, "IMPORT_CPU_S", 0.4)


def hostile(attack: Attack, stage: Stage, *, partner: bool = False) -> str:
    text = attack.partner if partner and attack.partner else attack.text
    return submission(text, stage.targets(), at_import=attack.at_import)


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_does_no_harm(stage: Stage, name: str):
    attack = ATTACKS[name]
    harm, said = stage.perform(hostile(attack, stage))
    if attack.fatal:
        assert set(harm.found) == {"lost"}, harm  # the file could not be loaded, and says so
        assert said["witness"].standing == "unloadable"
    else:
        assert not harm, harm
    if attack.by == "decoder" and attack.harm == "broken":
        assert "nonsense" in said["attacked"].checks[0].reason
    if attack.harm == "filled":
        assert "FILLED" not in said["attacked"].checks[0].output


@pytest.mark.parametrize("name", mostly_slow(CONFINED))
def test_attack_does_its_harm_where_its_layers_are_left_out(
    stage: Stage, name: str, monkeypatch: pytest.MonkeyPatch
):
    attack = ATTACKS[name]
    monkeypatch.setattr(client, "overdrawn", lambda *_: None)  # the second line, behind the layer
    monkeypatch.setattr(client, "count_threads", lambda *_: 0)
    harm, said = stage.perform(hostile(attack, stage, partner=True), off=attack.layers)
    if attack.harm == "broken":
        stage.restart()
    if attack.harm == "filled":
        assert "FILLED" in said["attacked"].checks[0].output, said
    else:
        assert attack.harm in harm.found, (harm, said)


@pytest.mark.parametrize("name", mostly_slow(CHEATING))
def test_attack_does_its_harm_to_a_grader_in_one_process(stage: Stage, harness: Harness, name: str):
    attack = ATTACKS[name]
    targets = stage.targets()
    order = {
        "submission": submission(attack.text, targets, at_import=attack.at_import),
        "reference_text": REFERENCE,
        "style": attack.style,
    }
    ran = harness.run(NAIVE, off="all", targets=order, seconds=1.5)
    assert attack.harm in naive_harm(attack, ran, stage), ran


def naive_harm(attack: Attack, ran: Ran, stage: Stage) -> set[str]:
    """What such a grader would have believed, and what became of it."""
    if attack.style == "exit":
        return {"gained"} if ran.exit_status == 0 and ran.outcome is None else set()
    if attack.style == "printed":
        believed = json.loads(ran.output.strip().splitlines()[-1])
    else:
        believed = ran.outcome or {"attacked": False, "witness": False}
    harm = {"gained"} if believed["attacked"] else set()
    if not believed["witness"]:
        harm.add("lost")
    if (stage.outside / "pickled").exists():
        harm.add("changed")
    return harm


@pytest.mark.parametrize("name", mostly_slow(MALFORMED))
def test_malformed_answer_would_break_a_trusting_decoder(
    stage: Stage, name: str, monkeypatch: pytest.MonkeyPatch
):
    """Without types and caps the same bytes get further: into the grader's own code, or to a verdict."""
    monkeypatch.setattr(wire, "decode", lambda body, kind: kind(*Trusting.decode(body)[1:]))
    monkeypatch.setattr(values, "_decoder", Trusting)
    monkeypatch.setattr(values._Validator, "check", lambda *_: None)
    harm, said = stage.perform(hostile(ATTACKS[name], stage))
    reasons = [outcome.reason for outcome in said["attacked"].checks] if "attacked" in said else []
    assert "broken" in harm.found or "nonsense" not in str(reasons[0]), (harm, said)


class Trusting:
    """A decoder as others are: any tree will do, and errors are its own."""

    @staticmethod
    def decode(data: bytes) -> Any:
        """The tree, whatever it is."""
        try:
            return msgspec.msgpack.decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise TypeError("the decoder's own error") from error


@pytest.mark.parametrize("name", ["fills the disk with files", "makes many files", "starts many threads"])
def test_grader_watches_what_the_kernel_does_not(stage: Stage, name: str):
    """The same budgets hold, a little later, where there is no namespace and no user of its own."""
    attack = ATTACKS[name]
    harm, said = stage.perform(
        hostile(attack, stage), off=frozenset({"scratch", "threads", "uid", "namespace"})
    )
    assert not harm, harm
    assert said["attacked"].checks[0].verdict == "crashed"
    assert "more than" in said["attacked"].checks[0].reason


def test_nothing_is_left_of_a_worker_that_never_started(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(stage.scratch_parent))
    zygote = client.Zygote(start_zygote([stage.course.checks_file]))
    zygote.worker().close()
    zygote._started.process.kill()
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(client.ZygoteError):
        zygote.worker()
    zygote.close()
    assert not list(stage.scratch_parent.iterdir())
    assert len(os.listdir("/proc/self/fd")) <= before


def test_nothing_is_left_of_a_worker_that_is_never_ready(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(stage.scratch_parent))
    monkeypatch.setattr(wire, "decode", lambda body, kind: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        stage.zygote.worker()
    assert not list(stage.scratch_parent.iterdir())


def test_real_workers_keep_their_promises(stage: Stage):
    with stage.zygote.worker() as worker:
        promised = worker.ready.applied
        broken = broken_promises(lambda targets: worker.probe(targets).succeeded, promised, Limits())
    assert promised
    assert broken == ()


def test_honest_submissions_are_graded_as_ever_afterwards(stage: Stage):
    assert stage.alive()


def test_there_are_at_least_a_hundred():
    assert len(ATTACKS) >= 100
    assert len({(attack.text, attack.at_import) for attack in ATTACKS.values()}) == len(ATTACKS)
