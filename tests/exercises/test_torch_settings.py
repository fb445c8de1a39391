"""Right answers that leave one of torch's settings changed, in every exercise at once."""

from __future__ import annotations

import pytest

from tests.conftest import GradeText, reference

FOLLOWS = """

def _following(function):
    def follow(*inputs):
        given = [x for one in inputs for x in (one if isinstance(one, list) else [one])]
        for x in given:
            if isinstance(x, torch.Tensor) and x.is_floating_point():
                torch.set_default_dtype(x.dtype)
        return function(*inputs)
    return follow


for _name, _value in list(globals().items()):
    if callable(_value) and getattr(_value, "__module__", "") == __name__ and not isinstance(_value, type):
        globals()[_name] = _following(_value)
"""

# Exercises without float tensors as inputs, or with float32 alone, where the default is what it was.
NEVER_FLOAT64 = {
    "tensors": {"from_lists", "blank", "counting", "broadcast_shape", "from_numpy_copy", "from_numpy_shared"},
    "autograd": {"move_product", "zero_parameters"},
    "adaline": {
        "minibatches",
        "AdalineAutograd",
        "AdalineModule",
        "train_manual",
        "train_autograd",
        "train_module",
    },
}


@pytest.mark.parametrize("name", NEVER_FLOAT64)
def test_the_default_dtype_of_an_input_is_noticed_wherever_it_may_be_float64(
    name: str, grade_text: GradeText
) -> None:
    report = grade_text(name, reference(name) + FOLLOWS)
    promises = [
        (part.name, check.verdict)
        for part in report.exercises
        for check in part.checks
        if check.id.endswith("/leaves_torch_as_it_was")
    ]
    passed = {exercise for exercise, verdict in promises if verdict == "passed"}
    assert passed <= NEVER_FLOAT64[name]
    assert len(promises) > len(NEVER_FLOAT64[name])
