"""Word windows: find the place names in a sentence, each word judged from its neighbours.

Write the body of each function and class in place of its `raise NotImplementedError`; the hand-out has an
example for each. Names and parameters stay as they are; helpers of your own are welcome.
"""

import torch
from torch import nn


def tokenize(sentence: str) -> list[str]:
    """Return the words of a sentence as a list of strings: lower-cased, split at white space."""
    raise NotImplementedError


def build_vocabulary(sentences: list[list[str]]) -> dict[str, int]:
    """Return a dict from token to index for a list of token lists.

    `<pad>` has index 0 and `<unk>` index 1; the distinct tokens follow in sorted order.
    """
    raise NotImplementedError


def encode(tokens: list[str], vocabulary: dict[str, int]) -> torch.Tensor:
    """Return the indices of the tokens as an int64 tensor of shape `(len(tokens),)`.

    A token that the vocabulary doesn't have counts as `<unk>`.
    """
    raise NotImplementedError


def pad_window(tokens: list[str], window: int) -> list[str]:
    """Return a list of the tokens with `window` >= 1 times `<pad>` before and after them.

    The list that is given stays as it is.
    """
    raise NotImplementedError


def collate(
    batch: list[tuple[list[str], list[int]]], window: int, vocabulary: dict[str, int]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return three tensors (inputs, labels, lengths) for a list of B pairs (tokens, labels).

    The labels of a sentence are a list with a 0 or 1 for each token. L is the length of the longest sentence.

    inputs: int64 `(B, L + 2 * window)`; each sentence with its window padding, then `<pad>` on the right
    labels: float32 `(B, L)`; padded with 0 on the right
    lengths: int64 `(B,)`; how many real words each sentence has
    """
    raise NotImplementedError


class WordWindowClassifier(nn.Module):
    """For each word the probability that it names a place, judged from the word and its neighbours.

    The embeddings of the 2 * window + 1 tokens, in their order, go through an affine layer to `hidden_dim`
    units, tanh, an affine layer to one number, and a sigmoid. How you make the layers and what you call
    them is up to you.

    Exactly one parameter has the shape `(vocabulary_size, embed_dim)`: the embeddings. Its row 0 belongs to
    `<pad>`, is zero, and stays zero when an optimizer trains the model. All parameters are trainable.
    """

    def __init__(self, vocabulary_size: int, embed_dim: int, hidden_dim: int, window: int) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return probabilities `(B, L)` for int64 inputs `(B, L + 2 * window)`."""
        raise NotImplementedError


def masked_loss(probabilities: torch.Tensor, labels: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Return the binary cross entropy of all the real words of a batch: their sum, divided by their number.

    probabilities, labels: `(B, L)`, of one dtype; every probability lies strictly between 0 and 1
    lengths: int64 `(B,)`; in row i the first lengths[i] columns are real words, the others are padding

    The result has the shape `()` and can be differentiated for the probabilities.
    """
    raise NotImplementedError
