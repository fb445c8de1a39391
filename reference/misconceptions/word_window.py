"""Known wrong ways to do the exercises of `word_window`. Each is the body that a student would really write."""

import re

import torch
from torch import nn
from torch.nn import functional as F

from grader.exercise import misconception

# tokenize


@misconception("tokenize", hint='Are "Paris" and "paris" one word or two?')
def keeps_capitals(sentence):
    """Splits, but leaves capital letters as they are."""
    return sentence.split()


@misconception("tokenize", hint="What does your split make of two spaces in a row, or of a tab?")
def splits_at_single_spaces(sentence):
    """Splits at every single space: two in a row give an empty word, tabs and line ends don't separate."""
    return sentence.lower().split(" ")


@misconception("tokenize", hint="What are the elements of your list: words or characters?")
def splits_into_characters(sentence):
    """Makes a list of characters; a string is a sequence of them."""
    return list(sentence.lower())


@misconception("tokenize", hint="The contract says where to split. Does it say that anything is thrown away?")
def throws_punctuation_away(sentence):
    """Keeps letters and digits only, so punctuation is lost and "don't" falls apart."""
    return re.findall(r"\w+", sentence.lower())


@misconception("tokenize", hint="What type does the exercise ask for?")
def lower_case_string(sentence):
    """Makes the sentence lower case and doesn't split it."""
    return sentence.lower()


@misconception("tokenize", hint="May a word occur twice in a sentence?")
def every_word_once(sentence):
    """Drops words that occurred before; a sentence is not a set."""
    return list(dict.fromkeys(sentence.lower().split()))


# build_vocabulary


@misconception("build_vocabulary", hint='Is "The" in the vocabulary if it is one of the tokens?')
def makes_tokens_lower_case(sentences):
    """Makes the tokens lower case, although they are to be taken as they are."""
    words = sorted({token.lower() for sentence in sentences for token in sentence})
    return {token: index for index, token in enumerate(["<pad>", "<unk>", *words])}


@misconception("build_vocabulary", hint='Which of "Zoo" and "the" comes first in Python\'s order of strings?')
def sorts_without_regard_to_case(sentences):
    """Sorts as a dictionary does, capitals and small letters mixed, not in Python's order of strings."""
    words = sorted({token for sentence in sentences for token in sentence}, key=lambda token: (token.lower(), token))
    return {token: index for index, token in enumerate(["<pad>", "<unk>", *words])}


@misconception("build_vocabulary", hint="In which order do the tokens get their indices?")
def order_of_appearance(sentences):
    """Numbers the tokens in the order in which they first occur, not in sorted order."""
    vocabulary = {"<pad>": 0, "<unk>": 1}
    for sentence in sentences:
        for token in sentence:
            vocabulary.setdefault(token, len(vocabulary))
    return vocabulary


@misconception("build_vocabulary", hint='Where does sorting put "<pad>" among tokens such as "," or "1990"?')
def sorts_the_special_tokens_too(sentences):
    """Sorts `<pad>` and `<unk>` together with the rest; digits and most punctuation then come before them."""
    tokens = {"<pad>", "<unk>"}
    for sentence in sentences:
        tokens.update(sentence)
    return {token: index for index, token in enumerate(sorted(tokens))}


@misconception("build_vocabulary", hint="How many indices does a token get that occurs three times?")
def counts_repetitions(sentences):
    """Numbers all occurrences, so a repeated token uses up several indices and there are gaps."""
    tokens = ["<pad>", "<unk>"] + sorted(token for sentence in sentences for token in sentence)
    return {token: index for index, token in enumerate(tokens)}


@misconception("build_vocabulary", hint="Which way do you look up: an index for a token, or a token for an index?")
def from_index_to_token(sentences):
    """Builds the dict the other way round, from index to token."""
    tokens = sorted({token for sentence in sentences for token in sentence})
    return dict(enumerate(["<pad>", "<unk>"] + tokens))


@misconception("build_vocabulary", hint="Which two tokens are in every vocabulary?")
def without_special_tokens(sentences):
    """Numbers the words from 0 and leaves `<pad>` and `<unk>` out."""
    tokens = sorted({token for sentence in sentences for token in sentence})
    return {token: index for index, token in enumerate(tokens)}


@misconception("build_vocabulary", hint="Which index does padding have?")
def special_tokens_last(sentences):
    """Puts `<pad>` and `<unk>` behind the words."""
    tokens = sorted({token for sentence in sentences for token in sentence})
    return {token: index for index, token in enumerate(tokens + ["<pad>", "<unk>"])}


@misconception("build_vocabulary", hint="Which of the two special tokens has index 0?")
def unk_before_pad(sentences):
    """Gives `<unk>` index 0 and `<pad>` index 1."""
    tokens = sorted({token for sentence in sentences for token in sentence})
    return {token: index for index, token in enumerate(["<unk>", "<pad>"] + tokens)}


