"""Grade reports made by hand, one for each kind of thing that a report can hold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from grader.model import (
    CheckReport,
    Counterexample,
    Diagnosis,
    ExerciseReport,
    GradeReport,
    IsolationInfo,
    SubmissionInfo,
    Verdict,
)
from grader.report.story import plain_decimal

HOSTILE = (
    "\x1b[31mred\x1b[0m [bold]rich[/bold] <script>alert(1)</script> \r::set-output name=x::1\n"
    "::error::owned\n  ::add-mask::secret\n##[error]legacy\n```\n</pre># Heading | cell | ![x](http://x.invalid)\n"
    "\u202eevil\u2066 \x00\x9b"
)


def tensor(values: Any, dtype: str = "float32", **more: Any) -> dict[str, Any]:
    shape: list[int] = []
    inner = values
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    return {"dtype": dtype, "shape": shape, "values": values, **more}


def big(*shape: int) -> dict[str, Any]:
    return {"dtype": "float32", "shape": list(shape), "summary": {"min": -3.5, "max": 9.25, "elements": 8192}}


def example(call: str, expected: Any, observed: Any, difference: str, **inputs: Any) -> Counterexample:
    return Counterexample(
        call=call, inputs=inputs, expected=expected, observed=observed, difference=difference, shrunk=False
    )


def check(name: str, verdict: Verdict = "passed", points: str = "0.5", **more: Any) -> CheckReport:
    return CheckReport(
        id=name,
        title=name.rsplit("/", 1)[-1].replace("_", " "),
        verdict=verdict,
        devices=more.pop("devices", {"cpu": verdict}),
        reason=more.pop("reason", None),
        points=points if verdict == "passed" else "0",
        max_points=points,
        visibility=more.pop("visibility", "visible"),
        cases=100,
        duration_s=0.01,
        **more,
    )


def exercise(name: str, *checks: CheckReport, assignment: str = "tensors", **more: Any) -> ExerciseReport:
    earned = sum((Decimal(c.points) for c in checks), Decimal(0))
    possible = sum((Decimal(c.max_points) for c in checks), Decimal(0))
    status = "full" if earned == possible else "partial" if earned else "none"
    return ExerciseReport(
        assignment=assignment,
        name=name,
        score=plain_decimal(earned),
        max_score=plain_decimal(possible),
        status=more.pop("status", status),
        checks=[
            CheckReport(**{**as_dict(c), "id": f"{assignment}/{name}/{c.id}"}) if c.id.count("/") < 2 else c
            for c in checks
        ],
        **more,
    )


def as_dict(struct: Any) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def report(*exercises: ExerciseReport, **more: Any) -> GradeReport:
    earned = sum((Decimal(e.score) for e in exercises), Decimal(0))
    possible = sum((Decimal(e.max_score) for e in exercises), Decimal(0))
    assignments = list(dict.fromkeys(e.assignment for e in exercises))
    fields: dict[str, Any] = {
        "submission": SubmissionInfo(
            name="s1042", digest="sha256:" + "0" * 64, files=[f"{name}.py" for name in assignments]
        ),
        "assignments": assignments,
        "seed": 0,
        "devices": ["cpu"],
        "graded_at": "2026-01-02T03:04:05Z",
        "versions": {
            "grader": "0.1",
            "python": "3.11.7",
            "torch": "2.13.0",
            "numpy": "2.4",
            "hypothesis": "6.170",
        },
        "isolation": IsolationInfo(level="A", applied=["landlock", "rlimits", "seccomp"], missing={}),
        "score": plain_decimal(earned),
        "max_score": plain_decimal(possible),
        "status": "graded",
        "problem": None,
        "exercises": list(exercises),
    }
    return GradeReport(**{**fields, **more})


# --- exercises of every kind ---

THE_COLUMNS = Diagnosis(
    misconception="averages_the_columns",
    explanation="Averages over dim 0, so it gives one number a column.",
    hint="Which dimension disappears when you average each row?",
)

FULL = exercise("tensor_facts", check("tells_the_facts"), check("leaves_its_inputs_alone", points="0.25"))

WRONG = exercise(
    "row_average",
    check(
        "averages_every_row",
        "failed",
        explanation="Each row's mean, one value a row.",
        counterexample=example(
            "row_average(x=[[1., 2., 3.], [4., 5., 6.]])",
            tensor([2.0, 5.0]),
            tensor([2.5, 3.5, 4.5]),
            "expected shape (2,), got (3,)",
            x=tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        ),
        diagnosis=[THE_COLUMNS],
        pattern="your result is the mean over the other dimension",
        output="shape torch.Size([2, 3])\n" * 100 + "done\n",
        file="tensors.py",
        line=12,
    ),
    check(
        "averages_decimal_numbers",
        "failed",
        points="0.2",
        diagnosis=[THE_COLUMNS],
        counterexample=example(
            "row_average(x=[[0.5]])", tensor([0.5]), tensor([[0.5]]), "expected shape (1,)"
        ),
    ),
    check(
        "keeps_the_dtype",
        "skipped",
        "0.1",
        reason="'averages every row' comes first; looked at once that passes.",
    ),
    check(
        "works_on_any_layout",
        "skipped",
        "0.1",
        reason="'averages every row' comes first; looked at once that passes.",
    ),
    check("leaves_torch_as_it_was", "passed", "0.05"),
)


def differing(name: str, expected: Any, observed: Any, difference: str, **inputs: Any) -> ExerciseReport:
    shown = ", ".join(f"{key}=…" for key in inputs)
    found = example(f"{name}({shown})", expected, observed, difference, **inputs)
    return exercise(name, check("gives_the_answer", "failed", counterexample=found))


RANK_0 = differing("loss_of", tensor(0.25), tensor(0.75), "expected 0.25, got 0.75")
RANK_1 = differing(
    "shifted", tensor([1.0, 2.0, 3.0, 4.0]), tensor([1.0, 2.0, 4.0, 3.0]), "2 of 4 values differ, most at [2]"
)
RANK_2 = differing(
    "outer",
    tensor([[float(4 * i + j) for j in range(4)] for i in range(4)]),
    tensor([[float(4 * i + j) + (0.5 if i == j == 2 else 0) for j in range(4)] for i in range(4)]),
    "1 of 16 values differ, most at [2, 2]: expected 10, got 10.5",
)
RANK_3 = differing(
    "stacked",
    tensor([[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]], "int64"),
    tensor([[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, -11, 12]]], "int64"),
    "1 of 12 values differ, most at [1, 1, 1]: expected 11, got -11",
)
WIDE = differing(
    "wide",
    tensor([[i * 1.125 for i in range(32)], [i * 2.25 for i in range(32)]]),
    tensor([[i * 1.125 for i in range(32)], [i * 2.25 + (i == 30) for i in range(32)]]),
    "1 of 64 values differ, most at [1, 30]: expected 67.5, got 68.5",
)
EMPTY = differing(
    "empty", tensor([], shape=[0, 3]), tensor([[], [], []]), "expected shape (0, 3), got (3, 0)"
)
NOT_FINITE = differing(
    "sigmoid",
    tensor([0.0, 0.5, 1.0, "inf"]),
    tensor(["nan", 0.5, 1.0, "-inf"]),
    "2 of 4 entries are not finite",
)
CLOSE_BY = differing(
    "precise", tensor([0.3333333, 1.0]), tensor([0.3333334, 1.0]), "1 of 2 values differ, most at [0]"
)
BIG = differing(
    "large", big(64, 128), big(64, 128), "17 of 8192 values differ, most at [3, 7]: expected 1, got 1.5"
)
DTYPE = differing(
    "as_double", tensor([1.0, 2.0], "float64"), tensor([1.0, 2.0]), "expected dtype float64, got float32"
)
NUMPY = differing(
    "to_numpy",
    tensor([1.0, 2.0], type="numpy.ndarray"),
    tensor([1.0, 2.0]),
    "expected a numpy array, got a tensor",
)
PLAIN = differing("count", 3, 4, "expected 3, got 4")
LIST = differing("sizes", [1, 2, 3], [1, 2, 4], "entry 2: expected 3, got 4")
WORDS = differing("words", ["the", "cat"], ["the", "dog"], "entry 1: expected 'cat', got 'dog'")
TREE = differing(
    "fit",
    {"first call": tensor([1.0, 2.0]), "second call": tensor([1.0, 2.0]), "losses": [0.5, 0.25], "epochs": 2},
    {
        "first call": tensor([1.0, 2.0]),
        "second call": tensor([1.0, 3.0]),
        "losses": [0.5, 0.125],
        "epochs": 2,
    },
    "second call: 1 of 2 values differ, most at [1]: expected 2, got 3",
)
NESTED = differing(
    "batches",
    [[tensor([[1.0], [2.0]]), tensor([0, 1], "int64")], [tensor([[3.0]]), tensor([1], "int64")]],
    [[tensor([[1.0], [2.0]]), tensor([0, 1], "int64")], [tensor([[4.0]]), tensor([1], "int64")]],
    "entry 1 entry 0: expected 3, got 4",
)
LOOKS_LIKE_A_TENSOR = differing(
    "liar",
    tensor([1.0]),
    {"dtype": "float32", "shape": "long", "values": {"a": [1, {"raised": 3}]}},
    "expected a tensor, got a dict",
)
UNUSUAL_INPUT = differing(
    "slope",
    tensor([[1.0, 3.0], [2.0, 4.0]], "float64"),
    tensor([[1.0, 2.0], [3.0, 4.0]], "float64"),
    "2 of 4 values differ, most at [0, 1]",
    x=tensor([[1.0, 2.0], [3.0, 4.0]], "float64", strides=[1, 2], requires_grad=True, grad=tensor([[0.0]])),
    n=3,
)
RAISED = exercise(
    "mse_loss",
    check(
        "averages_the_squares",
        "error",
        counterexample=example(
            "mse_loss(yhat=[1., 2.], y=[1., 0.])",
            tensor(2.0),
            {
                "raised": "RuntimeError",
                "message": "The size of tensor a (2) must match the size of tensor b (3)",
            },
            "it raised RuntimeError: The size of tensor a (2) must match the size of tensor b (3)",
        ),
        traceback="adaline.py, line 41, in mse_loss\n"
        "    return ((yhat - y) ** 2).mean()\n"
        "    yhat: float32 (2,), y: float32 (3,)\n"
        "RuntimeError: The size of tensor a (2) must match the size of tensor b (3)",
        reason="yhat has 2 entries and y has 3: they are combined entry by entry.",
        file="adaline.py",
        line=41,
    ),
    check(
        "refuses_shapes_that_differ",
        "failed",
        counterexample=example(
            "mse_loss(yhat=[[1.], [2.], [3.]], y=[1., 2., 3.])",
            {"raised": "ValueError", "message": ""},
            tensor(1.3333334),
            "expected ValueError to be raised, got a tensor",
        ),
    ),
    assignment="adaline",
)
TIMEOUT = exercise(
    "fit_by_hand",
    check("trains", "timeout", reason="it used up its 10 s of CPU time", output="epoch 1\nepoch 2\n"),
    check("records_the_losses", "timeout", reason="not run: the time for this exercise was used up before"),
    assignment="adaline",
)
CRASHED = exercise(
    "sgd_step", check("steps", "crashed", reason="its process was ended by signal 11"), assignment="adaline"
)
HIDDEN = exercise(
    "secret",
    check("works_on_hidden_cases", "failed", visibility="hidden"),
    check(
        "works_later",
        "failed",
        visibility="after_due_date",
        counterexample=example("secret(x=[42.])", tensor([1.0]), tensor([7.0]), "expected 1, got 7"),
        diagnosis=[THE_COLUMNS],
        output="LATER",
    ),
    check("works_when_published", "failed", visibility="after_published", output="LATER"),
    check("works_in_secret", visibility="hidden"),
)
ELSEWHERE = exercise(
    "on_device",
    check(
        "stays_on_the_device",
        "failed",
        devices={"cpu": "passed", "simulated": "failed", "cuda": "skipped"},
        counterexample=example(
            "on_device(x=[1.])",
            tensor([1.0]),
            tensor([1.0], device="the CPU, not on simulated"),
            "expected it on cpu",
        ),
    ),
)
DEVICE_SKIPPED = exercise(
    "on_cuda", check("runs_on_cuda", "skipped", points="0", reason="there is no such device"), check("runs")
)
NOT_ATTEMPTED = exercise("is_close", check("compares", "not_attempted"), status="not_attempted")
MISSING = exercise(
    "flatten",
    check("flattens", "not_attempted"),
    status="missing",
    problem="tensors.py does not define flatten.",
)
NOT_HANDED_IN = exercise(
    "linear",
    check("maps_every_row", "not_attempted"),
    status="missing",
    problem="training.py was not handed in.",
    assignment="training",
)
_SYNTAX = "autograd.py, line 3: SyntaxError: '(' was never closed"
UNLOADABLE = [
    exercise(
        name,
        check(
            "gives_the_gradient",
            "error",
            reason=f"{_SYNTAX} What is opened must be closed.",
            traceback="autograd.py, line 3, in <module>\n    x = (1\nSyntaxError: '(' was never closed",
        ),
        assignment="autograd",
        status="none",
        problem=_SYNTAX,
    )
    for name in ("gradient_of_square", "gradient_every_pass")
]
VICIOUS = exercise(
    "vicious",
    check(
        "answers",
        "failed",
        output=HOSTILE,
        explanation=HOSTILE,
        pattern=HOSTILE,
        reason=HOSTILE,
        counterexample=example(
            "vicious(x='" + HOSTILE + "')",
            [HOSTILE],
            {
                HOSTILE: HOSTILE,
                "x": {"type": HOSTILE, "text": HOSTILE},
                "e": {"raised": HOSTILE, "message": HOSTILE},
            },
            HOSTILE,
            x=HOSTILE,
        ),
        diagnosis=[Diagnosis(misconception="m", explanation=HOSTILE, hint=HOSTILE)],
        file="a,b:c\n::error::.py",
        line=3,
    ),
    check(
        "raises",
        "error",
        traceback=HOSTILE,
        counterexample=example("f()", 1, {"raised": "E", "message": HOSTILE}, HOSTILE),
    ),
)
SKIPPED_ALL = exercise(
    "train",
    check("trains", "skipped", reason="TwoLayerNetwork is not right yet, and this needs it; mend it first."),
    assignment="training",
)

LOSS_CURVE = {
    "kind": "lines",
    "title": "Loss of fit_by_hand",
    "x_label": "epoch",
    "y_label": "loss",
    "series": [
        {"name": "yours", "x": [0, 1, 2, 3], "y": [1.0, 0.8, "nan", 0.9]},
        {"name": "reference", "x": [0, 1, 2, 3], "y": [1.0, 0.5, 0.25, 0.125]},
    ],
}
DECISION_LINE = {
    "kind": "scatter_lines",
    "title": "Decision line over the Iris data",
    "x_label": "sepal length",
    "y_label": "petal length",
    "series": [
        {"name": "setosa", "marks": "points", "x": [-1.0, -0.8, -1.2], "y": [-1.1, -0.9, -1.0]},
        {"name": "versicolor", "marks": "points", "x": [1.0, 0.8, 1.2], "y": [1.1, 0.9, 1.0]},
        {"name": "yours", "x": [-1.5, 1.5], "y": [1.2, -1.4]},
    ],
}

KINDS: dict[str, GradeReport] = {
    "full": report(FULL),
    "wrong": report(FULL, WRONG),
    "tensors": report(RANK_0, RANK_1, RANK_2, RANK_3, WIDE, EMPTY, NOT_FINITE, CLOSE_BY, BIG, DTYPE, NUMPY),
    "plain": report(PLAIN, LIST, WORDS, TREE, NESTED, LOOKS_LIKE_A_TENSOR, UNUSUAL_INPUT),
    "trouble": report(RAISED, TIMEOUT, CRASHED),
    "hidden": report(HIDDEN),
    "devices": report(ELSEWHERE, DEVICE_SKIPPED, devices=["cpu", "simulated", "cuda"]),
    "not_run": report(FULL, NOT_ATTEMPTED, MISSING, NOT_HANDED_IN, SKIPPED_ALL, *UNLOADABLE),
    "untouched": report(
        NOT_ATTEMPTED,
        NOT_HANDED_IN,
        exercise("encode", check("e", "not_attempted"), status="not_attempted", assignment="word_window"),
        exercise("collate", check("c", "not_attempted"), status="not_attempted", assignment="word_window"),
    ),
    "practice": report(
        FULL,
        WRONG,
        seed=7,
        isolation=IsolationInfo(level="C", applied=["rlimits"], missing={"landlock": "this kernel has none"}),
        notes=["tensor.py was taken for tensors.py."],
        figures=[LOSS_CURVE, DECISION_LINE],
    ),
    "secret_seed": report(WRONG, seed=None),
    "hostile": report(
        VICIOUS,
        notes=[HOSTILE],
        submission=SubmissionInfo(name=HOSTILE, digest="sha256:" + "0" * 64, files=[HOSTILE]),
        figures=[
            {
                **LOSS_CURVE,
                "title": HOSTILE,
                "series": [{"name": HOSTILE, "x": ["a", None], "y": [HOSTILE, {}]}],
            }
        ],
    ),
    "ungradable": report(
        status="ungradable",
        score=None,
        max_score="20",
        problem="adaline.py is not UTF-8 (byte 3).",
        assignments=["adaline"],
        notes=["notes.txt was not looked at."],
    ),
}
