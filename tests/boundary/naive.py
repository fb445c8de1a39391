"""A grader that runs everything in one process, as most do: what the border is measured against.

`NAIVE` is run by the harness without any confinement, in a process of its own, with the submission in `T`.
"""

REFERENCE = "def attacked(x):\n    return x * 2\n\n\ndef witness(x):\n    return x + 1\n"

NAIVE = """
import builtins, json, math, pickle, sys, types
import numpy, torch, torch.testing

STYLES = {
    "allclose": lambda got, want: torch.allclose(got, want),
    "equal": lambda got, want: torch.equal(got, want),
    "isclose": lambda got, want: torch.isclose(got, want).all(),
    "operator": lambda got, want: (got == want).all() if hasattr(got == want, "all") else got == want,
    "tolerance": lambda got, want: not bool((abs(got - want) > 1e-5).any()),
    "relative": lambda got, want: not bool((abs(got - want) / abs(got) > 1e-5).any()),
    "entries": lambda got, want: all(abs(a - b) < 1e-5 for a, b in zip(got, want)),
    "assert_close": lambda got, want: torch.testing.assert_close(got, want) is None,
    "numpy": lambda got, want: numpy.allclose(got, want),
    "math": lambda got, want: math.isclose(float(got), float(want)),
    "number": lambda got, want: float(got) == float(want),
    "pickle": lambda got, want: torch.equal(pickle.loads(pickle.dumps(got)), want),
    "state": lambda got, want: torch.ones(1, requires_grad=True).sum().requires_grad
    and torch.ones(1).dtype == torch.float32
    and torch.allclose(got, want),
}


def load(text, name):
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(text, name + ".py", "exec"), module.__dict__)
    return module


def grade(style):
    reference = load(T["reference_text"], "reference_solution")
    results = {"attacked": False, "witness": False}
    x = torch.tensor([3.0])
    kept = {"attacked_expected": reference.attacked(x)}
    submission = load(T["submission"], "border")
    for name in results:
        if style == "import":
            import importlib
            importlib.import_module("torch").ones(1)
        want = getattr(reference, name)(x.clone())
        try:
            got = getattr(submission, name)(x)
            if style == "after":
                want = getattr(reference, name)(x)
            results[name] = bool(STYLES.get(style, STYLES["allclose"])(got, want))
        except Exception as error:
            results[name] = style == "skips" and type(error).__name__ in ("SkipTest", "Skipped")
            if style == "message":
                str(error)
    return results


outcome = grade(T["style"])
"""
