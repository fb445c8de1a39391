"""What messages of Python and PyTorch mean where they mislead beginners: a table from messages to sentences.

A sentence says what happened and where to look; it never gives the code. The messages are those of torch
2.13, and the tests raise them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.engine.computed_meanings import COMPUTED, Sentence, Shapes, Trouble

# Regular expressions, one a line, are searched for in `Class: message`; the indented text after them is the
# sentence, in which \1 stands for the first group, or it names the function in `computed_meanings` to call.
TABLE = r"""
# vmap, whose errors speak of a whole batch where the line shows one item
vmap: Expected all tensors to have the same size in the mapped dimension, got sizes \[([\d, ]*)\]
    vmap goes through its tensors side by side, one item of each at a time, so they need equally many items;
    these have \1. One that is needed whole for every item is not to be gone through.
vmap: .*calling .item\(\) on a Tensor
vmap: RuntimeError: Cannot access data pointer of Tensor that doesn't have storage
    Inside vmap a tensor stands for all items at once, so it can't become a Python number, a list or a numpy
    array there.
vmap: .*data-dependent control flow
    Inside vmap a tensor stands for all items at once, so `if` and `while` can't ask for its value there.
vmap: inplace arithmetic
vmap: RuntimeError: output with shape
    A tensor that is made inside vmap is one for all items, so no item's own numbers can be written into it.
    What vmap calls has to return a new tensor.
select\(\): index \d+ out of range for tensor of size \[0
    An item is taken of a dimension that has size 0: there is none.
vmap\(.* must only return Tensors, got type <class '(?:\w+\.)?(\w+)'>
    What vmap calls is to return a tensor for each item, and returns a \1.
vmap\(.* Got in_dim=-?\d+ for an input but the input is of type <class '(?:\w+\.)?(\w+)'>
    vmap goes through tensors only, and this is a \1.
vmap\(.* Got in_dim=(-?\d+) for some input, but that input is a Tensor of dimensionality (\d+)
    vmap is to go through dimension \1 of a tensor, and this one has \2 dimensions.
# Products and shapes
mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)
    -> product
size mismatch, got input \(\d+\), mat \((\d+)x(\d+)\), vec \((\d+)\)
    -> matrix_vector
inconsistent tensor size, expected tensor \[(\d+)\] and src \[(\d+)\]
    A product of two vectors needs equal lengths; these have \1 and \2.
first two dimensions of batch2 tensor to be: \[(\d+), (\d+)\] but got: \[(\d+), (\d+)\]
    In a batched product the batches must be equally many (\1 and \3), and the columns on the left (\2) as
    many as the rows on the right (\4).
(self|mat2) must be a matrix
1D tensors expected
    This product takes other numbers of dimensions; `@` takes them all.
size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)
    -> broadcast
output with shape (\[[\d, ]*\]) doesn't match the broadcast shape (\[[\d, ]*\])
    An in-place operation can't make its tensor larger: the result has shape \2, the tensor only \1.
expanded size of the tensor \((\d+)\) must match the existing size \((\d+)\)
    A size of \2 is put where \1 is needed, and only a size of 1 can be stretched.
shape '(\[[\d, -]*\])' is invalid for input of size (\d+)
    A reshape keeps the number of elements: the \2 that are there don't fill the shape \1.
view size is not compatible with input tensor's size and stride
    These elements don't lie in memory in the order that the new shape would need (after a transpose, for
    example), so no view of that shape exists. Must the result share memory, or may it be a copy?
Sizes of tensors must match except in dimension (\d+)
    cat joins along dimension \1: all other sizes must be equal.
Tensors must have same number of dimensions: got (\d+) and (\d+)
    cat joins tensors of equally many dimensions, not \1 and \2.
stack expects each tensor to be equal size
    stack needs tensors of one shape; unequal ones must be padded first.
stack expects a non-empty TensorList
    There is nothing to stack: the list of tensors is empty for this input.
expected Tensor as element \d+ in argument \d+, but got (\w+)
    The list holds a \1 where tensors are needed.
Dimension out of range \(expected to be in range of \[-?\d+, (-?\d+)\], but got (-?\d+)\)
    There is no dimension \2: the dimensions of this tensor are numbered from 0 to \1. Is it one short?
too many indices for tensor of dimension (\d+)
    More indices than dimensions: this tensor has \1.
invalid index of a 0-dim tensor
iteration over a 0-d tensor
len\(\) of a 0-d tensor
    This tensor is a single number without dimensions, shape (): it has no entries and no length.
index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)
    Dimension \2 has size \3, so its positions go from 0 to \3 - 1; \1 is beyond.
list index out of range
    The list is shorter than that: the last position is its length minus 1.
IndexError: index out of range in self
    An embedding was asked for a row that it doesn't have: an index is too large or negative.
tensors used as indices must be long
    Indices are whole numbers (int64) or bools; these are decimal numbers.
split_size can only be 0
    A size of 0 cuts nothing: where does it come from?
