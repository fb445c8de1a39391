"""The probe proves the layers: silent where they hold, loud where one only says that it holds."""

import os
from dataclasses import dataclass

import pytest

from grader.sandbox.inside.confine import LAYERS
from grader.sandbox.limits import Limits
from grader.sandbox.probe import ATTEMPTS
from grader.sandbox.proof import BrokenPromiseError, broken_promises, prove
from tests.boundary.harness import Harness

pytestmark = pytest.mark.boundary

TEXT = "import grader.sandbox.probe as p; outcome = p.attempt_all(T)"
PROVEN = ("landlock", "seccomp", "memory", "descriptors")  # no other layer covers up when these are off


@dataclass
class Worker:
    """A worker that probes with some layers left out."""

    harness: Harness
    off: frozenset[str] = frozenset()

    def probe(self, targets):
        ran = self.harness.run(TEXT, targets=targets, off=self.off)
        assert ran.error is None, ran
        return ran.outcome


def test_confined_worker_keeps_its_promises(harness: Harness):
    assert broken_promises(Worker(harness).probe, LAYERS, Limits()) == ()


def test_every_attempt_succeeds_without_layers(harness: Harness):
    """Otherwise an attempt that cannot succeed at all would prove nothing."""
    worker = Worker(harness, frozenset(LAYERS))
    expected = {name for name, (_, layers) in ATTEMPTS.items() if layers}
    assert set(broken_promises(worker.probe, LAYERS, Limits())) == expected
    assert broken_promises(worker.probe, (), Limits()) == ()  # it promised nothing


@pytest.mark.parametrize("layer", PROVEN)
def test_layer_that_only_says_it_holds_is_found_out(harness: Harness, layer: str):
    lies = broken_promises(Worker(harness, frozenset({layer})).probe, (layer,), Limits())
    assert lies, f"{layer} is off and nothing noticed"
    assert all(layer in ATTEMPTS[name][1] for name in lies)


def test_what_arrives_counts_whatever_the_worker_says(harness: Harness):
    """A worker that gets out and keeps quiet about it is found out at the sockets and in the folder."""

    class Quiet(Worker):
        def probe(self, targets):
            super().probe(targets)
            return []

    lies = broken_promises(Quiet(harness, frozenset(LAYERS)).probe, LAYERS, Limits())
    assert {"connects over TCP", "sends over UDP", "connects to a local service"} <= set(lies)
    assert {"writes a file", "removes a file"} <= set(lies)


def test_bait_is_gone_afterwards(harness: Harness):
    seen = {}

    class Curious(Worker):
        def probe(self, targets):
            seen.update(targets)
            return super().probe(targets)

    broken_promises(Curious(harness, frozenset(LAYERS)).probe, LAYERS, Limits())
    assert not os.path.exists(seen["folder"])


def test_a_lie_ends_the_run_and_says_what_got_through(harness: Harness):
    probe = Worker(harness, frozenset({"landlock"})).probe
    with pytest.raises(BrokenPromiseError, match="reads a file, lists a folder"):
        prove(probe, LAYERS, Limits())
    prove(probe, set(LAYERS) - {"landlock"}, Limits())
