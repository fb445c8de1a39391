"""What crosses the border: inputs keep their layout, and whatever bytes come back are a value or a `MalformedError`."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.strategies import LAYOUTS, lay_out
from grader.values import (
    MalformedError,
    Raised,
    TensorNode,
    as_double,
    clean_text,
    decode_node,
    encode_input,
    encode_node,
    encode_observation,
    materialise,
)
from grader.values import _decoder as input_decoder


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (2, 1, 3), (0, 2)])
def test_an_input_keeps_its_layout_and_values(layout: str, shape: tuple[int, ...]) -> None:
    tensor = lay_out(torch.arange(float(np.prod(shape, dtype=int))).reshape(shape), layout)
    back = materialise(input_decoder.decode(encode_node(encode_input(tensor))))
    assert torch.equal(back, tensor)
    assert back.stride() == tensor.stride()
    assert back.storage_offset() == tensor.storage_offset()


def test_an_input_keeps_requires_grad_and_its_gradient() -> None:
    leaf = torch.ones(2, requires_grad=True)
    leaf.grad = torch.tensor([3.0, 4.0])
    back = materialise(input_decoder.decode(encode_node(encode_input({"w": leaf}))))["w"]
    assert back.requires_grad
    assert back.is_leaf
    assert back.grad.tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    "value", [(1, 2), [1, (2,)], {"a": (1,)}, {3: [4]}, None, "text", 2.5, torch.float64]
)
def test_an_input_keeps_its_type(value: object) -> None:
    back = materialise(input_decoder.decode(encode_node(encode_input(value))))
    assert back == value
    assert type(back) is type(value)


class Liar:
    def __repr__(self) -> str:
        raise SystemExit

    def __class_getitem__(cls, item: object) -> None:
        raise RuntimeError


class NoText(Exception):
    def __str__(self) -> str:
        raise SystemError


def endless() -> list[object]:
    loop: list[object] = []
    loop.append(loop)
    return loop


@pytest.mark.parametrize(
    "value",
    [
        Liar(),
        endless(),
        object,
        lambda: 0,
        {1, 2},
        10**100,
        "\ud800",
        float("nan"),
        torch.ones(2).to_sparse(),
        {}.keys(),
    ],
)
def test_whatever_a_program_returns_becomes_data(value: object) -> None:
    decode_node(encode_observation(value))


def test_an_exception_whose_text_fails_is_described_all_the_same() -> None:
    assert Raised.of(NoText()).message == ""


def test_texts_carry_no_control_characters_addresses_or_temporary_paths() -> None:
    text = clean_text("\x1b[31mred <f at 0x7f1234567890> /tmp/abc/def.py\u2028\r\n")
    assert "\x1b" not in text
    assert "7f1234567890" not in text
    assert "abc" not in text


def test_what_is_too_large_is_not_carried() -> None:
    assert len(encode_observation(torch.ones(3000, 3000))) < 1000
    assert len(encode_observation([0.5] * 10**6)) < 10**6


MALFORMED = [
    TensorNode("float32", (2,), b"1234"),
    TensorNode("float32", (-1,), b""),
    TensorNode("object", (1,), b"12345678"),
    TensorNode("bool", (1,), b"\x02"),
    TensorNode("float32", (1,) * 17, b"1234"),
    TensorNode("float32", (2**40, 2**40), b""),
    TensorNode("float32", (1,), b"1234", strides=(0,)),
    Raised((), "no class"),
]


@pytest.mark.parametrize("node", MALFORMED)
def test_inconsistent_values_are_refused(node: object) -> None:
    with pytest.raises(MalformedError):
        decode_node(msgspec.msgpack.encode(node))


@settings(max_examples=300, deadline=None, database=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_malformed(data: bytes) -> None:
    try:
        decode_node(data)
    except MalformedError:
        return


@settings(max_examples=300, deadline=None, database=None)
@given(st.data())
def test_any_change_of_an_observation_is_a_value_or_malformed(data: st.DataObject) -> None:
    right = bytearray(
        encode_observation({"a": [torch.ones(2, 3), 1.5, None], "b": Raised.of(ValueError("x"))})
    )
    for _ in range(data.draw(st.integers(1, 4))):
        right[data.draw(st.integers(0, len(right) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode_node(bytes(right))
    except MalformedError:
        return


def test_nesting_beyond_reason_is_malformed() -> None:
    with pytest.raises(MalformedError):
        decode_node(b"\x92\xa1l\x91" * 60_000 + b"\xc0")


@pytest.mark.parametrize("requires_grad", [True, False])
def test_inputs_and_their_gradients_are_no_views(requires_grad: bool) -> None:
    tensor = torch.arange(6.0).reshape(2, 3).T.requires_grad_(requires_grad)
    if requires_grad:
        tensor.grad = torch.ones(3, 2)
    back = materialise(input_decoder.decode(encode_node(encode_input(tensor))))
    assert back.stride() == tensor.stride()
    assert torch.equal(back, tensor)
    if requires_grad:
        back.grad.detach_().zero_()
    back.detach_()  # raises for a view


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_leaf_in_float64_holds_its_gradient(dtype: torch.dtype) -> None:
    """Else what the reference answers in float64, around which others are accepted, is no step at all."""
    leaf = torch.ones(2, dtype=dtype, requires_grad=True)
    leaf.grad = torch.tensor([3.0, 4.0], dtype=dtype)
    (double,) = as_double([leaf])
    assert double.grad.dtype == torch.float64
    assert double.grad.tolist() == [3.0, 4.0]
