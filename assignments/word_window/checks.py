"""The checks of `word_window`: from sentences to tensors, a window classifier, a loss without the padding.

The classifier's layers are free, so it is judged from outside: its parameters are found by shape and filled
with known numbers, and what is looked at is how its answers move.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from grader import kit
from grader.exercise import Assignment, within
from grader.strategies import (
    LABELS,
    PROBABILITIES,
    Draw,
    Strategy,
    built,
    choice,
    edge,
    integer,
    just,
    lay_out,
    lists,
    tensor,
)

word_window = Assignment("word_window", title="Word windows")

FEW = 30  # cases of a side condition, where what is drawn tells less than in the essential check

PAD, UNK = "<pad>", "<unk>"
WORDS = ("we", "live", "in", "paris", "from", "always", "come", "to", "the", "is", "france", "rome")
MARKS = ("1990", ",", "'s", "&", "42nd", "(", "-")  # all of these sort before "<"

some_words = lists(choice(*WORDS), sizes=(1, 5))
known_words = lists(choice(*WORDS[:8]), sizes=(1, 5))


# --- tokenize -------------------------------------------------------------------------------------------

WRITTEN = (
    "We",
    "live",
    "in",
    "PARIS",
    "paris",
    "The",
    "don't",
    ",",
    "?",
    "(Rome)",
    "U.S.",
    "New-York",
    "1990",
)


def _sentence(draw: Draw, gaps: Sequence[str], ends: Sequence[str]) -> str:
    """Words with a gap from `gaps` between any two, and something from `ends` before and after."""
    words = [draw.choice(WRITTEN) for _ in range(draw.integer(1, 6))]
    text = words[0] + "".join(draw.choice(gaps) + word for word in words[1:])
    return draw.choice(ends) + text + draw.choice(ends)


tokenize = word_window.exercise("tokenize", sentence=built(lambda draw: _sentence(draw, [" "], [""])))


@tokenize.check(
    points="0.6",
    essential=True,
    edges=[
        edge(sentence="We live in Paris"),
        edge(sentence="Paris"),
        edge(sentence="don't go to Rome , go to PARIS !"),
        edge(sentence="the man and the dog and the cat"),
        edge(sentence="We live in ZÜRICH"),
        edge(sentence="eine Straße in Weißensee"),  # lower case already: casefold would write "ss"
    ],
)
def splits_into_lower_case_words(impl: Any, sentence: str) -> Any:
    "Every word in lower case, in the order of the sentence, with its punctuation."
    return impl.tokenize(sentence)


@tokenize.check(
    points="0.4",
    sentence=built(lambda draw: _sentence(draw, [" ", "  ", "\t", "\n", " \n  ", "\r\n"], ["", " ", "\n"])),
    edges=[
        edge(sentence="We live  in Paris"),
        edge(sentence=" We live in Paris\n"),
        edge(sentence="We\tlive\nin Paris"),
        edge(sentence="We live\r\nin Paris"),
    ],
)
def any_white_space_separates(impl: Any, sentence: str) -> Any:
    "Several spaces, tabs and line ends separate words as one space does, also at both ends."
    return impl.tokenize(sentence)


# --- build_vocabulary -----------------------------------------------------------------------------------


def _vocabulary(impl: Any, sentences: list[list[str]]) -> Any:
    """The answer with numpy's integers as Python's: an index may come from `np.arange`."""
    answer = impl.build_vocabulary(sentences)
    if not isinstance(answer, dict):
        return answer
    return {token: int(i) if isinstance(i, np.integer) else i for token, i in answer.items()}


build_vocabulary = word_window.exercise(
    "build_vocabulary", call=_vocabulary, sentences=lists(some_words, sizes=(1, 4))
)


@build_vocabulary.check(
    points="1.2",
    essential=True,
    edges=[
        edge(sentences=[["we", "live", "in", "paris"]]),
        edge(sentences=[["live", "we"], ["in", "always"]]),
        edge(sentences=[["we", "live", "we"], ["paris", "we"]]),
        edge(sentences=[["paris"], ["paris"]]),
    ],
)
def gives_every_token_its_index(impl: Any, sentences: list[list[str]]) -> Any:
    "`<pad>` 0, `<unk>` 1, then every distinct token once, in sorted order."
    return _vocabulary(impl, sentences)


@build_vocabulary.check(
    points="0.5",
    sentences=lists(lists(choice(*MARKS, *WORDS[:4]), sizes=(1, 5)), sizes=(1, 3)),
    edges=[
        edge(sentences=[["in", "1990"]]),
        edge(sentences=[["we", ",", "live"], ["(", "in"]]),
        edge(sentences=[["the", "Zoo", "The"]]),
    ],
)
def pad_and_unk_come_first_whatever_the_tokens(impl: Any, sentences: list[list[str]]) -> Any:
    """Numbers and punctuation sort before `<`; still `<pad>` is 0 and `<unk>` is 1.

    Tokens stay as they are, capitals too, and come in Python's order of strings.
    """
    return _vocabulary(impl, sentences)


build_vocabulary.promises(kit.leaves_inputs_alone("0.2", cases=FEW), kit.same_answer_twice("0.1", cases=FEW))


# --- encode ---------------------------------------------------------------------------------------------

KNOWN = {PAD: 0, UNK: 1, **{word: 2 + i for i, word in enumerate(sorted(WORDS[:8]))}}
UNK_LAST = {PAD: 0, **{word: 1 + i for i, word in enumerate(sorted(WORDS[:8]))}, UNK: 9}
UNSORTED = dict(reversed(UNK_LAST.items()))  # a token's index is what the dict says, not its place there
FEWEST_WORDS = ("in", "live", "we")  # so that there is little to read
FEWEST = {PAD: 0, UNK: 1, **{word: 2 + i for i, word in enumerate(FEWEST_WORDS)}}
SMALL = {PAD: 0, UNK: 1, "in": 2, "live": 3, "paris": 4, "we": 5}

encode = word_window.exercise("encode", tokens=some_words, vocabulary=just(KNOWN))


@encode.check(
    points="0.8",
    essential=True,
    tokens=known_words,
    edges=[
        edge(tokens=["we", "live", "in", "paris"], vocabulary=SMALL),
        edge(tokens=["paris"], vocabulary=SMALL),
        edge(tokens=["in", "in"], vocabulary=SMALL),
    ],
)
def gives_the_index_of_each_token(impl: Any, tokens: list[str], vocabulary: dict[str, int]) -> Any:
    "An int64 tensor with one index for each token, in their order."
    return impl.encode(tokens, vocabulary)


@encode.check(
    points="0.3",
    edges=[
        edge(tokens=["we", "live", "in", "kuwait"], vocabulary=SMALL),
        edge(tokens=["rome"], vocabulary=SMALL),
        edge(tokens=["in", "Paris"], vocabulary=SMALL),
        edge(tokens=[PAD, "we", PAD], vocabulary=SMALL),
    ],
)
def unknown_tokens_count_as_unk(impl: Any, tokens: list[str], vocabulary: dict[str, int]) -> Any:
    "A token that the vocabulary doesn't have gets the index of `<unk>`; `<pad>` it has, at 0."
    return impl.encode(tokens, vocabulary)


@encode.check(
    points="0.2",
    vocabulary=choice(UNK_LAST, UNSORTED),
    edges=[
        edge(tokens=["we", "rome"], vocabulary={PAD: 0, "in": 1, "we": 2, UNK: 3}),
        edge(tokens=["we", "rome"], vocabulary={"we": 2, "in": 1, UNK: 3, PAD: 0}),
    ],
)
def the_vocabulary_says_where_unk_is(impl: Any, tokens: list[str], vocabulary: dict[str, int]) -> Any:
    "`<unk>` has the index that the vocabulary given says, which need not be 1, and so has every other token."
    return impl.encode(tokens, vocabulary)


encode.promises(
    kit.leaves_inputs_alone(
        "0.2", cases=FEW, edges=[edge(tokens=["we", "live", "in", "kuwait"], vocabulary=SMALL)]
    )
)


# --- pad_window -----------------------------------------------------------------------------------------

pad_window = word_window.exercise("pad_window", tokens=some_words, window=integer(1, 4))


@pad_window.check(
    points="1.1",
    essential=True,
    edges=[
        edge(tokens=["we", "live"], window=1),
        edge(tokens=["we", "live", "in"], window=2),
        edge(tokens=["paris"], window=3),
    ],
)
def pads_both_sides(impl: Any, tokens: list[str], window: int) -> Any:
    "`window` times `<pad>` in front, the tokens, and as many behind."
    return impl.pad_window(tokens, window)


pad_window.promises(kit.leaves_inputs_alone("0.4", cases=FEW))


# --- collate --------------------------------------------------------------------------------------------


def _pair(draw: Draw, words: Sequence[str], sizes: tuple[int, int] = (1, 5)) -> tuple[list[str], list[int]]:
    """A sentence and its labels."""
    tokens = [draw.choice(words) for _ in range(draw.integer(*sizes))]
    return tokens, [draw.integer(0, 1) for _ in tokens]


def _batch(words: Sequence[str], sizes: tuple[int, int]) -> Strategy:
    return built(lambda draw: [_pair(draw, words) for _ in range(draw.integer(*sizes))])


PAIR_LONG = (["we", "live", "in", "paris"], [0, 0, 0, 1])
PAIR_SHORT = (["paris", "we"], [1, 0])
PAIR_ONE = (["in"], [1])
BATCH_EDGES = [
    edge(batch=[PAIR_LONG, PAIR_SHORT], window=1, vocabulary=SMALL),
    edge(batch=[PAIR_ONE, PAIR_SHORT, PAIR_LONG], window=2, vocabulary=SMALL),
    edge(batch=[PAIR_SHORT, PAIR_SHORT], window=1, vocabulary=SMALL),
]

collate = word_window.exercise(
    "collate",
    batch=_batch(FEWEST_WORDS, (2, 4)),
    window=choice(1, 2, 3),
    vocabulary=choice(FEWEST, KNOWN),
)


def _part(result: Any, index: int) -> Any:
    """One of the three results; whatever else was returned, as it is."""
    return result[index] if isinstance(result, list | tuple) and len(result) == 3 else result


@collate.check(points="1.5", essential=True, edges=BATCH_EDGES)
def inputs_are_padded_to_one_rectangle(impl: Any, batch: Any, window: int, vocabulary: dict[str, int]) -> Any:
    "The indices of every sentence between its window paddings, filled with `<pad>` on the right, as int64."
    return _part(impl.collate(batch, window, vocabulary), 0)


@collate.check(points="0.5", edges=BATCH_EDGES)
def labels_are_padded_with_0(impl: Any, batch: Any, window: int, vocabulary: dict[str, int]) -> Any:
    "One label a word, 0 for padding on the right, no window padding, as float32."
    return _part(impl.collate(batch, window, vocabulary), 1)


@collate.check(points="0.5", edges=BATCH_EDGES)
def lengths_count_real_words(impl: Any, batch: Any, window: int, vocabulary: dict[str, int]) -> Any:
    "How many words each sentence has, without any padding, as int64."
    return _part(impl.collate(batch, window, vocabulary), 2)


@collate.check(
    points="0.1",
    batch=_batch(FEWEST_WORDS, (1, 1)),
    edges=[
        edge(batch=[PAIR_LONG], window=1, vocabulary=SMALL),
        edge(batch=[PAIR_ONE], window=1, vocabulary=SMALL),
    ],
    cases=10,
)
def a_batch_may_hold_one_sentence(impl: Any, batch: Any, window: int, vocabulary: dict[str, int]) -> Any:
    "With one sentence there is nothing to fill up; the results still have the dimension for the batch."
    results = impl.collate(batch, window, vocabulary)
    return {"shapes": [list(part.shape) if isinstance(part, Tensor) else part for part in results]}


@collate.check(
    points="0.1",
    batch=_batch(WORDS, (2, 3)),
    vocabulary=choice(SMALL, KNOWN, UNK_LAST),
    edges=[
        edge(batch=[(["we", "rome"], [0, 1]), PAIR_ONE], window=1, vocabulary=SMALL),
        edge(batch=[(["we", "rome"], [0, 1]), PAIR_ONE], window=1, vocabulary=UNK_LAST),
    ],
    cases=20,
)
def unknown_words_keep_their_place(impl: Any, batch: Any, window: int, vocabulary: dict[str, int]) -> Any:
    """A word that the vocabulary doesn't have is `<unk>` in the inputs, by the index that the vocabulary says.

    It has its label and counts as a word like any other.
    """
    return impl.collate(batch, window, vocabulary)


collate.promises(
    kit.leaves_inputs_alone("0.25", cases=FEW, edges=BATCH_EDGES[:2]),
    kit.leaves_torch_alone("0.05", cases=5, edges=BATCH_EDGES[:1]),
)


# --- WordWindowClassifier -------------------------------------------------------------------------------

MOVED = 1e-6  # less is rounding; with the filling below a true effect is at least 1e-4


def _inputs(draw: Draw, smallest: int = 2) -> Tensor:
    """Indices like those of `collate`: words between window paddings."""
    window, size = draw.values["window"], draw.values["vocabulary_size"]
    rows, words = draw.size("b", smallest, 3), draw.size("l", 1, 4)
    seed = draw.integer(0, 2**31)
    count = np.arange(rows * words).reshape(rows, words)
    tokens = np.random.default_rng(seed).integers(1, size, count.shape) if seed else 1 + count % (size - 1)
    padded = np.pad(tokens, [(0, 0), (window, window)])
    return lay_out(torch.from_numpy(padded), draw.choice(tuple(draw.default_layouts)))


def _new(impl: Any, sizes: Sequence[int], device: torch.device) -> Any:
    """A fresh model where its inputs are."""
    model = impl.WordWindowClassifier(*sizes)
    return model.to(device) if isinstance(model, torch.nn.Module) else model


def _answer(model: Any, inputs: Tensor) -> Tensor:
    answer = model(inputs)
    if not isinstance(answer, Tensor):
        raise TypeError(f"forward is to return a tensor of probabilities, not a {type(answer).__name__}")
    return answer


def _tables(model: Any, sizes: Sequence[int]) -> list[Tensor]:
    """The parameters that are shaped like the embeddings."""
    return [parameter for parameter in model.parameters() if tuple(parameter.shape) == tuple(sizes[:2])]


def _table(model: Any, sizes: Sequence[int]) -> Tensor:
    tables = _tables(model, sizes)
    if len(tables) != 1:
        shape = f"({sizes[0]}, {sizes[1]})"
        raise LookupError(
            f"of the model's parameters, {len(tables)} have the shape {shape}; one is to have it"
        )
    return tables[0]


def _fill(model: Any, sizes: Sequence[int], seed: int, low: float, high: float, signed: bool = False) -> None:
    """Give all parameters but the embeddings numbers between low and high, and the words' vectors known ones.

    Larger indices have vectors that are larger in every entry, all of them positive. Where the weights are
    positive too, every hidden unit and every answer grows with every index: no effect can cancel another.
    """
    generator = torch.Generator().manual_seed(seed)
    tables = _tables(model, sizes)

    def numbers(shape: torch.Size) -> Tensor:
        drawn = low + (high - low) * torch.rand(shape, generator=generator)
        return drawn * (torch.randint(0, 2, shape, generator=generator) * 2 - 1) if signed else drawn

    with torch.no_grad():
        for parameter in model.parameters():
            if any(parameter is table for table in tables):
                steps = torch.arange(sizes[0])[:, None] + 0.5 * torch.rand(
                    parameter.shape, generator=generator
                )
                values = 0.05 * steps
                values[0] = 0
            else:
                values = numbers(parameter.shape)
            parameter.copy_(values.to(parameter.device))


def _filled(impl: Any, sizes: Sequence[int], inputs: Tensor, seed: int = 0) -> Any:
    model = _new(impl, sizes, inputs.device)
    _fill(model, sizes, seed, 0.05, 0.2)
    return model


classifier = word_window.exercise(
    "WordWindowClassifier",
    # No layer of such a model has the shape of the embeddings, whichever way it is written.
    vocabulary_size=choice(11, 13),
    embed_dim=choice(3, 2),
    hidden_dim=choice(4, 5),
    window=choice(1, 2, 3),
    inputs=built(_inputs),
)


def _farthest(token: Any, size: int) -> int:
    """A token whose vector is far from this one's."""
    return size - 1 if int(token) < size / 2 else 0


