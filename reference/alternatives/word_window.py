"""Correct but unusual ways to do the exercises of `word_window`. Each must get full marks."""

import re
from collections import Counter, OrderedDict, namedtuple
from itertools import zip_longest

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from grader.exercise import alternative

Batch = namedtuple("Batch", "inputs labels lengths")


def zero_first_row(gradient):
    """For a hook: the gradient without what it says about row 0."""
    gradient = gradient.clone()
    gradient[0] = 0
    return gradient


# tokenize


@alternative("tokenize")
def tokens_by_pattern(sentence):
    """A regular expression for whatever is no white space; a tuple; prints."""
    found = tuple(match.group().lower() for match in re.finditer(r"\S+", sentence))
    print(found)
    return found


@alternative("tokenize")
def tokens_by_hand(sentence):
    """A loop over the characters."""
    words, word = [], ""
    for character in sentence + " ":
        if character.isspace():
            if word:
                words.append(word)
            word = ""
        else:
            word += character.lower()
    return words


# build_vocabulary


@alternative("build_vocabulary")
def vocabulary_step_by_step(sentences):
    """Counts first, then inserts one after the other into an ordered dict."""
    counts = Counter()
    for sentence in sentences:
        counts.update(sentence)
    vocabulary = OrderedDict()
    vocabulary["<pad>"] = 0
    vocabulary["<unk>"] = 1
    for token in sorted(counts):
        vocabulary[token] = len(vocabulary)
    return vocabulary


@alternative("build_vocabulary")
def vocabulary_in_another_order(sentences):
    """The same pairs, inserted with the special tokens last; the order of a dict is not asked for."""
    distinct = sorted(set(sum(sentences, [])))
    vocabulary = dict(zip(distinct, range(2, 2 + len(distinct))))
    vocabulary.update({"<unk>": 1, "<pad>": 0})
    return vocabulary


# encode


@alternative("encode")
def encode_in_numpy(tokens, vocabulary):
    """An int64 array first, filled in a loop."""
    indices = np.full(len(tokens), vocabulary["<unk>"], dtype=np.int64)
    for position, token in enumerate(tokens):
        if token in vocabulary:
            indices[position] = vocabulary[token]
    return torch.from_numpy(indices)


@alternative("encode")
def encode_with_try(tokens, vocabulary):
    """Asks forgiveness, and casts from float at the end."""
    result = torch.empty(len(tokens))
    for i, token in enumerate(tokens):
        try:
            result[i] = vocabulary[token]
        except KeyError:
            result[i] = vocabulary["<unk>"]
    return result.long()


# pad_window


@alternative("pad_window")
def pad_a_copy(tokens, window):
    """Inserts into a copy of its own."""
    padded = list(tokens)
    for _ in range(window):
        padded.insert(0, "<pad>")
        padded.append("<pad>")
    return padded


@alternative("pad_window")
def pad_as_a_tuple(tokens, window):
    """A tuple, unpacked."""
    pads = ("<pad>",) * window
    return (*pads, *tokens, *pads)


# collate


@alternative("collate")
def collate_into_buffers(batch, window, vocabulary):
    """Rectangles of zeros made first and filled row by row; a named tuple."""
    longest = max(len(tokens) for tokens, _ in batch)
    inputs = torch.zeros(len(batch), longest + 2 * window, dtype=torch.long)
    labels = torch.zeros(len(batch), longest)
    lengths = torch.zeros(len(batch), dtype=torch.long)
    for row, (tokens, marks) in enumerate(batch):
        inputs[row, window : window + len(tokens)] = encode(tokens, vocabulary)
        labels[row, : len(marks)] = torch.tensor(marks)
        lengths[row] = len(tokens)
    return Batch(inputs, labels, lengths)


@alternative("collate")
def collate_with_longer_lists(batch, window, vocabulary):
    """Pads Python lists of tokens up to the full width before anything becomes a tensor; a list."""
    sentences, marks = zip(*batch)
    longest = max(map(len, sentences))
    full = [pad_window(list(s) + ["<pad>"] * (longest - len(s)), window) for s in sentences]
    labels = [list(m) + [0] * (longest - len(m)) for m in marks]
    return [
        torch.stack([encode(tokens, vocabulary) for tokens in full]),
        torch.FloatTensor(labels),
        torch.LongTensor(list(map(len, sentences))),
    ]


