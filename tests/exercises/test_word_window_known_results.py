"""The model solution of `word_window` does what the tutorial's closing demo shows."""

import pytest
import torch

from reference import word_window

SENTENCES = (
    "We always come to Paris",
    "The professor is from Australia",
    "I live in Stanford",
    "He comes from Taiwan",
    "The capital of Turkey is Ankara",
)
PLACES = {"paris", "australia", "stanford", "taiwan", "turkey", "ankara"}


@pytest.fixture
def tokens():
    return [word_window.tokenize(sentence) for sentence in SENTENCES]


@pytest.fixture
def vocabulary(tokens):
    return word_window.build_vocabulary(tokens)


@pytest.fixture
def batch(tokens):
    return [(words, [int(word in PLACES) for word in words]) for words in tokens]


def test_demo_sentence_with_an_unknown_city_is_encoded_as_printed(vocabulary):
    """Source: the tutorial prints [22, 2, 6, 20, 1] for this sentence, whose last word is unknown."""
    indices = word_window.encode(word_window.tokenize("We always come to Kuwait"), vocabulary)
    assert indices.tolist() == [22, 2, 6, 20, 1]


def test_demo_batch_has_the_shapes_of_its_longest_sentence(batch, vocabulary):
    """Source: the demo pads with a window of 2; its longest sentence has six words."""
    inputs, labels, lengths = word_window.collate(batch, 2, vocabulary)
    assert (inputs.shape, labels.shape, lengths.tolist()) == ((5, 10), (5, 6), [5, 5, 4, 4, 6])
    assert labels.sum() == len(PLACES)


def test_uniform_guesses_cost_log_2_a_word():
    """Source: arithmetic; a word judged with probability one half costs log 2, however it is labelled."""
    labels = torch.tensor([[1.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    loss = word_window.masked_loss(torch.full((2, 3), 0.5), labels, torch.tensor([3, 1]))
    assert loss.item() == pytest.approx(0.693147, abs=1e-6)


def test_trained_demo_finds_the_city_of_a_new_sentence(batch, vocabulary):
    """Source: the demo trains on the five sentences with SGD, then finds Paris in "She comes from Paris"."""
    torch.manual_seed(0)
    inputs, labels, lengths = word_window.collate(batch, 2, vocabulary)
    model = word_window.WordWindowClassifier(len(vocabulary), embed_dim=25, hidden_dim=25, window=2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        loss = word_window.masked_loss(model(inputs), labels, lengths)
        loss.backward()
        optimizer.step()
    unseen = word_window.encode(
        word_window.pad_window(word_window.tokenize("She comes from Paris"), 2), vocabulary
    )
    found = model(unseen[None]) > 0.5
    assert loss.item() < 0.1
    assert found.tolist() == [[False, False, False, True]]