@classifier.check(
    points="2",
    essential=True,
    row=built(lambda draw: draw.integer(0, draw.dims["b"] - 1)),
    column=built(lambda draw: draw.integer(0, draw.dims["l"] + 2 * draw.values["window"] - 1)),
    edges=[
        edge(b=2, l=4, window=1, row=0, column=2),
        edge(b=2, l=4, window=1, row=1, column=0),
        edge(b=2, l=4, window=1, row=0, column=5),
        edge(b=2, l=6, window=2, row=1, column=4),
        edge(b=3, l=3, window=2, row=0, column=3),
        edge(b=2, l=7, window=3, row=0, column=6),
    ],
    cases=40,
)
def every_word_is_judged_from_its_own_window(
    impl: Any,
    vocabulary_size: int,
    embed_dim: int,
    hidden_dim: int,
    window: int,
    inputs: Tensor,
    row: int,
    column: int,
) -> Any:
    """Another token at inputs[row, column] changes the answers of the words that have it in their window.

    It changes no others. The answers are float32 of shape (B, L). The parameters are set to known numbers
    before.
    """
    sizes = (vocabulary_size, embed_dim, hidden_dim, window)
    model = _filled(impl, sizes, inputs)
    before = _answer(model, inputs)
    changed = inputs.clone()
    changed[row, column] = _farthest(inputs[row, column], vocabulary_size)
    after = _answer(model, changed)
    return {
        "shape": list(before.shape),
        "dtype": before.dtype,
        "answers that change": [str(where) for where in ((before - after).abs() > MOVED).nonzero().tolist()],
    }


