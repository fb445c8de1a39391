"""Errors of the student's own code: every sentence is tried on an exception really raised here."""

from __future__ import annotations

import bdb
import io
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from grader.engine import meanings
from grader.engine.trouble import GUARD, explain, explain_loading, named_tensors, signature, traceback_text
from grader.values import Frame, Raised, SourceText, submission_files

LEAF = torch.ones(2, requires_grad=True)
MATRIX = torch.ones(2, 3)


class NoSuper(nn.Module):
    def __init__(self) -> None:
        self.layer = nn.Linear(1, 2)


class NoSuperPlain(nn.Module):
    def __init__(self) -> None:
        self.width = 3


class Misspelt(nn.Module):
    def foward(self, x: Any) -> Any:
        return x


def backward_twice() -> None:
    loss = (LEAF**2).sum()
    loss.backward()
    loss.backward()


def changed_in_place() -> None:
    x = torch.ones(3, requires_grad=True)
    y = x.exp()
    y.add_(1)
    y.sum().backward()


def never_assigned() -> None:
    for _ in []:
        total = 0
    print(total)


def without_self() -> None:
    class Model:
        def forward(x: Any) -> Any:
            return x

    Model().forward(MATRIX)


def inference() -> None:
    with torch.inference_mode():
        y = torch.ones(2)
    (LEAF * y).sum()


def quit_debugger() -> None:
    debugger = bdb.Bdb()
    debugger.reset()
    debugger.quitting = True
    debugger.dispatch_return(sys._getframe(), None)


def asked_at_the_keyboard() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.StringIO(""))
        input()


def returning_init() -> None:
    class Accuracy:
        def __init__(self, labels: Any) -> None:
            return labels

    Accuracy(1)


ROW = torch.ones(2)


def each(function: Callable[..., Any], *tensors: Any) -> Callable[[], Any]:
    return lambda: torch.vmap(function)(*tensors)