expected sequence of length (\d+) at dim (\d+) \(got (\d+)\)
    The lists inside are unequally long (\1 and \3), so no tensor holds them.
# Gradients
a (view of a )?leaf Variable that requires grad is being used in an in-place operation
    A tensor that requires grad was changed in place while gradients are being recorded. An update of
    parameters is no part of the graph: PyTorch has to be told not to record it.
element 0 of tensors does not require grad and does not have a grad_fn
    The loss has no graph: nothing that it was computed from requires grad, or the graph was cut on the way
    (by detach, .data, .item(), torch.no_grad, numpy, or a new tensor made of old values).
One of the differentiated Tensors does not require grad
    A gradient is asked for by a tensor that doesn't require grad, so nothing was recorded for it.
differentiated Tensor at index (\d+) appears to not have been used in the graph
    The result does not depend on tensor number \1 (counted from 0) of those that you differentiate by: was
    a copy of it used, or an older one?
backward through the graph a second time
    A graph is freed by its first backward pass. Either something is differentiated twice, or a tensor from
    an earlier step (computed before the loop, or kept across it) is still part of this loss.
grad can be implicitly created only for scalar outputs
    backward starts from a single number, and this is a whole tensor: sum or mean, what does the exercise
    ask for?
modified by an inplace operation
    A tensor that the backward pass still needs was changed in place after it was used (+=, a method ending
    in _, an optimizer step before backward).
Inference tensors cannot be saved for backward
    A tensor made under inference_mode can't take part in a graph.
Can't call numpy\(\) on Tensor that requires grad
    numpy knows no gradients: a tensor that requires grad has to leave its graph first.
Only Tensors of floating point and complex dtype can require gradients
    Whole numbers have no gradients: is this tensor float32?
support the deepcopy protocol
    A tensor with a graph behind it can't be deep-copied: detach a copy of it instead.
can't optimize a non-leaf Tensor
    An optimizer takes leaves (what you made), not results of computations with them.
optimizer got an empty parameter list
    The model has no parameters: layers kept in a plain list or dict, and tensors that are no nn.Parameter,
    are not registered.
# Dtypes
expected m1 and m2 to have the same dtype, but got: ([\w: ]+?) != ([\w: ]+)
    -> two_dtypes
mat1 and mat2 must have the same dtype, but got (\w+) and (\w+)
    -> two_dtypes
expected both vectors to have same dtype, but found (\w+) and (\w+)
    -> two_dtypes
addmv input tensors must have the same dtype, but got \w+, (\w+), and (\w+)
    -> two_dtypes
Found dtype (\w+) but expected (\w+)
    -> dtype_asked
expected target dtype to be Long or Byte, but got (\w+)
    Class labels are whole numbers (int64) here.
can't multiply sequence by non-int of type
    A list or tuple is multiplied by a number. Several results come as a tuple, even where there is only one (as
    from torch.autograd.grad): which of its entries is meant?
"bitwise_\w+" not implemented for '(?:Float|Double)'
    `^`, `&` and `|` work on bools and on the bits of whole numbers, not on decimal numbers; `^` is no power.
"\w+" not implemented for '(?:Float|Double)'
    This is not defined for decimal numbers: it needs whole ones, or bools.
"\w+" not implemented for '(\w+)'
    -> not_for_integers
could not infer output dtype.*Got: (\w+)
    -> not_for_integers
(std and var) only support floating point
    A deviation needs decimal numbers: this tensor holds whole ones.
result type (\w+) can't be cast to the desired output type (\w+)
    An in-place operation keeps its tensor's dtype: a \1 result does not fit into \2.
with two bool tensors is not supported
    Bools can't be subtracted: compare them, or turn them into numbers first.
on a bool tensor is not supported
    A bool tensor has no negative; inverting one is another operator.
one of the following scalar types: Long, Int
    Indices are whole numbers (int64); these are decimal numbers.
all elements of input should be between 0 and 1
    Binary cross entropy takes probabilities: does a sigmoid come before it?
Using a target size \(torch.Size\((\[[\d, ]*\])\)\) that is different to the input size \(torch.Size\((\[[\d,
]*\])\)\)
    Predictions \2 and targets \1 have different shapes: which of them has a dimension too many?
# Devices
Expected all tensors to be on the same device
is not on the expected device
Tensor on device
    The tensors of one operation lie on different devices. New ones (zeros, arange, randperm …) are made on
    the CPU unless they are told where the input is.
# One number or many
only one element tensors can be converted to Python scalars
cannot be converted to Scalar
    Only a tensor with exactly one element turns into a number, and this has more (or none): sum, mean or
    pick one first. A list of tensors is put together with stack or cat.
Boolean value of Tensor with (more than one value|no values) is ambiguous
    `if`, `and`, `or`, `not`, `in`, `max` and `==` on lists need one True or False, and this is a tensor of
    several (or none). Is the question meant for each element, for all, or for any?
only integer tensors of a single element can be converted to an index
    An index of a list, or a count, is one whole number.