@misconception("build_vocabulary", hint="What is sorted: each sentence, or all tokens together?")
def sorts_each_sentence(sentences):
    """Sorts within each sentence only, so the tokens of the first sentence come first."""
    vocabulary = {"<pad>": 0, "<unk>": 1}
    for sentence in sentences:
        for token in sorted(sentence):
            if token not in vocabulary:
                vocabulary[token] = len(vocabulary)
    return vocabulary


# encode


@misconception("encode", hint="How long is the result if one of four tokens is unknown?")
def leaves_unknown_tokens_out(tokens, vocabulary):
    """Leaves unknown tokens out, so the rest moves up and labels no longer fit."""
    return torch.tensor([vocabulary[t] for t in tokens if t in vocabulary], dtype=torch.long)


@misconception("encode", hint="What does a dict do when it doesn't have the key?")
def no_place_for_unknown_tokens(tokens, vocabulary):
    """Looks every token up as if it were known; an unknown one raises KeyError."""
    return torch.tensor([vocabulary[token] for token in tokens])


@misconception("encode", hint="Is an unknown word the same as no word?")
def unknown_tokens_as_padding(tokens, vocabulary):
    """Gives unknown tokens index 0, which is the padding's."""
    return torch.tensor([vocabulary.get(token, 0) for token in tokens])


@misconception("encode", hint="Is 1 written anywhere in the vocabulary that you were given?")
def unk_is_always_1(tokens, vocabulary):
    """Takes 1 for `<unk>` without asking the vocabulary."""
    return torch.tensor([vocabulary.get(token, 1) for token in tokens])


@misconception("encode", hint="What does `or` make of an index that is 0?")
def index_0_counts_as_missing(tokens, vocabulary):
    """Takes `<unk>` wherever the index found is falsy, and 0, the index of `<pad>`, is."""
    return torch.tensor([vocabulary.get(token) or vocabulary["<unk>"] for token in tokens])


@misconception("encode", hint='Is "Paris" in a vocabulary that has "paris" only?')
def looks_up_lower_case(tokens, vocabulary):
    """Makes tokens lower case before it looks them up, although they are to be taken as they are."""
    return torch.tensor([vocabulary.get(token.lower(), vocabulary["<unk>"]) for token in tokens])


@misconception("encode", hint="Has the vocabulary the same length before and after?")
def vocabulary_grows(tokens, vocabulary):
    """Adds unknown tokens to the vocabulary, with indices for which the model has no embedding."""
    for token in tokens:
        if token not in vocabulary:
            vocabulary[token] = len(vocabulary)
    return torch.tensor([vocabulary[token] for token in tokens])


@misconception("encode", hint="Which dtype can be used as an index?")
def indices_as_floats(tokens, vocabulary):
    """Gives float32, which cannot index an embedding."""
    return torch.Tensor([vocabulary.get(token, vocabulary["<unk>"]) for token in tokens])


@misconception("encode", hint="A tensor is asked for.")
def list_of_indices(tokens, vocabulary):
    """Returns a Python list of the indices."""
    return [vocabulary.get(token, vocabulary["<unk>"]) for token in tokens]


@misconception("encode", hint="How many dimensions does one sentence have?")
def adds_a_batch_dimension(tokens, vocabulary):
    """Returns shape (1, n), as if the sentence were a batch."""
    return torch.tensor([[vocabulary.get(token, vocabulary["<unk>"]) for token in tokens]])


# pad_window


@misconception("pad_window", hint="Which neighbours does the last word lack?")
def pads_in_front_only(tokens, window):
    """Pads on the left only."""
    return ["<pad>"] * window + tokens


@misconception("pad_window", hint="Which neighbours does the first word lack?")
def pads_behind_only(tokens, window):
    """Pads on the right only."""
    return tokens + ["<pad>"] * window


@misconception("pad_window", hint="What does the caller's list look like afterwards?")
def pads_the_callers_list(tokens, window):
    """Inserts into the list that was given; calling it twice pads twice."""
    for _ in range(window):
        tokens.insert(0, "<pad>")
        tokens.append("<pad>")
    return tokens


@misconception("pad_window", hint="How many neighbours does a word have on its left?")
def one_pad_on_either_side(tokens, window):
    """Adds one `<pad>` on either side, whatever the window is."""
    return ["<pad>"] + tokens + ["<pad>"]


@misconception("pad_window", hint="Is `window` the padding of one side or of both together?")
def half_a_window_on_either_side(tokens, window):
    """Divides the padding between the two sides."""
    left = window // 2
    return ["<pad>"] * left + tokens + ["<pad>"] * (window - left)