@classifier.check(points="0.3", edges=[edge(b=2, l=3, window=1)], cases=6)
def all_parameters_are_trainable(
    impl: Any, vocabulary_size: int, embed_dim: int, hidden_dim: int, window: int, inputs: Tensor
) -> Any:
    """The embeddings and both affine layers, with biases, are in parameters(); none is frozen; words learn.

    There may be more parameters than needed, but not fewer.
    """
    sizes = (vocabulary_size, embed_dim, hidden_dim, window)
    model = _new(impl, sizes, inputs.device)
    table = _table(model, sizes)
    before = table.detach().clone()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    count = sum(parameter.numel() for parameter in trained)
    wider = _new(impl, (vocabulary_size, embed_dim, hidden_dim + 1, window), inputs.device)
    trainer = torch.optim.SGD(trained, lr=0.5)
    (1 - _answer(model, inputs)).mean().backward()
    trainer.step()
    needed = (2 * window + 1) * embed_dim * hidden_dim + hidden_dim + hidden_dim + 1
    return {
        "none is frozen": all(parameter.requires_grad for parameter in model.parameters()),
        "both affine layers are there": count - table.numel() >= needed,
        "more hidden units have more of them": sum(parameter.numel() for parameter in wider.parameters())
        > count,
        "the words' vectors learn": bool((table.detach() != before).any()),
    }


