"""The model solution of `adaline` gives the figures that the lecture prints for the Iris flowers.

Source: a lecture on training ADALINE with PyTorch (Iris, versicolor 0 against virginica 1, sepal width and
petal length, 70 % for training, 20 epochs, learning rate 0.01, seed 123, mini-batches of 10), recomputed with
torch 2.13 on a CPU.
"""

import csv
import doctest
from pathlib import Path

import pytest
import torch
from torch import Tensor

from reference import adaline

FOLDER = Path(__file__).resolve().parents[2] / "assignments" / "adaline"
IRIS, HAND_OUT = FOLDER / "data" / "iris.csv", FOLDER / "README.md"

LOSSES = (
    "0.38849 0.31679 0.26379 0.22463 0.19527 0.17307 0.15629 0.14352 0.13360 0.12600 "
    "0.12007 0.11547 0.11178 0.10884 0.10656 0.10470 0.10320 0.10200 0.10105 0.10025"
)

IMPLEMENTATIONS = {
    "by hand": (adaline.AdalineManual, adaline.train_manual),
    "autograd.grad": (adaline.AdalineAutograd, adaline.train_autograd),
    "nn.Module": (adaline.AdalineModule, adaline.train_module),
}
every_implementation = pytest.mark.parametrize("name", IMPLEMENTATIONS)


def split_iris() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The lecture's four tensors: the permutation of seed 123 is applied twice, as its notebook does."""
    rows = list(csv.DictReader(IRIS.open()))[50:150]
    x = torch.tensor([[float(row["sepal_width"]), float(row["petal_length"])] for row in rows])
    y = torch.tensor([float(row["species"] == "virginica") for row in rows])
    torch.manual_seed(123)
    order = torch.randperm(100)
    x_train, x_test, y_train, y_test = adaline.shuffled_split(x[order], y[order], 0.7, 123)
    return *adaline.standardize(x_train, x_test), y_train, y_test


def train_on_iris(name):
    make, train = IMPLEMENTATIONS[name]
    x_train, x_test, y_train, y_test = split_iris()
    model = make(2)
    losses = train(model, x_train, y_train, num_epochs=20)
    with torch.no_grad():
        scores = [
            adaline.accuracy(adaline.predict_labels(model.forward(x)), y)
            for x, y in [(x_train, y_train), (x_test, y_test)]
        ]
    return losses, *scores


def test_iris_has_fifty_flowers_of_each_species():
    species = [row["species"] for row in csv.DictReader(IRIS.open())]
    assert species == ["setosa"] * 50 + ["versicolor"] * 50 + ["virginica"] * 50


def test_seventy_flowers_train_and_thirty_test():
    x_train, x_test, y_train, y_test = split_iris()
    assert [x_train.shape, x_test.shape, y_train.shape, y_test.shape] == [(70, 2), (30, 2), (70,), (30,)]


@every_implementation
def test_the_twenty_losses_on_iris(name):
    losses, _, _ = train_on_iris(name)
    assert " ".join(f"{loss:.5f}" for loss in losses) == LOSSES


@every_implementation
def test_training_accuracy_on_iris_is_92_86_percent(name):
    _, train_accuracy, _ = train_on_iris(name)
    assert f"{train_accuracy:.2%}" == "92.86%"


@every_implementation
def test_test_accuracy_on_iris_is_93_33_percent(name):
    _, _, test_accuracy = train_on_iris(name)
    assert f"{test_accuracy:.2%}" == "93.33%"


@pytest.mark.parametrize("size", [1, 2, 5, 6, 7, 12])
@pytest.mark.parametrize("num_features", [1, 3])
def test_the_three_implementations_agree_along_the_whole_training(size, num_features):
    """After 0, 1, 2 and 3 epochs they hold the same losses, weight and bias."""
    torch.manual_seed(size)
    x, y = torch.randn(size, num_features), torch.randn(size)
    for num_epochs in range(4):
        answers = []
        for make, train in IMPLEMENTATIONS.values():
            model = make(num_features)
            losses = train(model, x, y, num_epochs, learning_rate=0.05, seed=7, minibatch_size=6)
            holder = getattr(model, "linear", model)
            answers.append(torch.cat([torch.tensor(losses), holder.weight.flatten(), holder.bias]).detach())
        assert answers[0].shape == (num_epochs + num_features + 1,)
        for other in answers[1:]:
            torch.testing.assert_close(other, answers[0], rtol=1e-5, atol=1e-6)


def test_one_step_by_hand():
    """Two rows, one feature, from zero: yhat is 0, so the step is 0.5 * 2 * mean(y * x) = 0.5 * 2 * 2.5."""
    model = adaline.AdalineManual(1)
    losses = adaline.train_manual(
        model, torch.tensor([[1.0], [2.0]]), torch.tensor([1.0, 2.0]), 1, learning_rate=0.5
    )
    assert (model.weight.item(), model.bias.item()) == (2.5, 1.5)
    assert losses == [(3.0**2 + 4.5**2) / 2]


def test_the_examples_of_the_hand_out_are_what_the_model_solution_prints():
    names = vars(adaline) | {"torch": torch}
    text = HAND_OUT.read_text("utf-8").replace("```", "")  # doctest takes the end of a code block for output
    examples = doctest.DocTestParser().get_doctest(text, names, "README.md", None, 0)
    printed: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    runner.run(examples, out=printed.append)
    assert runner.summarize(verbose=False).attempted > 30
    assert not printed, "".join(printed)