@misconception("pad_window", hint="Tokens or indices: at which stage are you?")
def pads_with_index_0(tokens, window):
    """Pads the tokens with the number 0, the index of `<pad>`, not with the token."""
    return [0] * window + tokens + [0] * window


# collate


@misconception("collate", hint="Is 1 written anywhere in the vocabulary that you were given?")
def unk_is_1_in_every_batch(batch, window, vocabulary):
    """Gives unknown words the index 1, whatever the vocabulary says about `<unk>`."""
    encoded = [encode(pad_window(tokens, window), {**vocabulary, "<unk>": 1}) for tokens, _ in batch]
    inputs = nn.utils.rnn.pad_sequence(encoded, batch_first=True)
    labels = nn.utils.rnn.pad_sequence([torch.tensor(m).float() for _, m in batch], batch_first=True)
    return inputs, labels, torch.tensor([len(tokens) for tokens, _ in batch])


@misconception("collate", hint="At which end of a short sentence does the padding go?")
def fills_up_on_the_left(batch, window, vocabulary):
    """Fills short sentences up on the left, so their words no longer stand below the first labels."""
    longest = max(len(tokens) for tokens, _ in batch)
    inputs, labels = [], []
    for tokens, marks in batch:
        missing = longest - len(tokens)
        inputs.append([0] * (window + missing) + encode(tokens, vocabulary).tolist() + [0] * window)
        labels.append([0.0] * missing + [float(mark) for mark in marks])
    return torch.tensor(inputs), torch.tensor(labels), torch.tensor([len(tokens) for tokens, _ in batch])


@misconception("collate", hint="Does the window padding belong to the length of a sentence?")
def lengths_with_window_padding(batch, window, vocabulary):
    """Counts the window padding as part of the sentence."""
    padded = [pad_window(tokens, window) for tokens, _ in batch]
    inputs = nn.utils.rnn.pad_sequence([encode(p, vocabulary) for p in padded], batch_first=True)
    labels = nn.utils.rnn.pad_sequence([torch.tensor(m).float() for _, m in batch], batch_first=True)
    return inputs, labels, torch.tensor([len(p) for p in padded])


@misconception("collate", hint="When do you measure a sentence: before or after it is filled up?")
def lengths_after_filling_up(batch, window, vocabulary):
    """Measures the sentences after they were filled up, so all have the length of the longest."""
    encoded = [encode(pad_window(tokens, window), vocabulary) for tokens, _ in batch]
    inputs = nn.utils.rnn.pad_sequence(encoded, batch_first=True)
    labels = nn.utils.rnn.pad_sequence([torch.tensor(m).float() for _, m in batch], batch_first=True)
    return inputs, labels, torch.tensor([len(row) for row in labels])


@misconception("collate", hint="Where do the first word's left neighbours come from?")
def forgets_the_window_padding(batch, window, vocabulary):
    """Fills the sentences up to one length, but adds no window padding."""
    inputs = nn.utils.rnn.pad_sequence([encode(t, vocabulary) for t, _ in batch], batch_first=True)
    labels = nn.utils.rnn.pad_sequence([torch.tensor(m).float() for _, m in batch], batch_first=True)
    return inputs, labels, torch.tensor([len(tokens) for tokens, _ in batch])


@misconception("collate", hint="Which dtype does a loss against probabilities need?")
def labels_stay_integers(batch, window, vocabulary):
    """Leaves the labels int64; float32 is asked for."""
    encoded = [encode(pad_window(tokens, window), vocabulary) for tokens, _ in batch]
    inputs = nn.utils.rnn.pad_sequence(encoded, batch_first=True)
    labels = nn.utils.rnn.pad_sequence([torch.tensor(m) for _, m in batch], batch_first=True)
    return inputs, labels, torch.tensor([len(tokens) for tokens, _ in batch])


@misconception("collate", hint="How many labels does a sentence of three words have?")
def labels_get_window_padding_too(batch, window, vocabulary):
    """Pads the labels with the window as well, so they are as wide as the inputs."""
    encoded = [encode(pad_window(tokens, window), vocabulary) for tokens, _ in batch]
    marks = [torch.tensor([0] * window + m + [0] * window).float() for _, m in batch]
    inputs = nn.utils.rnn.pad_sequence(encoded, batch_first=True)
    labels = nn.utils.rnn.pad_sequence(marks, batch_first=True)
    return inputs, labels, torch.tensor([len(tokens) for tokens, _ in batch])


@misconception("collate", hint="With what does the contract pad the labels?")
def labels_padded_with_minus_1(batch, window, vocabulary):
    """Pads the labels with -1; 0 is asked for."""
    encoded = [encode(pad_window(tokens, window), vocabulary) for tokens, _ in batch]
    marks = [torch.tensor(m).float() for _, m in batch]
    inputs = nn.utils.rnn.pad_sequence(encoded, batch_first=True)
    labels = nn.utils.rnn.pad_sequence(marks, batch_first=True, padding_value=-1)
    return inputs, labels, torch.tensor([len(tokens) for tokens, _ in batch])