@classifier.check(points="0.15", edges=[edge(b=2, l=3, window=1)], cases=4)
def row_0_of_a_new_model_is_zero(
    impl: Any, vocabulary_size: int, embed_dim: int, hidden_dim: int, window: int, inputs: Tensor
) -> Any:
    "One parameter has the shape (vocabulary_size, embed_dim), and the vector of `<pad>` in it is zero."
    sizes = (vocabulary_size, embed_dim, hidden_dim, window)
    return _table(_new(impl, sizes, inputs.device), sizes)[0].detach()


OPTIMIZERS = {
    "SGD": lambda parameters: torch.optim.SGD(parameters, lr=0.1),
    "SGD with momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "Adam": lambda parameters: torch.optim.Adam(parameters, lr=0.1),
}


@classifier.check(
    points="0.3",
    optimizer=choice(*OPTIMIZERS),
    edges=[edge(b=2, l=3, window=1, optimizer=name) for name in OPTIMIZERS],
    cases=9,
)
def row_0_stays_zero_in_training(
    impl: Any,
    vocabulary_size: int,
    embed_dim: int,
    hidden_dim: int,
    window: int,
    inputs: Tensor,
    optimizer: str,
) -> Any:
    "After steps of SGD, SGD with momentum or Adam the vector of `<pad>` is still zero."
    sizes = (vocabulary_size, embed_dim, hidden_dim, window)
    model = _new(impl, sizes, inputs.device)
    table = _table(model, sizes)
    trainer = OPTIMIZERS[optimizer](model.parameters())
    for _ in range(3):
        trainer.zero_grad()
        (1 - _answer(model, inputs)).mean().backward()
        trainer.step()
    _answer(model, inputs)  # who puts the zeros back before every use keeps the promise too
    return table[0].detach()


