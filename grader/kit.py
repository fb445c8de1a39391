"""The generic promises, each written once: what goes wrong in tensor code and is not a wrong number.

An exercise takes what its contract says it promises: `row_average.promises(kit.leaves_inputs_alone("0.1"), …)`.
The same module holds the few helpers that programs need. It runs in the worker as well as on the trusted side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from grader.exercise import Exercise, Program, Promise
from grader.strategies import NONCONTIGUOUS, Edge
from grader.values import Raised

# --- helpers for programs ---------------------------------------------------------------------------------------


def attempt(thunk: Callable[[], Any]) -> Any:
    """What `thunk()` returns, or the exception that it raises, as a value that can be observed."""
    try:
        return thunk()
    except Exception as error:
        return Raised.of(error)


def snapshot(value: Any) -> Any:
    """A copy of a tree of tensors and arrays that later writes cannot reach."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, list | tuple):
        return [snapshot(item) for item in value]
    if isinstance(value, dict):
        return {key: snapshot(item) for key, item in value.items()}
    return value


def state(value: Any) -> Any:
    """Everything about an input that an answer must leave as it was."""
    if isinstance(value, torch.Tensor):
        grad = value.grad if value.is_leaf else None
        return {
            "values": value.detach(),
            "strides": list(value.stride()),
            "requires_grad": value.requires_grad,
            "grad": grad,
        }
    if isinstance(value, list | tuple):
        return [state(item) for item in value]
    if isinstance(value, dict):
        return {key: state(item) for key, item in value.items()}
    return value


def number(value: Any) -> Any:
    """A float for a float or a 0-d tensor without a graph, which count as the same answer; anything else unchanged."""
    if isinstance(value, torch.Tensor) and value.ndim == 0 and not value.requires_grad:
        return float(value)
    return value


def numbers(values: Any) -> Any:
    """`number` of each entry of a list or tuple."""
    return [number(value) for value in values] if isinstance(values, list | tuple) else values


def tensors_in(value: Any) -> list[torch.Tensor]:
    """The tensors of a tree; numpy arrays as tensors that share their memory."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, np.ndarray):
        return [torch.from_numpy(value)]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [tensor for item in value for tensor in tensors_in(item)]
    return []


def write_through(result: Any) -> None:
    """Add 1 to every tensor of a result, in place, whatever memory it lies in."""
    with torch.no_grad():
        for tensor in tensors_in(result):
            target = tensor.detach()
            if target.dtype == torch.bool:
                target.logical_not_()
            else:
                target.add_(1)


# --- promises ---------------------------------------------------------------------------------------------------


def leaves_inputs_alone(points: str, **options: Any) -> Promise:
    """Values, shape, strides, requires_grad and .grad of every input are afterwards as before."""

    def make(exercise: Exercise) -> Program:
        def program(impl: Any, **inputs: Any) -> Any:
            exercise.call(impl, **inputs)
            return {name: state(value) for name, value in inputs.items()}

        return program

    return Promise(
        "leaves_its_inputs_alone",
        "What you are given is afterwards as it was before: no in-place change of the caller's data.",
        points,
        make,
        options,
    )


def any_layout(points: str, layouts: Sequence[str] = NONCONTIGUOUS, **options: Any) -> Promise:
    """The same values in another memory layout give the same answer."""
    return Promise(
        "works_on_any_layout",
        "Transposed, strided, offset and expanded inputs hold the same numbers, so they give the same answer.",
        points,
        _plain_call,
        {"layouts": tuple(layouts), **options},
    )


def keeps_dtype(points: str, dtypes: Sequence[str] = ("float64",), **options: Any) -> Promise:
    """The result has the dtype of the input."""
    return Promise(
        "keeps_the_dtype",
        "The result has the dtype of the input, not always float32.",
        points,
        _plain_call,
        {"dtypes": tuple(dtypes), **options},
    )


def same_answer_twice(points: str, **options: Any) -> Promise:
    """A second call with the same inputs gives the same answer."""

    def make(exercise: Exercise) -> Program:
        def program(impl: Any, **inputs: Any) -> Any:
            first = snapshot(exercise.call(impl, **inputs))
            return {"first call": first, "second call": snapshot(exercise.call(impl, **inputs))}

        return program

    return Promise(
        "gives_the_same_answer_twice",
        "Calling it again with the same inputs gives the same answer: nothing is remembered from the first call.",
        points,
        make,
        options,
    )


def leaves_torch_alone(
    points: str, dtypes: Sequence[str] = ("float64", "float32"), **options: Any
) -> Promise:
    """Grad mode, default dtype and default device are afterwards as before, whatever became of the call.

    float64 inputs show who sets the default dtype to that of an input. What an exception costs is another check's
    business, so an edge may be an input that is to be refused.
    """

    def make(exercise: Exercise) -> Program:
        def program(impl: Any, **inputs: Any) -> Any:
            attempt(lambda: exercise.call(impl, **inputs))
            return {
                "gradients are recorded": torch.is_grad_enabled() and not torch.is_inference_mode_enabled(),
                "default dtype": torch.get_default_dtype(),
                "default device": torch.get_default_device().type,
            }

        return program

    return Promise(
        "leaves_torch_as_it_was",
        "Grad mode, default dtype and default device are afterwards as before the call.",
        points,
        make,
        {"dtypes": tuple(dtypes), **options},
    )


def _observe_inputs_after_writing(exercise: Exercise) -> Program:
    def program(impl: Any, **inputs: Any) -> Any:
        write_through(exercise.call(impl, **inputs))
        return {name: snapshot(value) for name, value in inputs.items()}

    return program


def shares_no_memory(points: str, **options: Any) -> Promise:
    """Writing to the result does not reach an input."""
    return Promise(
        "shares_no_memory",
        "The result is a copy: writing to it doesn't change what you were given.",
        points,
        _observe_inputs_after_writing,
        options,
    )


def shares_memory(points: str, **options: Any) -> Promise:
    """Writing to the result reaches the input."""
    return Promise(
        "shares_memory",
        "The result is a view: writing to it changes the tensor that you were given.",
        points,
        _observe_inputs_after_writing,
        options,
    )


def edge_cases(
    points: str, name: str, explanation: str, *edges: Edge, cases: int | None = None, **options: Any
) -> Promise:
    """The plain call on explicit cases, under a name of its own ("handles_empty_tensors")."""
    count = len(edges) if cases is None else cases
    return Promise(name, explanation, points, _plain_call, {"edges": edges, "cases": count, **options})


def _plain_call(exercise: Exercise) -> Program:
    def program(impl: Any, **inputs: Any) -> Any:
        return exercise.call(impl, **inputs)

    return program