@misconception("collate", hint="Which dimension counts the sentences?")
def batch_in_the_second_dimension(batch, window, vocabulary):
    """Has the sentences in columns, pad_sequence's default; they are to be rows."""
    encoded = [encode(pad_window(tokens, window), vocabulary) for tokens, _ in batch]
    inputs = nn.utils.rnn.pad_sequence(encoded)
    labels = nn.utils.rnn.pad_sequence([torch.tensor(m).float() for _, m in batch])
    return inputs, labels, torch.tensor([len(tokens) for tokens, _ in batch])


@misconception("collate", hint="Which sentence is in row 0?")
def longest_sentence_first(batch, window, vocabulary):
    """Sorts the batch by length, and with it the caller's list."""
    batch.sort(key=lambda pair: len(pair[0]), reverse=True)
    encoded = [encode(pad_window(tokens, window), vocabulary) for tokens, _ in batch]
    inputs = nn.utils.rnn.pad_sequence(encoded, batch_first=True)
    labels = nn.utils.rnn.pad_sequence([torch.tensor(m).float() for _, m in batch], batch_first=True)
    return inputs, labels, torch.tensor([len(tokens) for tokens, _ in batch])


@misconception("collate", hint="What happens to the words that a shorter sentence doesn't have?")
def cuts_to_the_shortest(batch, window, vocabulary):
    """Cuts all sentences to the shortest one, so words are lost."""
    shortest = min(len(tokens) for tokens, _ in batch)
    inputs = torch.stack([encode(pad_window(tokens[:shortest], window), vocabulary) for tokens, _ in batch])
    labels = torch.tensor([marks[:shortest] for _, marks in batch]).float()
    return inputs, labels, torch.tensor([len(tokens) for tokens, _ in batch])


# WordWindowClassifier


@misconception("WordWindowClassifier", hint="How many tokens are in a window with `window` neighbours on either side?")
class window_without_the_word(nn.Module):
    """Takes windows of 2 · window tokens, one too few, so there is also one window too many."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.width = 2 * window
        self.embedding = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.hidden = nn.Linear(self.width * embed_dim, hidden_dim)
        self.output = nn.Linear(hidden_dim, 1)

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        return torch.sigmoid(self.output(torch.tanh(self.hidden(vectors)))).squeeze(-1)


@misconception("WordWindowClassifier", hint="Which neighbours does word i have on its right?")
class left_neighbours_only(nn.Module):
    """Judges each word from itself and its left neighbours; those on the right never matter."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.window = window
        self.embedding = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.hidden = nn.Linear((window + 1) * embed_dim, hidden_dim)
        self.output = nn.Linear(hidden_dim, 1)

    def forward(self, inputs):
        windows = inputs[:, : -self.window].unfold(1, self.window + 1, 1)
        vectors = self.embedding(windows).flatten(2)
        return torch.sigmoid(self.output(torch.tanh(self.hidden(vectors)))).squeeze(-1)


@misconception("WordWindowClassifier", hint="Does your class use the `window` that it is given?")
class window_of_one(nn.Module):
    """Has a window of one neighbour on either side written into it, and trims the rest of the padding away."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.trim = window - 1
        self.embedding = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.hidden = nn.Linear(3 * embed_dim, hidden_dim)
        self.output = nn.Linear(hidden_dim, 1)

    def forward(self, inputs):
        inputs = inputs[:, self.trim : inputs.shape[1] - self.trim]
        vectors = self.embedding(inputs.unfold(1, 3, 1)).flatten(2)
        return torch.sigmoid(self.output(torch.tanh(self.hidden(vectors)))).squeeze(-1)


@misconception("WordWindowClassifier", hint="Are there as many answers as words, or as inputs?")
class answers_for_the_padding_too(nn.Module):
    """Pads the inputs once more, so the window padding gets answers as well: L + 2 · window of them."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.window = window
        self.embedding = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.hidden = nn.Linear((2 * window + 1) * embed_dim, hidden_dim)
        self.output = nn.Linear(hidden_dim, 1)

    def forward(self, inputs):
        inputs = F.pad(inputs, (self.window, self.window))
        vectors = self.embedding(inputs.unfold(1, 2 * self.window + 1, 1)).flatten(2)
        return torch.sigmoid(self.output(torch.tanh(self.hidden(vectors)))).squeeze(-1)