@classifier.check(points="0.25", edges=[edge(b=1, l=2, window=1), edge(b=1, l=2, window=2)], cases=12)
def the_order_in_the_window_counts(
    impl: Any, vocabulary_size: int, embed_dim: int, hidden_dim: int, window: int, inputs: Tensor
) -> Any:
    "Exchanging the tokens of two places of a window changes the answer: each has weights of its own."
    sizes = (vocabulary_size, embed_dim, hidden_dim, window)
    width = 2 * window + 1
    same = {(i, j) for j in range(width) for i in range(j)}
    for seed in range(3):  # a chance coincidence doesn't happen three times
        model = _filled(impl, sizes, inputs, seed)
        for i, j in sorted(same):
            tokens = torch.ones(2, width, dtype=torch.int64, device=inputs.device)
            tokens[0, i] = tokens[1, j] = vocabulary_size - 1
            answers = _answer(model, tokens)
            if bool((answers[0] - answers[1]).abs().max() > MOVED):
                same.discard((i, j))
    return {"places that can be exchanged": [f"{i} and {j}" for i, j in sorted(same)]}


@classifier.check(points="0.2", edges=[edge(b=2, l=3, window=1)], cases=6)
def answers_are_probabilities(
    impl: Any, vocabulary_size: int, embed_dim: int, hidden_dim: int, window: int, inputs: Tensor
) -> Any:
    """Whatever the parameters are, answers lie between 0 and 1; both small and large ones occur.

    They are where the model and its inputs are.
    """
    sizes = (vocabulary_size, embed_dim, hidden_dim, window)
    model = _new(impl, sizes, inputs.device)
    answers = []
    for seed in range(32):
        _fill(model, sizes, seed, 1.0, 4.0, signed=True)
        answers.append(_answer(model, inputs).detach().flatten())
    found = torch.cat(answers)
    return {
        "between 0 and 1": ((found >= 0) & (found <= 1)).all(),  # a tensor, which shows on what device it is
        "some below 0.5": bool((found < 0.5).any()),  # 0.2 implies it; two sigmoids don't get there
        "some below 0.2": bool((found < 0.2).any()),  # a sigmoid gets there; one of a bounded number doesn't
        "some above 0.8": bool((found > 0.8).any()),
    }