# Modules
cannot assign \w+ before Module.__init__\(\) call
has no attribute '_(backward_hooks|parameters|modules|forward_hooks)'
    A module has to be set up by nn.Module before anything is stored in it: what does its __init__ call
    first?
is missing the required "forward" function
    The class has no method of exactly the name forward: look at its spelling and its indentation.
cannot assign '[\w.]+' as parameter '(\w+)'
    \1 is a registered parameter: it can be changed in place, but not be replaced by a plain tensor.
# Python
'generator' object is not subscriptable
object of type 'generator' has no len
    A generator (such as `model.parameters()`) gives its values one by one: it has no length and no
    positions.
'NoneType' object
not NoneType
: 'NoneType' and
and 'NoneType'
dtype of NoneType
    -> none
cannot access local variable '(\w+)' where it is not associated with a value
    \1 is used before it gets a value: a function that assigns to a name anywhere has a local variable of
    that name, and a loop or `if` whose body never ran assigns nothing.
'torch.Size' object is not callable
    A shape is no function: its sizes are picked with [ ] rather than ( ).
'builtin_function_or_method' object is not subscriptable
    A method was indexed before it was called: ( ) is missing.
'(Tensor|list|float|int|tuple)' object is not callable
    Something of type \1 was called like a function: is a name used for two things, or an operator missing
    before ( )?
argument '(\w+)' (?:\(position \d+\) )?must be Tensor, not (\w+)
    This works on tensors, and got a Python \2.
argument '(\w+)' (?:\(position \d+\) )?must be int, not float
    A size or count must be a whole number; `/` always gives a decimal one.
'float' object cannot be interpreted as an integer
    A size or count must be a whole number; `/` always gives a decimal one.
indices must be integers or slices, not (\w+)
    A list is indexed by whole numbers, not by a \1.
received an invalid combination of arguments - got \(([^)]{0,80})\)
    PyTorch knows no call with these arguments: (\1). Look at their names and types.
unsupported operand type\(s\) for @: 'numpy.ndarray' and 'Tensor'
    A numpy array and a tensor can't be multiplied: turn one into the other first.
params argument given to the optimizer should be an iterable
    An optimizer takes all the parameters together, not a single tensor.
too many values to unpack
not enough values to unpack
cannot unpack non-iterable
    What stands on the right has another number of parts than there are names on the left.
missing (\d+) required positional arguments?: (.{1,80})
    A call leaves out what the function needs: \2. Was a method called on the class rather than on an
    object, or `self` forgotten?
takes (\d+|from \d+ to \d+) positional arguments? but (\d+) w
    A call gives \2 arguments to a function that takes \1; a method's own object counts as one (is `self`
    there?).
bdb.BdbQuit
    A debugger was started (set_trace) where nobody is there to answer it: take it out, or use `--debug`.
__init__\(\) should return None
    A class is made by its __init__, which returns nothing: was a function asked for (`def` in place of
    `class`)?
SyntaxError: invalid syntax
    -> unreadable
SyntaxError: invalid character '([^'])'
    Python's quotation marks and signs are the plain ones of the keyboard; \1 comes from a word processor
    or a web page.
EOF when reading a line
    `input` waits for somebody who types, and nobody does while you are graded: take what you need as a
    parameter, or ask under `if __name__ == "__main__":`.
SystemExit\b
    This line ends Python (exit, quit, sys.exit), and with it everything that was still to be run: take it
    out.
can't allocate memory: you tried to allocate (\d+) bytes
Unable to allocate .* for an array
MemoryError
    This needs more memory than an exercise gets: which tensor or list grows so large?
maximum recursion depth exceeded
    A function calls itself without end, perhaps by way of another one or of a method with the same name.
ModuleNotFoundError:
    Only PyTorch, numpy and Python's own modules are there when you are graded.
AttributeError: '(\w+)' object has no attribute '(\w+)'
    -> no_attribute
NameError: name '(\w+)' is not defined
    \1 is not defined where this line runs: is it spelt as where it was made, and made before, in the same
    function or imported?
"""


def _rows() -> Iterator[tuple[re.Pattern[str], Sentence]]:
    """The table's rows: a pattern and what is said where it is found."""
    for block in re.findall(
        r"((?:^\S.*\n)+)((?:^    .*\n)+)", re.sub(r"(?m)^# .*\n", "", TABLE), re.MULTILINE
    ):
        sentence = " ".join(line.strip() for line in block[1].splitlines())
        computed = COMPUTED.get(sentence.removeprefix("-> "))
        yield re.compile("|".join(block[0].splitlines())), computed or sentence


_ROWS = list(_rows())


def meaning(name: str, message: str, source: str, shapes: Shapes) -> str | None:
    """The sentence for an exception, or None where its own message says enough.

    Args:
        name: The exception's class.
        message: Its message, cut to a sane length.
        source, shapes: The student's line that raised, and the tensors named in it.
    """
    for pattern, sentence in _ROWS:
        if found := pattern.search(f"{name}: {message}"):
            return (
                found.expand(sentence)
                if isinstance(sentence, str)
                else sentence(Trouble(found, source, shapes))
            )
    return None
