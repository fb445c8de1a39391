"""Descriptions of valid inputs: shapes, dtypes, layouts, data.

A `Strategy` is a recipe over a `Draw`, and a `Draw` asks its source for integers only. With a source that Hypothesis
drives, the recipe draws and shrinks; with `Telling` it gives the small, readable case of an edge. Hypothesis itself is
not imported here: the worker reads this module too.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch

from grader.errors import AuthorError

Sides = tuple[int, int]
Options = Sequence[Any]

LAYOUTS = ("contiguous", "transposed", "strided", "offset", "expanded")
NONCONTIGUOUS = ("transposed", "strided", "offset", "expanded")

_TELLING_SEED = 0
_READABLE_SEEDS = 32  # seeds below it fill with small whole numbers, so that a shrunk case stays readable


# --- data: what a tensor is filled with -------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """A way to fill an array.

    Args:
        random: From a seeded generator and a shape to a float64 array.
        telling: From a start and a count to that many readable numbers; tensors of one case start apart.
    """

    name: str
    random: Callable[[np.random.Generator, tuple[int, ...]], Any]
    telling: Callable[[int, int], Any]

    def fill(self, seed: int, start: int, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        """An array of `shape`: readable for seed 0, pseudo-random for any other."""
        if seed == _TELLING_SEED:
            values = np.asarray(self.telling(start, int(np.prod(shape, dtype=np.int64))))
        else:
            values = np.asarray(self.random(np.random.Generator(np.random.PCG64([seed, start])), shape))
            if self.name == "exact" and seed < _READABLE_SEEDS:
                values = np.round(values)
        return values.reshape(shape)


def _counting(start: int, count: int) -> np.ndarray[Any, Any]:
    return (start + np.arange(count)) % 97 + 1.0


EXACT = Data("exact", lambda rng, shape: rng.integers(-16, 17, shape) / 4.0, _counting)
INTEGERS = Data("integers", lambda rng, shape: rng.integers(-9, 10, shape), _counting)
FLOAT = Data(
    "float",
    lambda rng, shape: rng.normal(rng.uniform(-2, 2), 3.0, shape).clip(-50, 50),
    lambda start, count: ((7 * np.arange(count) + start) % 101) / 10.0 + 0.1,
)
LABELS = Data(
    "labels",
    lambda rng, shape: rng.integers(0, 2, shape),
    lambda start, count: np.resize([1.0, 0.0, 0.0, 1.0, 1.0], count),
)
PROBABILITIES = Data(
    "probabilities",
    lambda rng, shape: rng.uniform(0.05, 0.95, shape),
    lambda start, count: (np.arange(count) % 9 + 1) / 10.0,
)


# --- drawing ----------------------------------------------------------------------------------------------------


class Source(Protocol):
    """Where the integers of a case come from."""

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included; the first choice is `low`."""

    def side(self, low: int, high: int) -> int:
        """A size of a dimension, from low to high."""


class Telling:
    """The source of edges: first options, the telling filling, sizes that differ from each other (2, 3, 4, …)."""

    def __init__(self) -> None:
        self._sides = itertools.count(2)

    def integer(self, low: int, high: int) -> int:
        """The first choice."""
        return low

    def side(self, low: int, high: int) -> int:
        """The next size that no other dimension has, kept within the bounds."""
        return max(low, min(next(self._sides), high))