REAL: list[tuple[str, Callable[[], Any]]] = [
    ("equally many items; these have 2, 3.", each(lambda p, q: p + q, ROW, torch.ones(3))),
    ("can't become a Python number", each(lambda p: p.item(), ROW)),
    ("`while` can't ask for its value", each(lambda p: p if p > 0 else -p, ROW)),
    ("has to return a new tensor", each(lambda p: torch.zeros(1).__setitem__(0, p), ROW)),
    ("a dimension that has size 0", each(lambda p: p + 1, ROW[:0])),
    ("for each item, and returns a float.", each(lambda p: 1.0, ROW)),
    ("through tensors only, and this is a float.", each(lambda p, q: p + q, ROW, 1.0)),
    ("through dimension 0 of a tensor, and this one has 0 dimensions", each(lambda p: p, ROW[0])),
    ("(2, 3) and (4, 5)", lambda: MATRIX @ torch.ones(4, 5)),
    ("needs a vector of length 3; this one has 2. Its transpose would fit", lambda: MATRIX @ torch.ones(2)),
    ("equal lengths; these have 2 and 3", lambda: torch.ones(2) @ torch.ones(3)),
    ("batches must be equally many (2 and 2)", lambda: torch.bmm(torch.ones(2, 2, 3), torch.ones(2, 4, 5))),
    ("`@` takes them all", lambda: torch.mm(MATRIX, torch.ones(3))),
    ("`@` takes them all", lambda: torch.dot(MATRIX, MATRIX)),
    ("2 and 3 (dimension 0 of the result)", lambda: torch.ones(2) + torch.ones(3)),
    ("the result has shape [2, 3], the tensor only [3]", lambda: torch.ones(3).add_(MATRIX)),
    ("only a size of 1 can be stretched", lambda: MATRIX.expand(4, 3)),
    ("the 6 that are there don't fill the shape [4]", lambda: MATRIX.reshape(4)),
    ("no view of that shape exists", lambda: MATRIX.T.view(6)),
    ("joins along dimension 0", lambda: torch.cat([torch.ones(2, 2), torch.ones(3, 3)])),
    ("equally many dimensions, not 1 and 2", lambda: torch.cat([torch.ones(2), MATRIX])),
    ("must be padded first", lambda: torch.stack([torch.ones(2), torch.ones(3)])),
    ("nothing to stack", lambda: torch.stack([])),
    ("holds a float where tensors are needed", lambda: torch.stack([1.0])),  # type: ignore[list-item]
    ("no dimension 2: the dimensions of this tensor are numbered from 0 to 1", lambda: MATRIX.sum(2)),
    ("this tensor has 2", lambda: MATRIX[0, 0, 0]),
    ("a single number without dimensions", lambda: torch.tensor(1.0)[0]),
    ("a single number without dimensions", lambda: len(torch.tensor(1.0))),
    ("a single number without dimensions", lambda: list(torch.tensor(1.0))),
    ("positions go from 0 to 3 - 1; 3 is beyond", lambda: MATRIX[:, 3]),
    ("shorter than that", lambda: [1, 2][2]),
    ("An embedding was asked for a row", lambda: nn.Embedding(3, 2)(torch.tensor([5]))),
    ("Indices are whole numbers", lambda: MATRIX[torch.ones(2)]),
    ("Indices are whole numbers", lambda: nn.Embedding(3, 2)(torch.ones(2))),
    ("A size of 0 cuts nothing", lambda: torch.split(MATRIX, 0)),
    ("unequally long (2 and 1)", lambda: torch.tensor([[1, 2], [3]])),
    ("changed in place while gradients are being recorded", lambda: LEAF.add_(1)),
    ("changed in place while gradients are being recorded", lambda: LEAF[0].add_(1)),
    ("The loss has no graph", lambda: torch.ones(2).sum().backward()),
    ("by a tensor that doesn't require grad", lambda: torch.autograd.grad((LEAF * 2).sum(), torch.ones(2))),
    (
        "does not depend on tensor number 0",
        lambda: torch.autograd.grad((LEAF * 2).sum(), torch.ones(2, requires_grad=True)),
    ),
    ("freed by its first backward pass", backward_twice),
    ("backward starts from a single number", lambda: (LEAF * 2).backward()),
    ("changed in place after it was used", changed_in_place),
    ("inference_mode", inference),
    ("has to leave its graph first", lambda: LEAF.numpy()),
    ("has to leave its graph first", lambda: np.asarray(LEAF)),
    ("Whole numbers have no gradients", lambda: torch.tensor([1, 2], requires_grad=True)),
    ("can't be deep-copied", lambda: __import__("copy").deepcopy(LEAF * 2)),
    ("takes leaves", lambda: torch.optim.SGD([LEAF * 2], 0.1)),
    ("The model has no parameters", lambda: torch.optim.SGD([], 0.1)),
    ("One operand is float32, the other int64", lambda: MATRIX @ torch.ones(3, 2, dtype=torch.long)),
    ("One operand is float32, the other float64", lambda: MATRIX @ torch.ones(3, 2, dtype=torch.float64)),
    ("One operand is int64, the other float32", lambda: nn.Linear(3, 2)(torch.ones(2, 3, dtype=torch.long))),
    ("One operand is float32, the other int64", lambda: torch.ones(3) @ torch.ones(3, dtype=torch.long)),
    ("One operand is float32, the other int64", lambda: MATRIX @ torch.ones(3, dtype=torch.long)),
    ("int64 was found where float32 is needed", lambda: nn.BCELoss()(torch.tensor([0.5]), torch.tensor([1]))),
    (
        "Class labels are whole numbers",
        lambda: nn.CrossEntropyLoss()(MATRIX, torch.ones(2, dtype=torch.double)),
    ),
    ("not defined for int64", lambda: torch.tensor([1, 2]).mean()),
    ("not defined for int64", lambda: nn.MSELoss()(torch.tensor([1]), torch.tensor([1]))),
    ("Several results come as a tuple", lambda: 0.1 * (MATRIX,)),
    ("`^` is no power", lambda: MATRIX ^ 2),
    ("it needs whole ones, or bools", lambda: torch.bincount(torch.ones(2))),
    ("A deviation needs decimal numbers", lambda: torch.tensor([1, 2]).std()),
    ("An in-place operation keeps its tensor's dtype", lambda: torch.tensor([1, 2]).add_(1.5)),
    ("Bools can't be subtracted", lambda: torch.tensor([True]) - torch.tensor([True])),
    ("A bool tensor has no negative", lambda: -torch.tensor([True])),
    ("leaves out what the function needs: 'b'", lambda: (lambda a, b: a)(1)),  # type: ignore[call-arg, misc]
    ("does a sigmoid come before it", lambda: nn.BCELoss()(torch.tensor([1.5]), torch.tensor([1.0]))),
    ("Predictions [2] and targets [2, 1]", lambda: nn.BCELoss()(torch.ones(2), torch.ones(2, 1))),
    ("lie on different devices", lambda: MATRIX + torch.ones(2, 3, device="meta")),
    ("exactly one element", lambda: float(MATRIX)),
    ("exactly one element", lambda: MATRIX.item()),
    ("put together with stack or cat", lambda: torch.tensor([torch.ones(2), torch.ones(2)])),
    ("need one True or False", lambda: bool(MATRIX)),
    ("need one True or False", lambda: max(torch.tensor(0.0), MATRIX)),
    ("is one whole number", lambda: [1, 2, 3][torch.tensor([0, 1])]),  # type: ignore[call-overload]
    ("set up by nn.Module", NoSuper),
    ("set up by nn.Module", lambda: NoSuperPlain()(MATRIX)),
    ("no method of exactly the name forward", lambda: Misspelt()(MATRIX)),
    ("weight is a registered parameter", lambda: setattr(nn.Linear(1, 2), "weight", torch.ones(2, 1))),
    ("gives its values one by one", lambda: nn.Linear(1, 2).parameters()[0]),  # type: ignore[index]
    ("gives its values one by one", lambda: len(nn.Linear(1, 2).parameters())),  # type: ignore[arg-type]
    ("Something is None", lambda: None.shape),  # type: ignore[attr-defined]
    ("Something is None", lambda: None + 1),  # type: ignore[operator]
    ("Something is None", lambda: torch.tensor([None])),
    ("A `.grad` is None until", lambda: torch.ones(2).grad.zero_()),  # type: ignore[union-attr]
    ("total is used before it gets a value", never_assigned),
    ("picked with [ ]", lambda: MATRIX.shape(0)),  # type: ignore[operator]
    ("( ) is missing", lambda: MATRIX.size[0]),  # type: ignore[index]
    ("called like a function", lambda: MATRIX(0)),  # type: ignore[operator]
    ("got a Python float", lambda: torch.sigmoid(1.0)),  # type: ignore[arg-type]
    ("got a Python list", lambda: torch.mean([1.0, 2.0])),  # type: ignore[call-overload]
    ("`/` always gives a decimal one", lambda: torch.randperm(2.5)),  # type: ignore[call-overload]
    ("`/` always gives a decimal one", lambda: range(2.5)),  # type: ignore[call-overload]
    ("A list is indexed by whole numbers", lambda: [1, 2].__getitem__(1.0)),  # type: ignore[call-overload]
    ("no call with these arguments", lambda: MATRIX.sum(keepdims=True)),  # type: ignore[call-overload]
    ("another number of parts", lambda: exec("a, b = [1, 2, 3]")),
    ("gives 2 arguments to a function that takes 1", without_self),
    ("nobody is there to answer it", quit_debugger),
    ("calls itself without end", lambda: (lambda f: f(f))(lambda f: f(f))),
    ("waits for somebody who types", asked_at_the_keyboard),
    ("This line ends Python", sys.exit),
    ("more memory than an exercise gets", lambda: torch.zeros(10**15)),
    ("more memory than an exercise gets", lambda: np.zeros(10**15)),
    ("was a function asked for", returning_init),
    ("can't read this line", lambda: compile("x = = 1", "a.py", "exec")),
    ("comes from a word processor", lambda: compile("x = \u201ca\u201d", "a.py", "exec")),
    ("no `backward`. Did `.item()`", lambda: (1.0).backward()),  # type: ignore[attr-defined]
    ("This is a list, not a tensor", lambda: [1].mean()),  # type: ignore[attr-defined]
    ("This Tensor has no `shpe`", lambda: MATRIX.shpe),  # type: ignore[attr-defined]
    ("foo is not defined where this line runs", lambda: foo),  # type: ignore[name-defined]  # noqa: F821
    ("An optimizer takes all the parameters", lambda: torch.optim.SGD(LEAF, 0.1)),
    ("can't be multiplied: turn one", lambda: np.ones(2) @ MATRIX),
    ("Only PyTorch, numpy", lambda: __import__("no_such_package")),
]