def _logits_and_slopes(model: Any, table: Tensor, vectors: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
    """The answers as logits, for these vectors of the words, and their slopes in all other parameters."""
    with torch.no_grad():
        table.copy_(vectors)
    others = [parameter for parameter in model.parameters() if parameter is not table]
    logits = torch.logit(_answer(model, inputs).double())
    slopes = torch.autograd.grad(logits.sum(), others, allow_unused=True) if others else ()
    return logits.detach(), torch.cat([torch.zeros(1), *(s.flatten().cpu() for s in slopes if s is not None)])


@classifier.check(
    points="0.45", window=choice(1, 2), edges=[edge(b=1, l=2, window=1), edge(b=1, l=3, window=2)], cases=8
)
def hidden_units_are_bounded_and_odd(
    impl: Any, vocabulary_size: int, embed_dim: int, hidden_dim: int, window: int, inputs: Tensor
) -> Any:
    """The hidden units go through tanh: they level off at 1 for large inputs, at -1 for the opposite ones.

    The words' vectors are made so large that tanh is level. Larger vectors then change no answer, nor do the
    weights of the hidden layer, and the opposite vectors turn every hidden unit into its opposite.
    """
    sizes = (vocabulary_size, embed_dim, hidden_dim, window)
    model = _new(impl, sizes, inputs.device)
    table = _table(model, sizes)
    _fill(model, sizes, 0, 0.1, 0.2)
    # No padding, and positive weights: what goes into tanh lies between 9 and 80. So tanh is level, and exp,
    # with which some write it, does not overflow yet.
    words = inputs.clamp(min=1)
    vectors = torch.linspace(0.8, 1, table.numel(), device=table.device).reshape(table.shape).clone()
    vectors[0] = 0
    large, slopes = _logits_and_slopes(model, table, 20 * vectors, words)
    larger, _ = _logits_and_slopes(model, table, 26 * vectors, words)
    _, opposite_slopes = _logits_and_slopes(model, table, -20 * vectors, words)
    # Where tanh is level, no weight of the hidden layer moves an answer; a slope of nan, from a tanh written
    # with exp, is none either.
    moving = int((slopes.abs() > 0.1).sum())
    hidden_weights = (2 * window + 1) * embed_dim * hidden_dim
    large_still = torch.equal(table.detach().abs(), 20 * vectors)  # not so where `max_norm` shortens them
    others = sum(parameter.numel() for parameter in model.parameters()) - table.numel()
    too_many = max(0, moving - (others - hidden_weights))
    # An answer's slope in an output weight is the hidden unit that it multiplies: ±1 here.
    turned = (slopes * opposite_slopes < 0) & (torch.minimum(slopes.abs(), opposite_slopes.abs()) > 0.1)
    return {
        "bounded": bool((larger.abs() < 5).all() and ((larger - large).abs() < 0.05).all()),
        "opposite for opposite inputs": bool(turned.any()),
        "hidden weights that move a level answer": too_many if large_still else 0,
    }


@classifier.check(
    points="0.1",
    embed_dim=choice(1, 2),
    hidden_dim=choice(1, 3),
    inputs=built(lambda draw: _inputs(draw, 1)),
    edges=[edge(b=1, l=1, embed_dim=2, hidden_dim=3), edge(b=1, l=1), edge(b=2, l=1), edge(b=1, l=3)],
    cases=10,
)
def keeps_dimensions_of_size_one(
    impl: Any, vocabulary_size: int, embed_dim: int, hidden_dim: int, window: int, inputs: Tensor
) -> Any:
    "One sentence, one word, one number a vector, one hidden unit: the answer is still (B, L)."
    model = _new(impl, (vocabulary_size, embed_dim, hidden_dim, window), inputs.device)
    return {"shape": list(_answer(model, inputs).shape)}


@classifier.check(points="0.1", edges=[edge(b=2, l=3, window=1)], cases=6)
def gives_the_same_answer_twice(
    impl: Any, vocabulary_size: int, embed_dim: int, hidden_dim: int, window: int, inputs: Tensor
) -> Any:
    """Asked again, also after other sentences, a model gives the same answer.

    So it does for the same window at another place of a sentence.
    """
    model = _new(impl, (vocabulary_size, embed_dim, hidden_dim, window), inputs.device)
    first = _answer(model, inputs).detach().clone()
    _answer(model, inputs[:1, : 2 * window + 1])
    _answer(model, (inputs + 1) % vocabulary_size)  # of the same shape: what is kept by shape shows
    second = _answer(model, inputs).detach()
    twice = _answer(model, torch.cat([inputs, inputs], dim=1)).detach()  # each window again, a sentence later
    there = twice[:, inputs.shape[1] :]
    return {
        "same answer": first.shape == second.shape and bool(((first - second).abs() <= MOVED).all()),
        "same answer at another place": first.shape == there.shape
        and bool(((first - there).abs() <= MOVED).all()),
    }


@classifier.check(
    points="0.15", layouts=("contiguous", "transposed", "strided", "offset", "expanded"), cases=20
)
def works_on_any_layout_and_leaves_inputs_alone(
    impl: Any, vocabulary_size: int, embed_dim: int, hidden_dim: int, window: int, inputs: Tensor
) -> Any:
    "Transposed, strided, offset or expanded inputs give the same answer as plain ones, and stay as they are."
    model = _new(impl, (vocabulary_size, embed_dim, hidden_dim, window), inputs.device)
    plain = _answer(model, inputs.clone(memory_format=torch.contiguous_format)).detach()
    answer = _answer(model, inputs).detach()
    return {
        "same answer": answer.shape == plain.shape and bool(((answer - plain).abs() <= MOVED).all()),
        "inputs": kit.state(inputs),
    }


# --- masked_loss ----------------------------------------------------------------------------------------


def _lengths(draw: Draw) -> list[int]:
    """A length for each row, one of them the full width; the same whenever it is asked in one case."""
    rows, width = draw.size("b"), draw.size("l")
    longest = draw.size("longest", 0, rows - 1)
    return [width if row == longest else draw.size(f"length_{row}", 1, width) for row in range(rows)]


def _labels(draw: Draw) -> Tensor:
    """0 and 1 for words, 0 for padding."""
    real = torch.arange(draw.size("l")) < torch.tensor(_lengths(draw))[:, None]
    return draw.tensor(("b", "l"), data=LABELS, layout="contiguous") * real


masked_loss = word_window.exercise(
    "masked_loss",
    probabilities=tensor("b", "l", data=PROBABILITIES),
    labels=built(_labels),
    lengths=built(lambda draw: torch.tensor(_lengths(draw))),
)

LOSS_EDGES = [
    edge(b=2, l=3, longest=0, length_1=1),
    edge(b=2, l=3, longest=1, length_0=2),
    edge(b=3, l=4, longest=1, length_0=1, length_2=2),
    edge(b=2, l=2, longest=0, length_1=2),
    edge(b=1, l=3, longest=0),
    edge(b=2, l=1, longest=0, length_1=1),
]

# Wide enough for a 1e-7 that somebody adds inside the logarithm although it isn't needed; a word that is
# counted or left out by mistake changes the loss by a hundred times as much.
LOSS_BOUND = within(absolute=1e-4, relative=1e-4)
SLOPE_BOUND = within(absolute=1e-3, relative=1e-3)  # the same, for slopes of up to 50


NEAR_THE_ENDS = edge(
    probabilities=torch.tensor([[0.5, 1 / 128], [127 / 128, 0.5]]),
    labels=torch.tensor([[0.0, 1.0], [0.0, 0.0]]),
    lengths=torch.tensor([2, 1]),
)
LABELLED_PADDING = edge(  # whoever clears it beforehand clears a copy
    probabilities=torch.tensor([[0.5, 0.25], [0.75, 0.5]]),
    labels=torch.tensor([[0.0, 1.0], [1.0, 1.0]]),
    lengths=torch.tensor([2, 1]),
)


@masked_loss.check(points="1.1", essential=True, error=LOSS_BOUND, edges=LOSS_EDGES)
def averages_over_the_real_words(impl: Any, probabilities: Tensor, labels: Tensor, lengths: Tensor) -> Any:
    "The cross entropies of all real words of the batch, added up and divided by their number."
    loss = impl.masked_loss(probabilities, labels, lengths)
    return loss.item() if isinstance(loss, Tensor) and loss.numel() == 1 else loss


@masked_loss.check(points="0.4", error=SLOPE_BOUND, edges=[*LOSS_EDGES, NEAR_THE_ENDS])
def can_be_differentiated(impl: Any, probabilities: Tensor, labels: Tensor, lengths: Tensor) -> Any:
    "backward() from the loss gives the gradient for the probabilities, which is zero where there is padding."
    leaf = probabilities.detach().clone().requires_grad_()
    loss = impl.masked_loss(leaf, labels, lengths)
    if not (isinstance(loss, Tensor) and loss.requires_grad):
        raise TypeError("the loss has no graph, so backward() can't start from it")
    loss.backward()
    return leaf.grad


masked_loss.promises(
    kit.leaves_inputs_alone("0.15", cases=FEW, edges=[*LOSS_EDGES[:2], LABELLED_PADDING]),
    kit.leaves_torch_alone("0.05", cases=10),
    kit.any_layout("0.15", cases=FEW, error=LOSS_BOUND),
)


@masked_loss.check(points="0.15", error=LOSS_BOUND, dtypes=("float32", "float64"), edges=LOSS_EDGES[:2])
def is_one_number_of_the_same_dtype(impl: Any, probabilities: Tensor, labels: Tensor, lengths: Tensor) -> Any:
    "The loss is a tensor of shape (), float32 or float64 like the probabilities."
    return impl.masked_loss(probabilities, labels, lengths)