# WordWindowClassifier


@alternative("WordWindowClassifier")
class ConvolutionClassifier(nn.Module):
    """A convolution over the sentence is the same affine map of every window; another for the output."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.embeds = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.net = nn.Sequential(
            nn.Conv1d(embed_dim, hidden_dim, kernel_size=2 * window + 1),
            nn.Tanh(),
            nn.Conv1d(hidden_dim, 1, kernel_size=1),
            nn.Sigmoid(),
        )

    def forward(self, inputs):
        return self.net(self.embeds(inputs).transpose(1, 2)).squeeze(1)


@alternative("WordWindowClassifier")
class LoopClassifier(nn.Module):
    """A loop over words, lists of layers registered in ModuleList, prints."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.window = window
        self.lookup = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.layers = nn.ModuleList([nn.Linear((2 * window + 1) * embed_dim, hidden_dim), nn.Linear(hidden_dim, 1)])

    def forward(self, inputs):
        words = inputs.size(1) - 2 * self.window
        answers = []
        for i in range(words):
            around = torch.cat([self.lookup(inputs[:, i + j]) for j in range(2 * self.window + 1)], dim=1)
            answers.append(self.layers[1](self.layers[0](around).tanh()).sigmoid())
        print("words:", words)
        return torch.cat(answers, dim=1)


@alternative("WordWindowClassifier")
class ParametersClassifier(nn.Module):
    """Parameters of its own, shaped (in, out), a hook on the embeddings, and einsum."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.width = 2 * window + 1
        self.E = nn.Parameter(torch.randn(vocabulary_size, embed_dim))
        with torch.no_grad():
            self.E[0].zero_()
        self.E.register_hook(zero_first_row)
        self.W = nn.Parameter(torch.randn(self.width, embed_dim, hidden_dim) / (self.width * embed_dim) ** 0.5)
        self.b = nn.Parameter(torch.zeros(1, hidden_dim))
        self.u = nn.Parameter(torch.randn(hidden_dim) / hidden_dim**0.5)
        self.c = nn.Parameter(torch.zeros(()))

    def forward(self, inputs):
        vectors = self.E[inputs]
        windows = vectors.unfold(1, self.width, 1)
        hidden = torch.tanh(torch.einsum("blew,weh->blh", windows, self.W) + self.b)
        return 1 / (1 + torch.exp(-(hidden @ self.u + self.c)))


@alternative("WordWindowClassifier")
class PlacesClassifier(nn.Module):
    """A layer of its own for each place of the window, each with a bias, added up; padding masked in forward."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, embed_dim)
        nn.init.zeros_(self.embedding.weight[0].detach())
        for place in range(2 * window + 1):
            setattr(self, f"place_{place}", nn.Linear(embed_dim, hidden_dim))
        self.window = window
        self.last = nn.Linear(hidden_dim, 1)

    def forward(self, inputs):
        words = inputs.shape[1] - 2 * self.window
        vectors = self.embedding(inputs) * (inputs != 0).unsqueeze(-1)
        total = 0
        for place in range(2 * self.window + 1):
            total = total + getattr(self, f"place_{place}")(vectors[:, place : place + words])
        return torch.sigmoid(self.last(torch.tanh(total)))[..., 0]


@alternative("WordWindowClassifier")
class OneHotClassifier(nn.Module):
    """One-hot rows times the table, whose first row a mask keeps at zero; tanh and sigmoid from exp."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.size, self.width = vocabulary_size, 2 * window + 1
        mask = torch.ones(vocabulary_size, 1)
        mask[0] = 0
        self.register_buffer("mask", mask)
        self.table = nn.Parameter(torch.empty(vocabulary_size, embed_dim).uniform_(-1, 1) * mask)
        self.first = nn.Parameter(torch.randn(hidden_dim, self.width * embed_dim + 1) * 0.3)  # bias in the last column
        self.second = nn.Parameter(torch.randn(hidden_dim + 1) * 0.3)

    def forward(self, inputs):
        vectors = F.one_hot(inputs, self.size).float() @ (self.table * self.mask)
        rows = []
        for i in range(inputs.shape[1] - self.width + 1):
            window = vectors[:, i : i + self.width].flatten(1)
            a = window @ self.first[:, :-1].T + self.first[:, -1]
            h = (torch.exp(a) - torch.exp(-a)) / (torch.exp(a) + torch.exp(-a))
            rows.append(torch.sigmoid(h @ self.second[:-1] + self.second[-1]))
        return torch.stack(rows, dim=1)


@alternative("WordWindowClassifier")
class TwoClassesClassifier(nn.Module):
    """Two outputs and a softmax over them, which is the sigmoid of their difference."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.width = 2 * window + 1
        self.emb = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.mlp = nn.Sequential(nn.Linear(self.width * embed_dim, hidden_dim), nn.Tanh(), nn.Linear(hidden_dim, 2))

    def forward(self, inputs):
        batch, length = inputs.shape
        windows = torch.stack([inputs[:, i : length - self.width + 1 + i] for i in range(self.width)], dim=2)
        return self.mlp(self.emb(windows).reshape(batch, -1, self.mlp[0].in_features)).softmax(-1)[:, :, 1]