def raised_by(action: Callable[[], Any]) -> Raised:
    try:
        with torch.enable_grad():
            action()
    except (Exception, SystemExit) as error:
        return Raised.of(error)
    raise AssertionError("nothing was raised")


def in_a_file(source: str, call: str, name: str = "answer.py") -> Raised:
    """What running a piece of student code raises, with the frames that a worker would report."""
    submission_files[name] = SourceText(source)
    module: dict[str, Any] = {"torch": torch, "nn": nn}
    try:
        exec(compile(source, name, "exec"), module)
        exec(compile(call, "<check>", "exec"), module)
    except Exception as error:
        return Raised.of(error)
    finally:
        del submission_files[name]
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(
    ("words", "action"), REAL, ids=[f"{i}-{words[:40]}" for i, (words, _) in enumerate(REAL)]
)
def test_real_exceptions_are_explained(words: str, action: Callable[[], Any]) -> None:
    raised = raised_by(action)
    said = meanings.meaning(raised.name, raised.message, "", {})
    assert said is not None, raised.message
    assert words in said


def test_every_row_of_the_table_is_raised_by_some_test() -> None:
    messages = [f"{raised.name}: {raised.message}" for raised in (raised_by(action) for _, action in REAL)]
    never = [
        pattern.pattern for pattern, _ in meanings._ROWS if not any(pattern.search(text) for text in messages)
    ]
    assert never == []