@dataclass
class Draw:
    """One case in the making: its dimensions by name, and the inputs drawn so far by parameter name."""

    source: Source
    pinned: Mapping[str, Any] = field(default_factory=dict)
    default_dtypes: Sequence[str] = ("float32",)
    default_layouts: Sequence[str] = ("contiguous",)
    dims: dict[str, int] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    _dtypes: dict[tuple[str, ...], str] = field(default_factory=dict)
    _starts: Iterator[int] = field(default_factory=lambda: itertools.count(0, 10))

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included; shrinks towards low."""
        if low > high:
            raise AuthorError(f"integer({low}, {high}): the smaller bound comes first.")
        return self.source.integer(low, high)

    def choice(self, options: Options) -> Any:
        """One of the options; shrinks towards the first."""
        return options[self.integer(0, len(options) - 1)]

    def size(self, name: str, low: int = 1, high: int = 5) -> int:
        """The size of the dimension `name`: the same number wherever it is asked for in one case."""
        if low > high:
            raise AuthorError(f"sides=({low}, {high}): the smaller bound comes first.")
        if name not in self.dims:
            pinned = self.pinned.get(name)
            self.dims[name] = self.source.side(low, high) if pinned is None else pinned
        return self.dims[name]

    def sizes(self, name: str, low: int = 1, high: int = 5) -> tuple[int, ...]:
        """The sizes of the further dimensions `*name`: none, one or two of them."""
        pinned = self.pinned.get(name)
        if pinned is not None:
            return tuple(pinned)
        rank = self.dims.get(f"{name}.rank")
        if rank is None:
            rank = self.dims[f"{name}.rank"] = self.integer(0, 2)
        return tuple(self.size(f"{name}.{axis}", low, high) for axis in range(rank))

    def shape(self, shape: Sequence[int | str], sides: Sides = (1, 5)) -> tuple[int, ...]:
        """The sizes that a signature such as `("n", "d", "*rest")` stands for in this case."""
        found: list[int] = []
        for item in shape:
            if isinstance(item, int):
                found.append(item)
            elif item.startswith("*"):
                found.extend(self.sizes(item[1:], *sides))
            else:
                found.append(self.size(item, *sides))
        return tuple(found)

    def dtype(self, options: Sequence[str] | None = None) -> str:
        """The dtype of this case: tensors with the same options share it."""
        options = tuple(self.default_dtypes if options is None else options)
        if options not in self._dtypes:
            self._dtypes[options] = self.choice(options)
        return self._dtypes[options]

    def numbers(self, shape: Sequence[int], data: Data = EXACT) -> np.ndarray[Any, Any]:
        """A float64 array of `shape` filled by `data`."""
        return data.fill(self.integer(0, 2**31), next(self._starts), tuple(shape)).astype(np.float64)

    def tensor(
        self,
        shape: Sequence[int | str],
        *,
        dtype: Sequence[str] | str | None = None,
        data: Data = EXACT,
        layout: Sequence[str] | str | None = None,
        sides: Sides = (1, 5),
        requires_grad: bool | Sequence[bool] = False,
        grad: bool | Sequence[bool] = False,
    ) -> torch.Tensor:
        """A tensor; see `grader.strategies.tensor`."""
        sizes = self.shape(shape, sides)
        kind = self.dtype((dtype,) if isinstance(dtype, str) else dtype)
        if data is EXACT and not kind.startswith("float"):
            data = INTEGERS
        filled = torch.from_numpy(np.array(self.numbers(sizes, data))).to(getattr(torch, kind))
        layouts = (layout,) if isinstance(layout, str) else (layout or self.default_layouts)
        laid_out = lay_out(filled, self.choice(tuple(layouts)))
        if self.choice(_flags(requires_grad)):
            laid_out = laid_out.requires_grad_()
            if self.choice(_flags(grad)):
                laid_out.grad = torch.from_numpy(np.array(self.numbers(sizes, data))).to(laid_out.dtype)
        return laid_out


def _flags(options: bool | Sequence[bool]) -> tuple[bool, ...]:
    return (options,) if isinstance(options, bool) else tuple(options)


def lay_out(tensor: torch.Tensor, layout: str) -> torch.Tensor:
    """The same values in another memory layout, with NaN (or 99) in the gaps; "expanded" repeats the first row."""
    filler = float("nan") if tensor.is_floating_point() else 99
    if tensor.ndim < 2 and layout == "transposed":
        layout = "strided"
    if tensor.ndim == 0 and layout in ("strided", "expanded"):
        layout = "offset"
    if layout == "contiguous":
        return tensor
    if layout == "transposed":
        axes = tuple(reversed(range(tensor.ndim)))
        return tensor.permute(axes).contiguous().permute(axes)
    if layout == "expanded":
        return tensor[:1].clone().expand(tensor.shape)
    if layout == "strided":
        wide = torch.full((*tensor.shape[:-1], 2 * tensor.shape[-1]), 0, dtype=tensor.dtype).fill_(filler)
        wide[..., ::2] = tensor
        return wide[..., ::2]
    if layout == "offset":
        flat = torch.empty(tensor.numel() + 3, dtype=tensor.dtype).fill_(filler)
        flat[3:] = tensor.reshape(-1)
        return flat[3:].view(tensor.shape)
    raise AuthorError(f"layout={layout!r}: it is one of {', '.join(LAYOUTS)}.")


# --- what an author writes --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Strategy:
    """A description of the valid values of one input."""

    make: Callable[[Draw], Any]

    def __call__(self, draw: Draw) -> Any:
        """Draw a value."""
        return self.make(draw)


@dataclass(frozen=True)
class Edge:
    """A case that always runs: values of parameters, sizes of dimensions; the rest is filled tellingly."""

    pinned: Mapping[str, Any]


def edge(**pinned: Any) -> Edge:
    """An explicit case; see `Edge`. `edge(n=2, d=3)`, `edge(x=torch.tensor([2.0]), passes=2)`, `edge(rest=(2, 3))`."""
    return Edge(pinned)


def tensor(
    *shape: int | str,
    dtype: Sequence[str] | str | None = None,
    data: Data = EXACT,
    layout: Sequence[str] | str | None = None,
    sides: Sides = (1, 5),
    requires_grad: bool | Sequence[bool] = False,
    grad: bool | Sequence[bool] = False,
) -> Strategy:
    """A tensor.

    Args:
        shape: For each dimension a size, or a name ("n" is the same number wherever it occurs in a case), or
            "*name" for none to two further dimensions.
        dtype: One dtype or options, by name; tensors of a case that have the same options share the drawn one.
            Default float32, unless the check draws others (`dtypes=`).
        data: What it is filled with; EXACT turns into INTEGERS for an integer dtype.
        layout: One layout or options (`LAYOUTS`). Default contiguous, unless the check draws others (`layouts=`).
        sides: Smallest and largest size of a named dimension.
        requires_grad, grad: Whether it is a leaf that requires grad, and already holds a gradient; or options.
    """
    return Strategy(
        lambda draw: draw.tensor(
            shape, dtype=dtype, data=data, layout=layout, sides=sides, requires_grad=requires_grad, grad=grad
        )
    )


def array(
    *shape: int | str, dtype: Sequence[str] | str = "float32", data: Data = EXACT, sides: Sides = (1, 5)
) -> Strategy:
    """A contiguous, writable numpy array."""

    def make(draw: Draw) -> np.ndarray[Any, Any]:
        return np.array(draw.tensor(shape, dtype=dtype, data=data, layout="contiguous", sides=sides).numpy())

    return Strategy(make)


def dim(name: str, low: int = 1, high: int = 5) -> Strategy:
    """The size of the dimension `name`, as an int; where it comes first it also sets the bounds."""
    return Strategy(lambda draw: draw.size(name, low, high))


def integer(low: int, high: int) -> Strategy:
    """An int from low to high, both included; shrinks towards low."""
    return Strategy(lambda draw: draw.integer(low, high))


def choice(*options: Any) -> Strategy:
    """One of the options (a strategy among them is drawn); shrinks towards the first."""

    def make(draw: Draw) -> Any:
        chosen = draw.choice(options)
        return chosen(draw) if isinstance(chosen, Strategy) else chosen

    return Strategy(make)


number = choice


def just(value: Any) -> Strategy:
    """Always this value."""
    return Strategy(lambda draw: value)


def lists(of: Strategy, sizes: Sides = (0, 5)) -> Strategy:
    """A list of values of one strategy."""
    return Strategy(lambda draw: [of(draw) for _ in range(draw.integer(*sizes))])


def built(make: Callable[[Draw], Any]) -> Strategy:
    """A value that the author makes from the draw: `draw.dims` and `draw.values` hold what was drawn before it."""
    return Strategy(make)


def draw_inputs(inputs: Mapping[str, Strategy], draw: Draw) -> dict[str, Any]:
    """The inputs of one case, by parameter name, in the order of the program's parameters."""
    for name, strategy in inputs.items():
        value = draw.pinned.get(name, strategy)
        draw.values[name] = value(draw) if isinstance(value, Strategy) else value
    return draw.values