@alternative("WordWindowClassifier")
class NormalisedClassifier(nn.Module):
    """Affine layers whose weights are stored as a direction and a length, the library's weight_norm."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.width = 2 * window + 1
        self.emb = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.one = nn.utils.parametrizations.weight_norm(nn.Linear(self.width * embed_dim, hidden_dim))
        self.two = nn.utils.parametrizations.weight_norm(nn.Linear(hidden_dim, 1))

    def forward(self, inputs):
        vectors = self.emb(inputs).unfold(1, self.width, 1).flatten(2)
        return torch.sigmoid(self.two(torch.tanh(self.one(vectors)))).squeeze(2)


@alternative("WordWindowClassifier")
class WordByWordClassifier(nn.Module):
    """Every single word of every sentence on its own, in two loops, with the functional interface."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.context = window
        self.vectors = nn.Parameter(torch.randn(vocabulary_size, embed_dim).index_fill(0, torch.tensor([0]), 0.0))
        self.body = nn.ModuleDict(
            {"in": nn.Linear((2 * window + 1) * embed_dim, hidden_dim), "out": nn.Linear(hidden_dim, 1)}
        )

    def forward(self, inputs):
        rows = []
        for sentence in inputs:
            row = []
            for centre in range(self.context, len(sentence) - self.context):
                indices = sentence[centre - self.context : centre + self.context + 1]
                window = F.embedding(indices, self.vectors, padding_idx=0).reshape(-1)
                row.append(torch.sigmoid(self.body["out"](torch.tanh(self.body["in"](window)))).squeeze())
            rows.append(torch.stack(row))
        return torch.stack(rows)


# masked_loss


@alternative("masked_loss")
def loss_by_formula(probabilities, labels, lengths):
    """The formula, with a mask as factor and a clamp that is not needed."""
    p = probabilities.clamp(1e-7, 1 - 1e-7)
    each = -(labels * p.log() + (1 - labels) * (1 - p).log())
    mask = (torch.arange(labels.size(1), device=labels.device).unsqueeze(0) < lengths.unsqueeze(1)).to(each.dtype)
    return (each * mask).sum() / mask.sum()


@alternative("masked_loss")
def loss_word_by_word(probabilities, labels, lengths):
    """Two loops and a running sum."""
    total, count = 0, 0
    for i in range(len(lengths)):
        for j in range(int(lengths[i])):
            p = probabilities[i, j]
            total = total - (torch.log(p) if labels[i, j] == 1 else torch.log(1 - p))
            count += 1
    return total / count


@alternative("masked_loss")
def loss_of_one_long_sentence(probabilities, labels, lengths):
    """The real words of all sentences put behind each other, then the library's mean, of the logits."""
    counts = lengths.tolist()
    p = torch.cat([row[:n] for row, n in zip(probabilities, counts)])
    y = torch.cat([row[:n] for row, n in zip(labels, counts)])
    return F.binary_cross_entropy_with_logits(torch.log(p) - torch.log1p(-p), y)


@alternative("masked_loss")
def loss_by_sentence_lengths(probabilities, labels, lengths):
    """The sentences' means, weighted by their lengths; a little number inside the logarithm out of habit."""
    total = 0.0
    for p, y, n in zip(probabilities, labels, lengths):
        right = torch.where(y[:n] > 0.5, p[:n], 1 - p[:n])
        total = total + n * -(right + 1e-8).log().mean()
    return total / lengths.sum()