def test_ordinary_errors_are_left_to_their_own_words() -> None:
    assert meanings.meaning("ValueError", "shapes differ", "", {}) is None
    assert meanings.meaning("ZeroDivisionError", "division by zero", "", {}) is None


def test_a_flattened_operand_of_a_product_is_named() -> None:
    source = "def f(x, w):\n    return x @ w\n"
    raised = in_a_file(source, "f(torch.ones(2, 3, 4), torch.ones(5, 6))")
    assert "x, (2, 3, 4), counts as 6x4" in (explain(raised, "f") or "")


def test_vmap_is_named_where_an_error_does_not_say_that_it_was_inside() -> None:
    row = "def row(p):\n    out = torch.zeros(3)\n    out += p + torch.ones(3)\n    return out\n"
    raised = in_a_file(f"{row}def f(a):\n    return torch.vmap(row)(a)\n", "f(torch.ones(2))")
    assert "has to return a new tensor" in (explain(raised, "f") or "")


def test_a_linear_layers_weight_is_said_to_be_shown_transposed() -> None:
    raised = in_a_file("def f(x):\n    return nn.Linear(3, 2)(x)\n", "f(torch.ones(2, 4))")
    assert "A linear layer from 3 to 2 numbers got 4" in (explain(raised, "f") or "")
    raised = in_a_file(
        "def f(x, w):\n    return nn.functional.linear(x, w)\n", "f(torch.ones(2, 3), torch.ones(4, 5))"
    )
    assert "it is 4x5" in (explain(raised, "f") or "")


def test_the_traceback_shows_only_tensors_that_the_line_names() -> None:
    source = "def f(x, y, xy):\n    z = 1\n    return x + y\n"
    raised = in_a_file(source, "f(torch.ones(2, 3), torch.ones(4), torch.ones(5))")
    assert traceback_text(raised).splitlines() == [
        "answer.py, line 3, in f",
        "    return x + y",
        "    where x: float32 (2, 3), y: float32 (4,)",
        f"RuntimeError: {raised.message}",
    ]


def test_tensors_that_an_object_or_a_module_holds_are_shown_too() -> None:
    source = (
        "class Model:\n    def __init__(self):\n        self.weight = torch.ones(4, 1)\n"
        "        self.layer = nn.Linear(5, 2)\n"
        "    def forward(self, x):\n        return x @ self.weight\n"
        "    def layered(self, x):\n        return x.T @ self.layer.weight.T\n"
    )
    raised = in_a_file(source, "Model().forward(torch.ones(2, 3))")
    assert "    where x: float32 (2, 3), self.weight: float32 (4, 1)" in traceback_text(raised)
    raised = in_a_file(source, "Model().layered(torch.ones(2, 3))")
    assert "    where x: float32 (2, 3), self.layer.weight: float32 (2, 5)" in traceback_text(raised)


