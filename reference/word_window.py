"""Model solutions of `word_window`: which words of a sentence name a place?

A sentence becomes tokens, tokens become indices, and every word is judged from itself and its `window`
neighbours on either side. Sentences of one batch differ in length, so they are padded to a rectangle; what
was added has to stay out of the loss, and the padding's vector stays zero.

    "We live in Paris"  ->  ["we", "live", "in", "paris"]  ->  [5, 3, 2, 4]
    window 1:  <pad> we live in paris <pad>                     4 words, 4 windows of 3 tokens
"""

import torch
from torch import Tensor, nn

PAD, UNK = "<pad>", "<unk>"


def tokenize(sentence: str) -> list[str]:
    """The words of a sentence: lower-cased, split wherever there is white space."""
    return sentence.lower().split()


def build_vocabulary(sentences: list[list[str]]) -> dict[str, int]:
    """Token -> index: the padding 0, the unknown token 1, then all distinct tokens in sorted order."""
    tokens = {token for sentence in sentences for token in sentence}
    # Only the words are sorted: "'s", "," and "1" would come before "<pad>".
    return {token: index for index, token in enumerate([PAD, UNK, *sorted(tokens)])}


def encode(tokens: list[str], vocabulary: dict[str, int]) -> Tensor:
    """Indices of the tokens, unknown ones as `<unk>`: -> int64 `(len(tokens),)`."""
    unknown = vocabulary[UNK]
    return torch.tensor([vocabulary.get(token, unknown) for token in tokens], dtype=torch.int64)


def pad_window(tokens: list[str], window: int) -> list[str]:
    """The tokens with `window` paddings on either side, so that every word has a full window."""
    return [PAD] * window + tokens + [PAD] * window


def collate(
    batch: list[tuple[list[str], list[int]]], window: int, vocabulary: dict[str, int]
) -> tuple[Tensor, Tensor, Tensor]:
    """A batch of (tokens, labels) as rectangles, padded on the right to the longest sentence, of length L.

    Returns:
        inputs: int64 `(B, L + 2 window)`. labels: float32 `(B, L)`. lengths: int64 `(B,)`, the real words.
    """
    encoded = [encode(pad_window(tokens, window), vocabulary) for tokens, _ in batch]
    targets = [torch.tensor(labels, dtype=torch.float32) for _, labels in batch]
    inputs = nn.utils.rnn.pad_sequence(encoded, batch_first=True, padding_value=vocabulary[PAD])
    labels = nn.utils.rnn.pad_sequence(targets, batch_first=True)  # pads with 0
    lengths = torch.tensor([len(tokens) for tokens, _ in batch])
    return inputs, labels, lengths


class WordWindowClassifier(nn.Module):
    """How probable is it that each word names a place, judged from the word and its neighbours?"""

    def __init__(self, vocabulary_size: int, embed_dim: int, hidden_dim: int, window: int) -> None:
        super().__init__()
        self.width = 2 * window + 1
        # padding_idx makes row 0 zero and keeps its gradient zero: an optimizer has no reason to move it.
        self.embedding = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.hidden = nn.Linear(self.width * embed_dim, hidden_dim)
        self.output = nn.Linear(hidden_dim, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        """`inputs: (B, L + 2 window)` -> probabilities `(B, L)`."""
        windows = inputs.unfold(1, self.width, 1)  # (B, L, width): the i-th holds inputs[:, i : i + width]
        vectors = self.embedding(windows).flatten(2)  # (B, L, width, embed_dim) -> (B, L, width * embed_dim)
        hidden = torch.tanh(self.hidden(vectors))  # (B, L, hidden_dim)
        return torch.sigmoid(self.output(hidden)).squeeze(-1)  # (B, L, 1) -> (B, L)


def masked_loss(probabilities: Tensor, labels: Tensor, lengths: Tensor) -> Tensor:
    """Binary cross entropy, averaged over all real words: `(B, L)`, `(B, L)`, `(B,)` -> `()`.

    The average is over words, not over sentences: a word in a long sentence counts as much as any other.
    """
    columns = torch.arange(probabilities.shape[1], device=lengths.device)
    real = columns < lengths[:, None]  # (L,) against (B, 1) -> (B, L): True for words, False for padding
    of_each_word = nn.functional.binary_cross_entropy(probabilities, labels, reduction="none")
    return of_each_word[real].mean()  # all real words of the batch in one row
