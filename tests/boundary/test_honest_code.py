"""What students rightly do works under full confinement."""

import pytest

from grader.sandbox.limits import Limits
from tests.boundary.harness import Harness

pytestmark = pytest.mark.boundary

HONEST = {
    "threads in torch": """
        import torch
        torch.set_num_threads(2)
        x = torch.randn(600, 600); outcome = bool((x @ x).sum().isfinite() and torch.softmax(x, 1).sum() > 0)
    """,
    "its own threads": """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(4) as pool: outcome = sum(pool.map(abs, range(10))) == 45
    """,
    "training with autograd": """
        import torch
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
        optimizer = torch.optim.Adam(model.parameters())
        for _ in range(3):
            optimizer.zero_grad(); torch.nn.functional.mse_loss(model(torch.ones(2, 3)), torch.ones(2, 1)).backward()
            optimizer.step()
        outcome = True
    """,
    "a data loader": """
        import torch
        data = torch.utils.data.TensorDataset(torch.arange(10.0))
        loader = torch.utils.data.DataLoader(data, batch_size=4, shuffle=True, num_workers=0)
        outcome = sum(len(x) for (x,) in loader) == 10
    """,
    "saving and loading": """
        import torch
        model = torch.nn.Linear(2, 2); torch.save(model.state_dict(), "model.pt")
        outcome = set(torch.load("model.pt")) == {"weight", "bias"}
    """,
    "numpy": """
        import numpy as np
        a = np.random.default_rng(0).normal(size=(50, 50)); np.save("a.npy", a)
        outcome = bool(np.allclose(np.linalg.inv(a) @ a, np.eye(50))) and np.load("a.npy").shape == (50, 50)
    """,
    "its data file": """
        import csv
        with open("data.csv") as file: outcome = [row["x"] for row in csv.DictReader(file)] == ["1", "2"]
    """,
    "numbers from its data file": """
        import numpy as np
        outcome = bool(np.loadtxt("data.csv", skiprows=1).sum() == 3)
    """,
    "temporary files": """
        import tempfile
        with tempfile.TemporaryFile("w+") as f, tempfile.NamedTemporaryFile() as g, tempfile.TemporaryDirectory() as d:
            f.write("x"); f.seek(0); outcome = f.read() == "x" and bool(open(d + "/y", "w").write("y"))
    """,
    "folders and moves": """
        import os, shutil, pathlib
        os.makedirs("a/b"); pathlib.Path("a/b/f").write_text("x"); os.rename("a/b/f", "a/g")
        pathlib.Path("touched").touch(); pathlib.Path("touched").touch()
        os.replace("a/g", "g"); shutil.rmtree("a"); outcome = sorted(os.listdir("."))[-2:] == ["g", "touched"]
    """,
    "printing": """
        import sys, logging, warnings
        print("hello"); print("there", file=sys.stderr, flush=True); warnings.warn("w"); logging.warning("l")
        outcome = True
    """,
    "the standard library": """
        import random, json, csv, math, collections, dataclasses, statistics, fractions, decimal, datetime, zoneinfo
        import itertools, functools, typing, enum, re, string, time, copy, pickle, pprint, textwrap, unittest, doctest
        import asyncio, argparse, logging, pathlib, timeit
        time.sleep(0.001); outcome = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Berlin")).tzinfo is not None
    """,
    "torch imported late": """
        import torch.nn.utils.rnn, torch.optim.lr_scheduler, torch.distributions
        outcome = bool(torch.distributions.Normal(0.0, 1.0).sample().isfinite())
    """,
    "a package that is absent": """
        try:
            import matplotlib_of_nobody
        except ImportError: outcome = True
    """,
    "randomness of the system": "import os, secrets; outcome = len(os.urandom(8) + secrets.token_bytes(8)) == 16",
    "its own end": """
        import signal, os, faulthandler
        signal.signal(signal.SIGUSR1, lambda *_: None); os.kill(os.getpid(), signal.SIGUSR1); outcome = True
    """,
    "a deep recursion": """
        def depth(n): return 0 if n == 0 else 1 + depth(n - 1)
        import sys; sys.setrecursionlimit(20_000); outcome = depth(9_000) == 9_000
    """,
    "half of the memory": "import torch; outcome = torch.zeros(128 << 20).numel() == 128 << 20",
    "an exception in a library": """
        import torch
        try: torch.ones(2, 3) @ torch.ones(2, 3)
        except RuntimeError:
            import traceback; outcome = "torch.ones" in traceback.format_exc() or bool(traceback.format_exc())
    """,
}  # fmt: skip


@pytest.mark.parametrize("what", HONEST)
def test_honest_code_works_under_full_confinement(harness: Harness, what: str):
    lines = HONEST[what].strip("\n").splitlines()
    margin = len(lines[0]) - len(lines[0].lstrip())
    text = "\n".join(line[margin:] for line in lines)
    ran = harness.run(text, files={"data.csv": "x\n1\n2\n"}, limits=Limits(cpu_s=20))
    assert ran.outcome is True, ran