@misconception("WordWindowClassifier", hint='Do "from Paris" and "Paris from" say the same?')
class mean_of_the_window(nn.Module):
    """Averages the vectors of the window, or adds them up, so the order of its words is lost."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.width = 2 * window + 1
        self.embedding = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.hidden = nn.Linear(embed_dim, hidden_dim)
        self.output = nn.Linear(hidden_dim, 1)

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).mean(2)
        return torch.sigmoid(self.output(torch.tanh(self.hidden(vectors)))).squeeze(-1)


@misconception("WordWindowClassifier", hint="Which function comes between the two affine layers?")
class hidden_relu(WordWindowClassifier):
    """Uses ReLU between the layers, which has no upper bound and is zero for all negative numbers."""

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        return torch.sigmoid(self.output(torch.relu(self.hidden(vectors)))).squeeze(-1)


@misconception("WordWindowClassifier", hint="Between which bounds does tanh lie, and sigmoid?")
class hidden_sigmoid(WordWindowClassifier):
    """Uses the sigmoid between the layers too: bounded, but never negative."""

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        return torch.sigmoid(self.output(torch.sigmoid(self.hidden(vectors)))).squeeze(-1)


@misconception("WordWindowClassifier", hint="What are two affine maps one after the other?")
class nothing_between_the_layers(WordWindowClassifier):
    """Has no function between the affine layers, which makes them one affine map."""

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        return torch.sigmoid(self.output(self.hidden(vectors))).squeeze(-1)


@misconception("WordWindowClassifier", hint="Can a probability be negative?")
class logits_for_probabilities(WordWindowClassifier):
    """Returns the output layer's numbers without the sigmoid, so they are no probabilities."""

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        return self.output(torch.tanh(self.hidden(vectors))).squeeze(-1)


@misconception("WordWindowClassifier", hint="Must the probabilities of a sentence's words add up to 1?")
class softmax_over_the_sentence(WordWindowClassifier):
    """Uses softmax over the words of a sentence, so every word's answer depends on all the others."""

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        return torch.softmax(self.output(torch.tanh(self.hidden(vectors))).squeeze(-1), dim=1)


@misconception("WordWindowClassifier", hint="What does the sigmoid make of numbers that are never negative?")
class relu_before_the_sigmoid(WordWindowClassifier):
    """Sends the output through ReLU before the sigmoid, so no probability is below one half."""

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        return torch.sigmoid(torch.relu(self.output(torch.tanh(self.hidden(vectors))))).squeeze(-1)


@misconception("WordWindowClassifier", hint="What is the vector of `<pad>` in your model?")
class padding_like_any_word(WordWindowClassifier):
    """Gives `<pad>` a random vector like any word, which is then trained."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__(vocabulary_size, embed_dim, hidden_dim, window)
        self.embedding = nn.Embedding(vocabulary_size, embed_dim)


@misconception("WordWindowClassifier", hint="What does the first optimizer step do to row 0?")
class padding_zero_at_first(WordWindowClassifier):
    """Sets the vector of `<pad>` to zero once; training then moves it like any other."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__(vocabulary_size, embed_dim, hidden_dim, window)
        self.embedding = nn.Embedding(vocabulary_size, embed_dim)
        with torch.no_grad():
            self.embedding.weight[0] = 0


@misconception("WordWindowClassifier", hint="Which parameters does an optimizer change, and which should it?")
class frozen_embeddings(WordWindowClassifier):
    """Freezes all embeddings so that the padding's doesn't move; the words' can't learn either."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__(vocabulary_size, embed_dim, hidden_dim, window)
        self.embedding.weight.requires_grad_(False)


@misconception("WordWindowClassifier", hint="Does the gradient of the loss reach the words' vectors?")
class embeddings_cut_off(WordWindowClassifier):
    """Looks the vectors up under no_grad, so no gradient reaches them and they stay as they began."""

    def forward(self, inputs):
        with torch.no_grad():
            vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        return torch.sigmoid(self.output(torch.tanh(self.hidden(vectors)))).squeeze(-1)


@misconception("WordWindowClassifier", hint="What does `list(model.parameters())` show?")
class layers_in_a_plain_list(nn.Module):
    """Keeps the affine layers in a Python list, where the module doesn't see them: no optimizer trains them."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.width = 2 * window + 1
        self.embedding = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.layers = [nn.Linear(self.width * embed_dim, hidden_dim), nn.Linear(hidden_dim, 1)]

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        return torch.sigmoid(self.layers[1](torch.tanh(self.layers[0](vectors)))).squeeze(-1)


@misconception("WordWindowClassifier", hint="When are the layers made: once, or at every call?")
class new_layer_at_every_call(nn.Module):
    """Makes the output layer inside forward: it has other random weights at every call and is never trained."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.width = 2 * window + 1
        self.embedding = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.hidden = nn.Linear(self.width * embed_dim, hidden_dim)

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        hidden = torch.tanh(self.hidden(vectors))
        output = nn.Linear(hidden.shape[-1], 1).to(hidden.device)
        return torch.sigmoid(output(hidden)).squeeze(-1)


@misconception("WordWindowClassifier", hint="Where is `hidden_dim` used in your class?")
class hidden_dim_ignored(nn.Module):
    """Makes the hidden layer as wide as an embedding; hidden_dim isn't used."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.width = 2 * window + 1
        self.embedding = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.hidden = nn.Linear(self.width * embed_dim, embed_dim)
        self.output = nn.Linear(embed_dim, 1)

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        return torch.sigmoid(self.output(torch.tanh(self.hidden(vectors)))).squeeze(-1)