# shown off


@alternative("build_vocabulary")
def vocabulary_in_numpy(sentences):
    """numpy sorts and counts: the tokens are `np.str_`, a kind of str, and the indices numpy's integers."""
    tokens = np.unique(np.concatenate([np.array(sentence) for sentence in sentences]))
    return dict(zip(["<pad>", "<unk>", *tokens], np.arange(len(tokens) + 2)))


@alternative("collate")
def collate_by_columns(batch, window, vocabulary):
    """`zip_longest` fills up; the results are put together column by column, the labels are a transposed view."""
    sentences, marks = zip(*batch)
    columns = zip_longest(*(pad_window(tokens, window) for tokens in sentences), fillvalue="<pad>")
    inputs = torch.stack([encode(list(column), vocabulary) for column in columns], dim=1)
    return inputs, torch.tensor(list(zip_longest(*marks, fillvalue=0))).t().float(), (inputs != 0).sum(1)


@alternative("WordWindowClassifier")
class VmapClassifier(nn.Module):
    """One window as a function, mapped over words and sentences; a weight tensor for the hidden layer."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.width = 2 * window + 1
        self.words = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0, scale_grad_by_freq=True)
        self.weight = nn.Parameter(torch.empty(hidden_dim, self.width, embed_dim).normal_(0, 0.1))
        self.bias = nn.Parameter(torch.zeros(hidden_dim))
        self.last = nn.Linear(hidden_dim, 1)

    def judge(self, window):
        return torch.sigmoid(self.last(torch.tanh((self.weight * self.words(window)).sum((1, 2)) + self.bias)))[0]

    def forward(self, inputs):
        return torch.vmap(torch.vmap(self.judge))(inputs.unfold(1, self.width, 1))


@alternative("WordWindowClassifier")
class UnitsClassifier(nn.Module):
    """A layer for every hidden unit; tanh and sigmoid written with each other; zeros put back before every use."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.width = 2 * window + 1
        self.table = nn.Embedding(vocabulary_size, embed_dim)
        self.units = nn.ModuleList(nn.Linear(self.width * embed_dim, 1) for _ in range(hidden_dim))
        self.last = nn.Linear(hidden_dim, 1)
        self.clear()

    def clear(self):
        self.table.weight.data[0] = 0

    def forward(self, inputs):
        self.clear()
        windows = self.table(inputs).unfold(1, self.width, 1).transpose(2, 3).flatten(2)
        hidden = torch.cat([2 * torch.sigmoid(2 * unit(windows)) - 1 for unit in self.units], dim=-1)
        return (torch.tanh(self.last(hidden) / 2).squeeze(-1) + 1) / 2


@alternative("masked_loss")
def loss_of_a_packed_batch(probabilities, labels, lengths):
    """The library's packed sequences, which hold the real words only."""
    pack = nn.utils.rnn.pack_padded_sequence
    p, y = (pack(t, lengths.cpu(), batch_first=True, enforce_sorted=False).data for t in (probabilities, labels))
    return F.binary_cross_entropy(p, y)


@alternative("WordWindowClassifier")
class ExponentialsClassifier(nn.Module):
    """Writes tanh and the sigmoid with exp, so that slopes far out are no numbers, and hooks the padding's row."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        table = torch.randn(vocabulary_size, embed_dim)
        table[0] = 0
        self.table = nn.Parameter(table)
        self.table.register_hook(lambda slope: torch.cat([torch.zeros_like(slope[:1]), slope[1:]]))
        self.weight = nn.Parameter(torch.randn(2 * window + 1, embed_dim, hidden_dim) / 4)
        self.shift = nn.Parameter(torch.zeros(hidden_dim))
        self.last = nn.Parameter(torch.randn(hidden_dim))
        self.offset = nn.Parameter(torch.zeros(()))

    def forward(self, inputs):
        width = len(self.weight)
        count = inputs.shape[1] - width + 1
        windows = torch.stack([self.table[inputs[:, k : k + count]] for k in range(width)])
        z = torch.einsum("kble,keh->blh", windows, self.weight) + self.shift
        hidden = (z.exp() - (-z).exp()) / (z.exp() + (-z).exp())
        return 1 / (1 + torch.exp(-(hidden @ self.last) - self.offset))