def test_attributes_are_not_taken_for_variables() -> None:
    frame = Frame(
        "a.py",
        1,
        "f",
        "return model.x @ w",
        {"x": "float32 (2,)", "w": "float32 (3,)", "model.x": "float32 (4,)"},
    )
    assert list(named_tensors(frame)) == ["model.x", "w"]


def test_a_wrong_signature_is_said_with_the_starters() -> None:
    starter = "def scale(x, factor=2):\n    raise NotImplementedError\n"
    raised = in_a_file("def scale(x):\n    return x\n", "scale(1, 2)")
    assert explain(raised, "scale", starter) == (
        "scale could not be called as the exercise says. Its parameters are to be scale(x, factor=2)."
    )


def test_a_method_without_self_is_asked_for_it() -> None:
    starter = "class Model:\n    def forward(self, x):\n        raise NotImplementedError\n"
    raised = in_a_file("class Model:\n    def forward(x):\n        return x\n", "Model().forward(1)")
    said = explain(raised, "Model", starter) or ""
    assert "forward(self, x)" in said
    assert "is `self` its first parameter?" in said


def test_an_error_outside_the_submission_is_not_blamed_on_a_line() -> None:
    raised = in_a_file("def f(x):\n    pass\n", "f(1).sum()")
    assert (explain(raised, "f") or "").startswith("No line of yours raised this")
    assert "without `return`" in (explain(raised, "f") or "")


def test_the_signature_of_a_class_is_its_init() -> None:
    starter = (
        "class Model:\n    def __init__(self, d: int = 3) -> None: ...\n    def forward(self, x: int): ...\n"
    )
    assert signature(starter, "Model", "__init__") == "__init__(self, d=3)"
    assert signature(starter, "Model", "Model") == "__init__(self, d=3)"
    assert signature(starter, "Model", "backward") is None
    assert signature("", "f", "f") is None


def loading(source: str, name: str = "answer.py") -> Raised:
    """What a worker reports of a file that can't be compiled or imported."""
    return in_a_file(source, "", name)


def test_an_unreadable_line_is_shown() -> None:
    raised = loading("x = 1\ndef f(x)\n    return x\n")
    assert traceback_text(raised).splitlines()[:2] == [
        "answer.py, line 2, in <module>",
        "    def f(x)",
    ]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("%matplotlib inline\n", "works in a notebook only"),
        (">>> x = 1\n", "The prompt"),
        ("<<<<<<< HEAD\nx = 1\n=======\n", "marks of a conflict"),
        ("x = (1\ny = 2 z\n", None),
    ],
)
def test_what_python_cannot_read_is_explained_by_how_its_line_begins(source: str, words: str | None) -> None:
    said = explain_loading(loading(source))
    assert said is None if words is None else words in (said or "")


def test_what_is_raised_on_import_belongs_under_a_guard() -> None:
    assert (explain_loading(loading("assert 1 == 2\n")) or "").endswith(GUARD)
    assert GUARD not in (explain_loading(loading("from torch import nothing_like_it\n")) or "")


def test_a_comprehension_and_endless_recursion_are_told_once() -> None:
    raised = in_a_file("def f(x):\n    return [g(y) for y in x]\n", "f([1])")
    assert traceback_text(raised).count("[g(y) for y in x]") == 1
    raised = in_a_file("def f(x):\n    return f(x)\n", "f(1)")
    assert traceback_text(raised).splitlines()[:3] == [
        "answer.py, line 2, in f",
        "    return f(x)",
        "    (again and again)",
    ]


def test_a_grad_that_is_none_is_not_said_of_a_call_of_grad() -> None:
    call = "NoneType' object is not iterable"
    said = meanings.meaning("TypeError", f"'{call}", "g = torch.autograd.grad(loss, w)[0]", {})
    assert "without `return`" in (said or "")
    assert "backward pass" in (meanings.meaning("TypeError", f"'{call}", "w -= lr * w.grad", {}) or "")


def test_no_folder_of_this_machine_is_told() -> None:
    raised = loading("from torch import nothing_like_it\n")
    assert "…/torch/__init__.py" in raised.message
    assert "/site-packages" not in raised.message


def test_a_hostile_message_is_cut_and_cannot_stall() -> None:
    raised = Raised(("builtins.TypeError",), "f() takes " + "(" * 200_000, ())
    assert (explain(raised, "f") or "").startswith("No line")
    assert len(traceback_text(raised)) <= 4_096