@misconception("WordWindowClassifier", hint="An affine map is a matrix product and something more.")
class layers_without_bias(nn.Module):
    """Leaves a bias out, or both: the layers are linear, not affine."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.width = 2 * window + 1
        self.embedding = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.hidden = nn.Linear(self.width * embed_dim, hidden_dim, bias=False)
        self.output = nn.Linear(hidden_dim, 1, bias=False)

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        return torch.sigmoid(self.output(torch.tanh(self.hidden(vectors)))).squeeze(-1)


@misconception("WordWindowClassifier", hint="Print the shape of the answer. What is its last dimension for?")
class answers_keep_a_last_dimension(WordWindowClassifier):
    """Returns (B, L, 1): the output layer's last dimension is still there."""

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        return torch.sigmoid(self.output(torch.tanh(self.hidden(vectors))))


@misconception("WordWindowClassifier", hint="Which dimensions does squeeze take away if you don't say which?")
class squeezes_everything(WordWindowClassifier):
    """Squeezes without naming the dimension: with one sentence or one word, its dimension is gone as well."""

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        return torch.sigmoid(self.output(torch.tanh(self.hidden(vectors)))).squeeze()


# masked_loss


@misconception("masked_loss", hint="Which probabilities does the contract allow? What does your clamp do to 0.005?")
def clamps_probabilities(probabilities, labels, lengths):
    """Moves probabilities that are near 0 or 1 away from there, which changes their loss and stops gradients."""
    real = torch.arange(labels.shape[1], device=labels.device) < lengths.to(labels.device)[:, None]
    return F.binary_cross_entropy(probabilities.clamp(0.01, 0.99)[real], labels[real])


@misconception("masked_loss", hint="Which entries of the rectangle are no words?")
def padding_counts(probabilities, labels, lengths):
    """Averages over the whole rectangle, padding included."""
    return F.binary_cross_entropy(probabilities, labels)


@misconception("masked_loss", hint="Does a word in a short sentence count as much as one in a long sentence?")
def mean_of_sentence_means(probabilities, labels, lengths):
    """Averages each sentence first and then the sentences, so words of short sentences weigh more."""
    losses = []
    for p, y, length in zip(probabilities, labels, lengths):
        losses.append(F.binary_cross_entropy(p[:length], y[:length]))
    return torch.stack(losses).mean()


@misconception("masked_loss", hint="The sum is divided by something.")
def sum_over_the_words(probabilities, labels, lengths):
    """Adds the words' losses up and doesn't divide by their number."""
    mask = torch.arange(labels.shape[1], device=lengths.device)[None] < lengths[:, None]
    return F.binary_cross_entropy(probabilities[mask], labels[mask], reduction="sum")


@misconception("masked_loss", hint="By how many do you divide: by the words, or by the entries of the rectangle?")
def divides_by_the_rectangle(probabilities, labels, lengths):
    """Leaves the padding out of the sum, but divides by the number of all entries."""
    mask = torch.arange(labels.shape[1], device=lengths.device)[None] < lengths[:, None]
    return (F.binary_cross_entropy(probabilities, labels, reduction="none") * mask).mean()


@misconception("masked_loss", hint="By how many do you divide: by the words, or by the sentences?")
def divides_by_the_sentences(probabilities, labels, lengths):
    """Divides the sum by the number of sentences."""
    mask = torch.arange(labels.shape[1], device=lengths.device)[None] < lengths[:, None]
    return F.binary_cross_entropy(probabilities[mask], labels[mask], reduction="sum") / len(lengths)


@misconception("masked_loss", hint="What does a word with label 0 cost?")
def only_places_count(probabilities, labels, lengths):
    """Adds up -log p for the words with label 1 only; a wrong alarm costs nothing."""
    mask = torch.arange(labels.shape[1], device=lengths.device)[None] < lengths[:, None]
    return -(labels * torch.log(probabilities) * mask).sum() / lengths.sum()


@misconception("masked_loss", hint="Is the logarithm of a probability positive or negative?")
def sign_forgotten(probabilities, labels, lengths):
    """Forgets the minus sign, so the loss is negative and falls as the answers get worse."""
    mask = torch.arange(labels.shape[1], device=lengths.device)[None] < lengths[:, None]
    each = labels * torch.log(probabilities) + (1 - labels) * torch.log(1 - probabilities)
    return each[mask].mean()


@misconception("masked_loss", hint="Is column `length` the last word, or the first padding?")
def one_column_too_many(probabilities, labels, lengths):
    """Takes one column of padding for a word in every shorter sentence."""
    mask = torch.arange(labels.shape[1], device=lengths.device)[None] <= lengths[:, None]
    return F.binary_cross_entropy(probabilities[mask], labels[mask])


@misconception("masked_loss", hint="Which loss is asked for?")
def squared_errors(probabilities, labels, lengths):
    """Uses squared errors in place of the cross entropy."""
    mask = torch.arange(labels.shape[1], device=lengths.device)[None] < lengths[:, None]
    return F.mse_loss(probabilities[mask], labels[mask])


@misconception("masked_loss", hint="What does `.item()` leave behind for backward?")
def loss_as_a_float(probabilities, labels, lengths):
    """Returns a Python float; nothing can be differentiated any more."""
    mask = torch.arange(labels.shape[1], device=lengths.device)[None] < lengths[:, None]
    return F.binary_cross_entropy(probabilities[mask], labels[mask]).item()


@misconception("masked_loss", hint="Does a new tensor made from a number know where the number came from?")
def loss_without_a_graph(probabilities, labels, lengths):
    """The loss has no connection to the probabilities: they were detached, or turned into floats on the way."""
    total = 0.0
    for p, y, length in zip(probabilities, labels, lengths):
        total += F.binary_cross_entropy(p[:length], y[:length], reduction="sum").item()
    return torch.tensor(total / int(lengths.sum()), dtype=probabilities.dtype, device=probabilities.device)


# right on the CPU only


@misconception("WordWindowClassifier", hint="torch.zeros in forward: on which device?", device=True)
class PadsTheWindowsOnTheCpu(nn.Module):
    """Collects the probabilities in zeros that forward makes on the CPU, so the answer is there."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.width = 2 * window + 1
        self.embedding = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.hidden = nn.Linear(self.width * embed_dim, hidden_dim)
        self.output = nn.Linear(hidden_dim, 1)

    def forward(self, inputs):
        length = inputs.shape[1] - self.width + 1
        columns = [self.judge(inputs[:, i : i + self.width]) for i in range(length)]
        answer = torch.zeros(len(inputs), length)
        return answer + torch.stack(columns, dim=1)

    def judge(self, windows):
        vectors = self.embedding(windows).flatten(1)
        return torch.sigmoid(self.output(torch.tanh(self.hidden(vectors))))[:, 0]


@misconception("WordWindowClassifier", hint="Which of a module's tensors does .to(device) move?", device=True)
class MaskIsNotABuffer(nn.Module):
    """Keeps the mask that blanks the padding's vector as a plain attribute, which .to(device) doesn't move."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__()
        self.width = 2 * window + 1
        self.embedding = nn.Embedding(vocabulary_size, embed_dim, padding_idx=0)
        self.hidden = nn.Linear(self.width * embed_dim, hidden_dim)
        self.output = nn.Linear(hidden_dim, 1)
        self.known = torch.ones(vocabulary_size, 1)
        self.known[0] = 0

    def forward(self, inputs):
        windows = inputs.unfold(1, self.width, 1)
        vectors = self.embedding(windows) * F.embedding(windows, self.known)
        hidden = torch.tanh(self.hidden(vectors.flatten(2)))
        return torch.sigmoid(self.output(hidden)).squeeze(-1)


@misconception("masked_loss", hint="On which device does torch.arange count?", device=True)
def columns_counted_on_the_cpu(probabilities, labels, lengths):
    """Makes the column numbers on the CPU and compares them with lengths that are elsewhere."""
    columns = torch.arange(probabilities.shape[1])
    real = columns < lengths[:, None]
    losses = F.binary_cross_entropy(probabilities, labels, reduction="none")
    return losses[real].mean()


@misconception("masked_loss", hint="Where is the mask, and where is what you multiply with it?", device=True)
def mask_filled_on_the_cpu(probabilities, labels, lengths):
    """Multiplies by a mask that was made and filled on the CPU."""
    mask = torch.zeros(probabilities.shape, dtype=probabilities.dtype)
    for i, length in enumerate(lengths):
        mask[i, :length] = 1
    losses = F.binary_cross_entropy(probabilities, labels, reduction="none")
    return (losses * mask).sum() / lengths.sum()


# the edges


@misconception("tokenize", hint="What does casefold make of 'ß', and is that its lower case?")
def folds_the_case(sentence):
    """Uses casefold, which does more than lower case: "straße" becomes "strasse"."""
    return sentence.casefold().split()


@misconception("tokenize", hint="Which characters are white space besides those that you list? Does split() know them?")
def lists_the_white_space(sentence):
    """Splits at spaces, tabs and \\n only; a line that ends in \\r\\n leaves \\r in its last word."""
    return re.findall("[^ \\t\\n]+", sentence.lower())


@misconception("encode", hint="Does the dict say at which place a token stands in it, or which index it has?")
def place_in_the_dict(tokens, vocabulary):
    """Takes a token's place in the dict for its index; they differ where the dict was filled in another order."""
    places = list(vocabulary)
    return torch.tensor([places.index(token if token in vocabulary else "<unk>") for token in tokens])


@misconception("collate", hint="Is a word that the vocabulary doesn't have a word of the sentence?")
def unknown_words_are_not_counted(batch, window, vocabulary):
    """Counts the indices above `<unk>` for the lengths, so words that the vocabulary doesn't have are left out."""
    encoded = [encode(pad_window(tokens, window), vocabulary) for tokens, _ in batch]
    inputs = nn.utils.rnn.pad_sequence(encoded, batch_first=True)
    labels = nn.utils.rnn.pad_sequence([torch.tensor(m).float() for _, m in batch], batch_first=True)
    return inputs, labels, ((inputs != 0) & (inputs != vocabulary["<unk>"])).sum(1)


@misconception("collate", hint="Is gradient recording still on for everybody else after your function?")
def collate_switches_recording_off(batch, window, vocabulary):
    """Switches gradient recording off globally and never on again."""
    torch.set_grad_enabled(False)
    encoded = [encode(pad_window(tokens, window), vocabulary) for tokens, _ in batch]
    inputs = nn.utils.rnn.pad_sequence(encoded, batch_first=True)
    labels = nn.utils.rnn.pad_sequence([torch.tensor(m).float() for _, m in batch], batch_first=True)
    return inputs, labels, torch.tensor([len(tokens) for tokens, _ in batch])


@misconception("WordWindowClassifier", hint="Which numbers does tanh give, and what does sigmoid make of them?")
class tanh_before_the_sigmoid(WordWindowClassifier):
    """Bounds the output layer's numbers, by tanh say, before the sigmoid: no answer comes near 0 or 1."""

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        return torch.sigmoid(torch.tanh(self.output(torch.tanh(self.hidden(vectors))))).squeeze(-1)


@misconception("WordWindowClassifier", hint="Which numbers does a sigmoid give, if its input is never negative?")
class sigmoid_of_a_sigmoid(WordWindowClassifier):
    """Applies the sigmoid to probabilities once more: every answer is above one half."""

    def forward(self, inputs):
        return torch.sigmoid(super().forward(inputs))


@misconception("WordWindowClassifier", hint="What is tanh applied to, and what comes between the affine layers?")
class tanh_on_the_embeddings(WordWindowClassifier):
    """Applies tanh to the embeddings and not to the hidden units, which nothing bounds."""

    def forward(self, inputs):
        vectors = torch.tanh(self.embedding(inputs.unfold(1, self.width, 1)).flatten(2))
        return torch.sigmoid(self.output(self.hidden(vectors))).squeeze(-1)


@misconception("WordWindowClassifier", hint="Should it matter where in the sentence a window stands?")
class the_place_in_the_sentence_counts(WordWindowClassifier):
    """Adds something for the place in the sentence: the same window gets another answer at another place."""

    def __init__(self, vocabulary_size, embed_dim, hidden_dim, window):
        super().__init__(vocabulary_size, embed_dim, hidden_dim, window)
        self.places = nn.Parameter(torch.randn(100))

    def forward(self, inputs):
        vectors = self.embedding(inputs.unfold(1, self.width, 1)).flatten(2)
        logits = self.output(torch.tanh(self.hidden(vectors))).squeeze(-1)
        return torch.sigmoid(logits + self.places[: logits.shape[1]])


@misconception("masked_loss", hint="What dtype has torch.zeros(2) for everybody else after your function?")
def loss_sets_the_default_dtype(probabilities, labels, lengths):
    """Makes the dtype of the probabilities the default of all new tensors, and leaves it so."""
    torch.set_default_dtype(probabilities.dtype)
    real = torch.arange(labels.shape[1], device=labels.device) < lengths[:, None]
    return F.binary_cross_entropy(probabilities[real], labels[real])


@misconception("WordWindowClassifier", hint="Where is the tensor that you fill with answers?", device=True)
class AnswersFilledInOnTheCpu(WordWindowClassifier):
    """Fills the answers, column by column, into zeros that forward makes on the CPU."""

    def forward(self, inputs):
        answers = torch.zeros(len(inputs), inputs.shape[1] - self.width + 1)
        for i in range(answers.shape[1]):
            vectors = self.embedding(inputs[:, i : i + self.width]).flatten(1)
            answers[:, i] = torch.sigmoid(self.output(torch.tanh(self.hidden(vectors))))[:, 0]
        return answers
