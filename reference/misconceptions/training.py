"""Known wrong ways to do the exercises of `training`. Each is the body a student would really write."""

import math
import random

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from grader.exercise import misconception

# --- linear -----------------------------------------------------------------------------------------------------


@misconception("linear", hint="Which dtype do you compute in when x is float64?")
def computes_in_float32(x, weight, bias=None):
    """Computes in float32 and converts the result, so float64 inputs lose half their digits."""
    out = x.float() @ weight.float().T
    return (out if bias is None else out + bias.float()).to(x.dtype)


@misconception("linear", hint="The weight holds one row an output. Which of its dimensions has to meet the last one of x?")
def weight_not_transposed(x, weight, bias=None):
    """Multiplies by the weight as it is stored. The shapes fit only where d_in and d_out are equal."""
    out = x @ weight
    if bias is not None:
        out = out + bias
    return out


@misconception("linear", hint="In which dimension of the result does each vector of x end up?")
def one_column_a_vector(x, weight, bias=None):
    """Multiplies the weight by x transposed, so each vector's outputs stand in a column instead of a row."""
    if bias is None:
        return weight @ x.T
    return weight @ x.T + bias[:, None]


@misconception("linear", hint="How many dimensions may x have? Only the last one is the layer's business.")
def matrices_only(x, weight, bias=None):
    """Uses a product that is made for two matrices, so a single vector or a batch of matrices raises."""
    out = torch.mm(x, weight.t())
    return out if bias is None else out + bias


@misconception("linear", hint="What has become of the dimensions in front of the last one?")
def leading_dimensions_flattened(x, weight, bias=None):
    """Turns x into a matrix and gives a matrix back, whatever the dimensions in front of the last one were."""
    rows = x.reshape(-1, x.shape[-1])
    out = rows @ weight.T
    return out if bias is None else out + bias


@misconception("linear", hint="May every tensor be viewed in another shape?")
def views_as_a_matrix(x, weight, bias=None):
    """`view` to a matrix raises where the leading dimensions of x don't lie next to each other in memory."""
    out = (x.view(-1, x.shape[-1]) @ weight.T).view(*x.shape[:-1], weight.shape[0])
    return out if bias is None else out + bias


@misconception("linear", hint="Look for the place where the bias comes in.")
def bias_forgotten(x, weight, bias=None):
    """Gives the product alone, as if there were no bias."""
    return x @ weight.T


@misconception("linear", hint="What is `something + None`?")
def bias_taken_for_granted(x, weight, bias=None):
    """Adds the bias without asking whether there is one, so a call without it raises."""
    return x @ weight.T + bias


@misconception("linear", hint="What is the truth value of a tensor with several elements, and of one that holds a 0?")
def bias_as_a_condition(x, weight, bias=None):
    """Asks whether the bias is true. That is undefined for more than one element, so it raises."""
    out = x @ weight.T
    if bias:
        out = out + bias
    return out


@misconception("linear", hint="Does a number of the bias belong to a row of the result, or to a column?")
def bias_for_each_row(x, weight, bias=None):
    """Adds the first number of the bias to the first row, the second to the second: one a row, not one an output."""
    out = x @ weight.T
    if bias is not None:
        out = out + bias.reshape(-1, 1)
    return out


@misconception("linear", hint="Whose weight and bias does a newly made layer have?")
def a_layer_of_its_own(x, weight, bias=None):
    """Makes a new `nn.Linear` of the right size, which works with its own random numbers, not with those given."""
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    return layer(x).detach()


@misconception("linear", hint="What is the dtype of the result when x is float64?")
def everything_to_float32(x, weight, bias=None):
    """Turns everything into float32, so a float64 input gets a float32 answer."""
    return F.linear(x.float(), weight.float(), None if bias is None else bias.float())


@misconception("linear", hint="Does the caller still have the weight that they passed in?")
def weight_transposed_in_place(x, weight, bias=None):
    """`t_()` transposes the weight itself, so the caller's weight has another shape afterwards."""
    out = x @ weight.t_()
    return out if bias is None else out + bias


@misconception("linear", hint="What may an in-place addition change: the numbers of a tensor, or its shape as well?")
def adds_up_in_the_bias(x, weight, bias=None):
    """Starts from the bias and adds the product in place. The bias has no room for several rows, so it raises."""
    out = torch.zeros(weight.shape[0], dtype=x.dtype) if bias is None else bias
    out += x @ weight.T
    return out


# --- sigmoid ----------------------------------------------------------------------------------------------------


@misconception("sigmoid", hint="What are numerator and denominator for z = 1000?")
def infinity_over_infinity(z):
    """exp(z) / (1 + exp(z)): for large z both are infinite, and their quotient is not a number."""
    return torch.exp(z) / (1 + torch.exp(z))


@misconception("sigmoid", hint="Which is done first in `1 / 1 + …`?")
def brackets_missing(z):
    """1 / 1 + exp(-z) is 1 + exp(-z): the division comes before the addition."""
    return 1 / 1 + torch.exp(-z)


@misconception("sigmoid", hint="Should a large z give a value near 1, or near 0?")
def falls_instead_of_rises(z):
    """Gives the sigmoid of -z, so the curve falls where it should rise. Often a sign in the exponent is missing."""
    return 1 / (1 + torch.exp(z))


@misconception("sigmoid", hint="Does the value of one element depend on the others?")
def softmax_for_sigmoid(z):
    """Softmax: the values along the last dimension share a total of 1. The sigmoid of an element depends on it alone."""
    return torch.softmax(z, -1) if z.ndim else torch.ones_like(z)


@misconception("sigmoid", hint="Between which two values does the logistic function lie, and what is it at 0?")
def tanh_for_sigmoid(z):
    """tanh has the same shape, but runs from -1 to 1."""
    return torch.tanh(z)


@misconception("sigmoid", hint="A probability may be anything between 0 and 1. What is it at z = 0.1?")
def threshold_for_sigmoid(z):
    """Answers 1 for positive z and 0 else: a decision, not a probability."""
    return (z > 0).to(z.dtype)


@misconception("sigmoid", hint="Compare the value with the slope at z = 0.")
def slope_for_value(z):
    """s * (1 - s) is the derivative of the sigmoid, not its value."""
    s = torch.sigmoid(z)
    return s * (1 - s)


@misconception("sigmoid", hint="How far from the true value is the function at the place where you cut z off?")
def cut_off_at_ten(z):
    """Limits z to -10 … 10 against overflow. There the function is still 0.00005 away from 0 and 1."""
    return 1 / (1 + torch.exp(-z.clamp(-10, 10)))


@misconception("sigmoid", hint="How small a difference from 1 can float64 tell?")
def cut_off_at_twenty(z):
    """Limits z to -20 … 20. There float32 can't tell the function from 0 and 1, but float64 can."""
    return 1 / (1 + torch.exp(-z.clamp(-20, 20)))


@misconception("sigmoid", hint="What does Python's own exp do with a number that is too large for a float?")
def python_exp_overflows(z):
    """`math.exp` raises an OverflowError from about 710 on, where `torch.exp` gives infinity."""
    flat = [1 / (1 + math.exp(-v)) for v in z.reshape(-1).tolist()]
    return torch.tensor(flat, dtype=z.dtype).reshape(z.shape)


@misconception("sigmoid", hint="What does the caller's z hold after the call?")
def in_place_on_the_input(z):
    """Works in place on z, so the caller's tensor is overwritten by the result."""
    return z.neg_().exp_().add_(1).reciprocal_()


@misconception("sigmoid", hint="Which dtype do numbers have that went through a list of Python floats?")
def always_float32(z):
    """Gives float32 even where z is float64, as `float()` does, or a new tensor of which no dtype was named."""
    return torch.sigmoid(z.to(torch.float32))


@misconception("sigmoid", hint="May every tensor be viewed in another shape?")
def views_as_a_line(z):
    """`view(-1)` raises where the elements of z don't lie next to each other in memory."""
    line = z.view(-1)
    return (1 / (1 + torch.exp(-line))).view(z.shape)


# --- TwoLayerNetwork --------------------------------------------------------------------------------------------


@misconception("TwoLayerNetwork", hint="Does what `forward` computes depend on the mode, and is that asked for?")
class softmax_in_evaluation_mode(nn.Module):
    """Adds a softmax in evaluation mode, where the map is then no longer affine."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.first = nn.Linear(d_in, d_hidden)
        self.second = nn.Linear(d_hidden, d_out)

    def forward(self, x):
        out = self.second(self.first(x))
        return out if self.training else torch.softmax(out, -1)


@misconception("TwoLayerNetwork", hint="Which parameters get a gradient from the answer?")
class cut_between_the_layers(nn.Module):
    """Detaches what comes out of the first layer, so no gradient reaches it and it never learns."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.first = nn.Linear(d_in, d_hidden)
        self.second = nn.Linear(d_hidden, d_out)

    def forward(self, x):
        return self.second(self.first(x).detach())


@misconception("TwoLayerNetwork", hint="What does the text say stands between the two layers?")
class relu_in_between(nn.Module):
    """A ReLU between the layers. It bends the map, which was to be affine."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.layer_1 = nn.Linear(d_in, d_hidden)
        self.layer_2 = nn.Linear(d_hidden, d_out)

    def forward(self, x):
        return self.layer_2(torch.relu(self.layer_1(x)))


@misconception("TwoLayerNetwork", hint="Which values can come out of the last thing that forward does?")
class relu_at_the_end(nn.Module):
    """A ReLU after the second layer, so no output can be negative."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.layer_1 = nn.Linear(d_in, d_hidden)
        self.layer_2 = nn.Linear(d_hidden, d_out)

    def forward(self, x):
        return torch.relu(self.layer_2(self.layer_1(x)))


@misconception("TwoLayerNetwork", hint="Which values can come out of the last thing that forward does?")
class sigmoid_at_the_end(nn.Module):
    """A sigmoid after the second layer, so all outputs lie between 0 and 1."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.network = nn.Sequential(nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out), nn.Sigmoid())

    def forward(self, x):
        return self.network(x)


@misconception("TwoLayerNetwork", hint="What does `parameters()` of your network list?")
class layers_in_a_list(nn.Module):
    """Keeps the layers in a plain list or dict. `forward` finds them there, `parameters()` and the optimizer don't."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.layers = [nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


@misconception("TwoLayerNetwork", hint="What makes a tensor a parameter of a module? Is requires_grad enough?")
class plain_tensors_for_parameters(nn.Module):
    """Keeps weights and biases as plain tensors. They require a gradient, but no optimizer gets to know them."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.w1 = torch.randn(d_in, d_hidden, requires_grad=True)
        self.b1 = torch.zeros(d_hidden, requires_grad=True)
        self.w2 = torch.randn(d_hidden, d_out, requires_grad=True)
        self.b2 = torch.zeros(d_out, requires_grad=True)

    def forward(self, x):
        return (x @ self.w1 + self.b1) @ self.w2 + self.b2


@misconception("TwoLayerNetwork", hint="What has to run before a module can register anything?")
class base_class_not_initialised(nn.Module):
    """Assigns layers before `super().__init__()` has prepared the module for them, so making the network raises."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        self.layer_1 = nn.Linear(d_in, d_hidden)
        self.layer_2 = nn.Linear(d_hidden, d_out)

    def forward(self, x):
        return self.layer_2(self.layer_1(x))


@misconception("TwoLayerNetwork", hint="Which method does calling a module run? Compare its name letter by letter.")
class forward_misspelt(nn.Module):
    """The method has another name than `forward`, so calling the network finds nothing to run."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.layer_1 = nn.Linear(d_in, d_hidden)
        self.layer_2 = nn.Linear(d_hidden, d_out)

    def foward(self, x):
        return self.layer_2(self.layer_1(x))


@misconception("TwoLayerNetwork", hint="What does each of the layers answer to a row of zeros?")
class layers_without_bias(nn.Module):
    """The layers have no bias, so a row of zeros always gives zeros."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.layer_1 = nn.Linear(d_in, d_hidden, bias=False)
        self.layer_2 = nn.Linear(d_hidden, d_out, bias=False)

    def forward(self, x):
        return self.layer_2(self.layer_1(x))


@misconception("TwoLayerNetwork", hint="Where is d_hidden used?")
class a_single_layer(nn.Module):
    """One layer from d_in to d_out. It can do more than two layers with a narrow middle, and d_hidden is ignored."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.layer = nn.Linear(d_in, d_out)

    def forward(self, x):
        return self.layer(x)


@misconception("TwoLayerNetwork", hint="Which of the sizes does each layer get, and does it get those of this network?")
class sizes_of_the_example(nn.Module):
    """The layers always have the sizes 3, 2 and 5, whatever the arguments say."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.layer_1 = nn.Linear(3, 2)
        self.layer_2 = nn.Linear(2, 5)

    def forward(self, x):
        return self.layer_2(self.layer_1(x))


@misconception("TwoLayerNetwork", hint="On what does the second layer work?")
class hidden_layer_returned(nn.Module):
    """Computes the second layer but returns what the first one gave."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.layer_1 = nn.Linear(d_in, d_hidden)
        self.layer_2 = nn.Linear(d_hidden, d_out)

    def forward(self, x):
        x = self.layer_1(x)
        self.layer_2(x)
        return x


@misconception("TwoLayerNetwork", hint="How many layers do the numbers pass on their way?")
class a_layer_too_many(nn.Module):
    """Three layers: one in, one from the middle to the middle, one out."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.layer_in = nn.Linear(d_in, d_hidden)
        self.layer_hidden = nn.Linear(d_hidden, d_hidden)
        self.layer_out = nn.Linear(d_hidden, d_out)

    def forward(self, x):
        return self.layer_out(self.layer_hidden(self.layer_in(x)))


# --- MultilayerPerceptron ---------------------------------------------------------------------------------------


@misconception("MultilayerPerceptron", hint="Does what `forward` computes depend on the mode, and is that asked for?")
class sigmoid_in_training_only(nn.Module):
    """Leaves the sigmoid out in evaluation mode, where the answers are then not kept between 0 and 1."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden = nn.Linear(input_size, hidden_size)
        self.output = nn.Linear(hidden_size, input_size)

    def forward(self, x):
        out = self.output(torch.relu(self.hidden(x)))
        return torch.sigmoid(out) if self.training else out


@misconception("MultilayerPerceptron", hint="What is the largest number that ReLU gives?")
class hidden_units_stop_at_six(nn.Module):
    """Uses ReLU6, which also cuts off what is larger than 6."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.first = nn.Linear(input_size, hidden_size)
        self.second = nn.Linear(hidden_size, input_size)

    def forward(self, x):
        return torch.sigmoid(self.second(nn.functional.relu6(self.first(x))))


@misconception("MultilayerPerceptron", hint="Name the four things that the text lists, and find each of them in forward.")
class no_relu(nn.Module):
    """Nothing between the two layers, so together they are one affine map."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(input_size, hidden_size), nn.Linear(hidden_size, input_size), nn.Sigmoid())

    def forward(self, x):
        return self.layers(x)


@misconception("MultilayerPerceptron", hint="Name the four things that the text lists, and find each of them in forward.")
class no_sigmoid(nn.Module):
    """Ends with the second layer, so the answers are not kept between 0 and 1."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(input_size, hidden_size), nn.ReLU(), nn.Linear(hidden_size, input_size))

    def forward(self, x):
        return self.layers(x)


@misconception("MultilayerPerceptron", hint="Which activation stands where?")
class activations_swapped(nn.Module):
    """Sigmoid in the middle and ReLU at the end: the other way round."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden = nn.Linear(input_size, hidden_size)
        self.output = nn.Linear(hidden_size, input_size)

    def forward(self, x):
        return torch.relu(self.output(torch.sigmoid(self.hidden(x))))


@misconception("MultilayerPerceptron", hint="Which activation stands in the middle?")
class sigmoid_twice(nn.Module):
    """Sigmoid after both layers, where the first one should have a ReLU."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden = nn.Linear(input_size, hidden_size)
        self.output = nn.Linear(hidden_size, input_size)

    def forward(self, x):
        return torch.sigmoid(self.output(torch.sigmoid(self.hidden(x))))


@misconception("MultilayerPerceptron", hint="Which layer draws its random numbers first?")
class output_layer_created_first(nn.Module):
    """Creates the second layer before the first, so the same seed gives both of them other numbers."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.output = nn.Linear(hidden_size, input_size)
        self.hidden = nn.Linear(input_size, hidden_size)

    def forward(self, x):
        return torch.sigmoid(self.output(torch.relu(self.hidden(x))))


@misconception("MultilayerPerceptron", hint="How many numbers a row come out?")
class one_output(nn.Module):
    """The second layer leads to a single number a row, not back to input_size of them."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden = nn.Linear(input_size, hidden_size)
        self.output = nn.Linear(hidden_size, 1)

    def forward(self, x):
        return torch.sigmoid(self.output(torch.relu(self.hidden(x))))


@misconception("MultilayerPerceptron", hint="How does `nn.Linear` choose its first numbers if nobody interferes?")
class weights_drawn_normal(nn.Module):
    """Replaces the weights by normal random numbers, where the layers were to start as `nn.Linear` does."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden = nn.Linear(input_size, hidden_size)
        self.output = nn.Linear(hidden_size, input_size)
        nn.init.normal_(self.hidden.weight)
        nn.init.normal_(self.output.weight)

    def forward(self, x):
        return torch.sigmoid(self.output(torch.relu(self.hidden(x))))


@misconception("MultilayerPerceptron", hint="What does `parameters()` of your network list?")
class layers_in_a_dict(nn.Module):
    """Keeps the layers in a plain dict or list, where no optimizer finds them."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.layers = {"hidden": nn.Linear(input_size, hidden_size), "output": nn.Linear(hidden_size, input_size)}

    def forward(self, x):
        hidden = torch.relu(self.layers["hidden"](x))
        return torch.sigmoid(self.layers["output"](hidden))


@misconception("MultilayerPerceptron", hint="Which parameters hear of the loss, when part of the way records nothing?")
class hidden_layer_detached(nn.Module):
    """The first layer never learns: its values are taken out of the graph, or its parameters are frozen."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden = nn.Linear(input_size, hidden_size)
        self.output = nn.Linear(hidden_size, input_size)

    def forward(self, x):
        hidden = torch.relu(self.hidden(x)).detach()
        return torch.sigmoid(self.output(hidden))


@misconception("MultilayerPerceptron", hint="When are the layers made: once, or for every question?")
class new_layers_in_forward(nn.Module):
    """Makes the layers anew in each call, so nothing that it learns can last, and there is nothing to train."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.sizes = input_size, hidden_size

    def forward(self, x):
        hidden = torch.relu(nn.Linear(*self.sizes)(x))
        return torch.sigmoid(nn.Linear(*reversed(self.sizes))(hidden))


@misconception("MultilayerPerceptron", hint="What does an in-place ReLU overwrite?")
class relu_on_the_input(nn.Module):
    """Applies the ReLU, in place, to the input instead of to the first layer's output."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden = nn.Linear(input_size, hidden_size)
        self.output = nn.Linear(hidden_size, input_size)

    def forward(self, x):
        return torch.sigmoid(self.output(self.hidden(torch.relu_(x))))


# --- count_parameters -------------------------------------------------------------------------------------------


@misconception("count_parameters", hint="How many numbers does a weight of shape (2, 3) hold?")
def counts_tensors(module):
    """Counts the parameters as tensors: a layer with a weight and a bias gives 2."""
    return len(list(module.parameters()))


@misconception("count_parameters", hint="Which of the parameters may training change?")
def counts_frozen_ones(module):
    """Counts all parameters, also those that are frozen."""
    return sum(p.numel() for p in module.parameters())


@misconception("count_parameters", hint="What else can be trained, besides the weights?")
def counts_weights_only(module):
    """Counts what has "weight" in its name, so the biases are missing."""
    return sum(p.numel() for name, p in module.named_parameters() if "weight" in name and p.requires_grad)


@misconception("count_parameters", hint="Is everything in a state_dict trained?")
def counts_the_state_dict(module):
    """Counts the entries of the state_dict. It also holds buffers and frozen parameters, and shared ones twice."""
    return sum(value.numel() for value in module.state_dict().values())


@misconception("count_parameters", hint="What is `len` of a tensor with more than one dimension, and of one with none?")
def first_dimension_only(module):
    """`len` of a tensor is the size of its first dimension, not the number of its elements."""
    return sum(len(p) for p in module.parameters() if p.requires_grad)


@misconception("count_parameters", hint="Which attribute of a tensor counts all its elements, of whatever shape?")
def first_entry_of_shape(module):
    """`shape[0]` is the size of the first dimension only, and a single number has no such dimension."""
    return sum(p.shape[0] for p in module.parameters() if p.requires_grad)


@misconception("count_parameters", hint="How many dimensions does a bias have?")
def rows_times_columns(module):
    """Takes every parameter for a matrix. A bias has one dimension only, so it raises."""
    return sum(p.shape[0] * p.shape[1] for p in module.parameters() if p.requires_grad)


@misconception("count_parameters", hint="What is inside the modules that are inside the module?")
def direct_children_only(module):
    """Looks into the direct children only, and misses what lies deeper and what belongs to the module itself."""
    return sum(
        p.numel() for child in module.children() for p in child.parameters(recurse=False) if p.requires_grad
    )


@misconception("count_parameters", hint="Are there modules with trained numbers that are not `nn.Linear`?")
def linear_layers_only(module):
    """Adds up the `nn.Linear` layers it finds, and misses the parameters of any other kind of module."""
    total = 0
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            total += sum(p.numel() for p in layer.parameters() if p.requires_grad)
    return total


@misconception("count_parameters", hint="What does an `nn.Linear` count, which has no modules inside?")
def only_those_of_the_children(module):
    """Adds up what the modules inside hold: parameters that the module itself has are left out."""
    inside = {p for child in module.children() for p in child.parameters()}
    return sum(p.numel() for p in inside if p.requires_grad)


@misconception("count_parameters", hint="How often is a tensor there that is used in two places?")
def shared_ones_twice(module):
    """Goes through the modules one by one, so a tensor that two of them share is counted twice."""
    total = 0
    for part in module.modules():
        for p in part.parameters(recurse=False):
            if p.requires_grad:
                total += p.numel()
    return total


@misconception("count_parameters", hint="What type does a sum of tensors have?")
def a_tensor_for_a_count(module):
    """Gives a tensor that holds the count, not an int."""
    return torch.tensor([p.numel() for p in module.parameters() if p.requires_grad], dtype=torch.int64).sum()


# --- train_step -------------------------------------------------------------------------------------------------


@misconception("train_step", hint="What does `backward` do with the gradients that are already there?")
def never_resets(model, x, y, loss_fn, optimizer):
    """Resets no gradients. `backward` adds to them, so each step also follows those of all earlier steps."""
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


@misconception("train_step", hint="Is there a step, and what does it find in the gradients when its turn comes?")
def nothing_moves(model, x, y, loss_fn, optimizer):
    """Moves no parameter: there is no `step`, or it finds no gradients, as `backward` is missing, too early or leads nowhere."""
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


@misconception("train_step", hint="Who has reset the gradients before your first `backward`?")
def resets_afterwards_only(model, x, y, loss_fn, optimizer):
    """Resets after the step only. The first step still follows gradients that were there before the call."""
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


@misconception("train_step", hint="Of which moment are the gradients that the optimizer uses?")
def steps_before_backward(model, x, y, loss_fn, optimizer):
    """Calls `step` before `backward`, so each step follows the gradients from the round before."""
    loss = loss_fn(model(x), y)
    optimizer.step()
    optimizer.zero_grad()
    loss.backward()
    return loss.item()


@misconception("train_step", hint="Which state of the model does the returned loss belong to?")
def loss_after_the_step(model, x, y, loss_fn, optimizer):
    """Computes the loss again after the update and returns that one."""
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    optimizer.step()
    return loss_fn(model(x), y).item()


@misconception("train_step", hint="What type is asked for, and what does a loss carry along as a tensor?")
def returns_the_tensor(model, x, y, loss_fn, optimizer):
    """Returns the loss as a tensor, not as a float. Unless it is detached, it keeps its whole graph alive."""
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    return loss


@misconception("train_step", hint="Whose learning rate should the step have?")
def a_rate_of_its_own(model, x, y, loss_fn, optimizer):
    """Moves the parameters at a rate of its own, and leaves the optimizer that was given unused."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


@misconception("train_step", hint="Over what has `loss_fn` already averaged?")
def loss_times_rows(model, x, y, loss_fn, optimizer):
    """Multiplies the reported loss by the number of rows, as if a sum had been asked for."""
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item() * len(x)


@misconception("train_step", hint="How many updates are made in one step?")
def a_step_for_every_row(model, x, y, loss_fn, optimizer):
    """Updates after each row on its own, so there are as many steps as rows instead of one."""
    losses = []
    for i in range(len(x)):
        optimizer.zero_grad()
        loss = loss_fn(model(x[i : i + 1]), y[i : i + 1])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


@misconception("train_step", hint="Can you differentiate what was computed under `no_grad`?")
def predicts_without_a_graph(model, x, y, loss_fn, optimizer):
    """Predicts under `no_grad`, so there is nothing that `backward` could go back through."""
    optimizer.zero_grad()
    with torch.no_grad():
        prediction = model(x)
    loss = loss_fn(prediction, y)
    loss.backward()
    optimizer.step()
    return loss.item()


@misconception("train_step", hint="Does `backward` start at the loss itself, and does a graph lead from there to the parameters?")
def backward_reaches_nothing(model, x, y, loss_fn, optimizer):
    """`backward` is missing, or starts at a tensor without a way back to the parameters, such as the loss wrapped anew.

    Nothing moves, unless gradients from before are still there.
    """
    loss = torch.tensor(loss_fn(model(x), y).item(), requires_grad=True)
    loss.backward()
    optimizer.step()
    return loss.item()


@misconception("train_step", hint="In which mode is a model trained?")
def trains_in_evaluation_mode(model, x, y, loss_fn, optimizer):
    """Switches the model to evaluation mode before it trains it."""
    model.eval()
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


@misconception("train_step", hint="Who decides which loss is made smaller?")
def always_squared_errors(model, x, y, loss_fn, optimizer):
    """Always uses the mean squared error, whatever loss function was given."""
    optimizer.zero_grad()
    loss = F.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


# --- train ------------------------------------------------------------------------------------------------------


@misconception("train", hint="How many losses are asked for, whatever they are?")
def stops_when_the_loss_rises(model, x, y, loss_fn, optimizer, num_epochs):
    """Stops as soon as a loss is larger than the one before, so there are fewer than num_epochs of them."""
    losses = []
    for _ in range(num_epochs):
        losses.append(train_step(model, x, y, loss_fn, optimizer))
        if len(losses) > 1 and losses[-1] > losses[-2]:
            break
    return losses


@misconception("train", hint="How many losses are asked for, whatever they are?")
def stops_when_nothing_improves(model, x, y, loss_fn, optimizer, num_epochs):
    """Stops early once the loss is small, or no longer falls, so there are fewer than num_epochs losses."""
    losses = []
    for _ in range(num_epochs):
        losses.append(train_step(model, x, y, loss_fn, optimizer))
        if losses[-1] < 1e-6:
            break
    return losses


@misconception("train", hint="Which loss function were you given?")
def squared_errors_every_epoch(model, x, y, loss_fn, optimizer, num_epochs):
    """Always uses the mean squared error, whatever loss function was given."""
    return [train_step(model, x, y, nn.MSELoss(), optimizer) for _ in range(num_epochs)]


@misconception("train", hint="In which mode is the model in the second epoch?")
def trains_on_in_evaluation_mode(model, x, y, loss_fn, optimizer, num_epochs):
    """Switches to evaluation mode after each epoch and never back, so only the first one trains as it should."""
    losses = []
    for _ in range(num_epochs):
        losses.append(train_step(model, x, y, loss_fn, optimizer))
        model.eval()
    return losses


@misconception("train", hint="Count the updates for num_epochs = 1.")
def one_epoch_short(model, x, y, loss_fn, optimizer, num_epochs):
    """Starts counting at 1, so there is one epoch too few."""
    losses = []
    for _ in range(1, num_epochs):
        losses.append(train_step(model, x, y, loss_fn, optimizer))
    return losses


@misconception("train", hint="Count the updates for num_epochs = 1.")
def one_epoch_more(model, x, y, loss_fn, optimizer, num_epochs):
    """Runs from 0 to num_epochs, both included: one epoch too many."""
    losses = []
    for _ in range(num_epochs + 1):
        losses.append(train_step(model, x, y, loss_fn, optimizer))
    return losses


@misconception("train", hint="When does the model have to predict again?")
def predicts_once(model, x, y, loss_fn, optimizer, num_epochs):
    """Predicts once, before the loop. The second `backward` finds that graph used up and raises."""
    losses = []
    prediction = model(x)
    for _ in range(num_epochs):
        loss = loss_fn(prediction, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception("train", hint="Of which state of the model is the prediction that the loop uses?")
def keeps_a_stale_graph(model, x, y, loss_fn, optimizer, num_epochs):
    """Predicts once and keeps the graph with `retain_graph=True`, so every epoch repeats the first one's gradient."""
    losses = []
    prediction = model(x)
    loss = loss_fn(prediction, y)
    for _ in range(num_epochs):
        optimizer.zero_grad()
        loss.backward(retain_graph=True)
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception("train", hint="What does `backward` do with the gradients of the epoch before?")
def never_resets_between_epochs(model, x, y, loss_fn, optimizer, num_epochs):
    """Doesn't reset the gradients between epochs, so each epoch also follows those of all epochs before."""
    losses = []
    for _ in range(num_epochs):
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception("train", hint="Which state of the model does each loss belong to?")
def losses_after_the_updates(model, x, y, loss_fn, optimizer, num_epochs):
    """Notes each epoch's loss after its update instead of before it."""
    losses = []
    for _ in range(num_epochs):
        train_step(model, x, y, loss_fn, optimizer)
        losses.append(loss_fn(model(x), y).item())
    return losses


@misconception("train", hint="At which indentation does the return stand?")
def returns_after_one_epoch(model, x, y, loss_fn, optimizer, num_epochs):
    """The return stands inside the loop, so training ends with the first epoch."""
    losses = []
    for _ in range(num_epochs):
        losses.append(train_step(model, x, y, loss_fn, optimizer))
        return losses
    return losses


@misconception("train", hint="How many losses are asked for?")
def last_loss_only(model, x, y, loss_fn, optimizer, num_epochs):
    """Returns the last epoch's loss, not the list of all of them."""
    loss = 0.0
    for _ in range(num_epochs):
        loss = train_step(model, x, y, loss_fn, optimizer)
    return loss


@misconception("train", hint="What type do the entries of the list have?")
def a_list_of_tensors(model, x, y, loss_fn, optimizer, num_epochs):
    """Collects the losses as tensors, not floats. Unless they are detached, each keeps its graph."""
    losses = []
    for _ in range(num_epochs):
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return losses


@misconception("train", hint="Does an entry of the list belong to one epoch, or to all so far?")
def running_average(model, x, y, loss_fn, optimizer, num_epochs):
    """Notes the average of all losses so far, not the loss of the epoch."""
    losses, total = [], 0.0
    for epoch in range(num_epochs):
        total += train_step(model, x, y, loss_fn, optimizer)
        losses.append(total / (epoch + 1))
    return losses


@misconception("train", hint="Which optimizer was chosen, and what does it have to remember from epoch to epoch?")
def plain_descent_instead(model, x, y, loss_fn, optimizer, num_epochs):
    """Makes an SGD of its own with the given rate: right for plain descent, but not for momentum or Adam."""
    optimizer = torch.optim.SGD(model.parameters(), lr=optimizer.param_groups[0]["lr"])
    losses = []
    for _ in range(num_epochs):
        losses.append(train_step(model, x, y, loss_fn, optimizer))
    return losses


@misconception("train", hint="Is there a step, and what does it find in the gradients when its turn comes?")
def nothing_ever_moves(model, x, y, loss_fn, optimizer, num_epochs):
    """Moves no parameter: there is no `step`, or it finds no gradients, as `backward` is missing, too early or leads nowhere."""
    losses = []
    for _ in range(num_epochs):
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


# --- train_minibatches ------------------------------------------------------------------------------------------


@misconception("train_minibatches", hint="How much should an example in a small last batch weigh, against one in a full batch?")
def mean_of_batch_means(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Averages the batch losses. A smaller last batch then weighs as much as a full one."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        batch_losses = []
        for rows in torch.randperm(len(x)).split(batch_size):
            batch_losses.append(train_step(model, x[rows], y[rows], loss_fn, optimizer))
        losses.append(sum(batch_losses) / len(batch_losses))
    return losses


@misconception("train_minibatches", hint="How many examples does the last batch have?")
def every_batch_counted_as_full(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Weighs every batch by batch_size, also a last one with fewer examples."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        total = 0.0
        for rows in torch.randperm(len(x)).split(batch_size):
            total += train_step(model, x[rows], y[rows], loss_fn, optimizer) * batch_size
        losses.append(total / len(x))
    return losses


@misconception("train_minibatches", hint="After shuffling, does row i of x still belong to row i of y?")
def shuffles_x_only(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Shuffles x but not y, so the examples learn each other's targets."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        shuffled = x[torch.randperm(len(x))]
        total = 0.0
        for i in range(0, len(x), batch_size):
            xb, yb = shuffled[i : i + batch_size], y[i : i + batch_size]
            total += train_step(model, xb, yb, loss_fn, optimizer) * len(xb)
        losses.append(total / len(x))
    return losses


@misconception("train_minibatches", hint="Which examples does an epoch never see when batch_size doesn't divide n?")
def drops_the_last_batch(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Counts full batches only, so the examples that are left over are never used."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        order = torch.randperm(len(x))
        total, seen = 0.0, 0
        for i in range(len(x) // batch_size):
            rows = order[i * batch_size : (i + 1) * batch_size]
            total += train_step(model, x[rows], y[rows], loss_fn, optimizer) * len(rows)
            seen += len(rows)
        losses.append(total / max(seen, 1))
    return losses


@misconception("train_minibatches", hint="What does the generator give when it is seeded again with the same number?")
def seeds_every_epoch(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Every epoch goes through the data in the same order: seeded in the loop, or one permutation for all."""
    losses = []
    for _ in range(num_epochs):
        torch.manual_seed(seed)
        total = 0.0
        for rows in torch.randperm(len(x)).split(batch_size):
            total += train_step(model, x[rows], y[rows], loss_fn, optimizer) * len(rows)
        losses.append(total / len(x))
    return losses


@misconception("train_minibatches", hint="What is the seed for?")
def never_seeds(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Doesn't use the seed, so the order depends on whatever was drawn before."""
    losses = []
    for _ in range(num_epochs):
        total = 0.0
        for rows in torch.randperm(len(x)).split(batch_size):
            total += train_step(model, x[rows], y[rows], loss_fn, optimizer) * len(rows)
        losses.append(total / len(x))
    return losses


@misconception("train_minibatches", hint="In which order do the examples come, and what has the seed to do with it?")
def never_shuffles(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Goes through the data in the order in which they stand there."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        total = 0.0
        for i in range(0, len(x), batch_size):
            xb, yb = x[i : i + batch_size], y[i : i + batch_size]
            total += train_step(model, xb, yb, loss_fn, optimizer) * len(xb)
        losses.append(total / len(x))
    return losses


@misconception("train_minibatches", hint="After the first epoch, what is permuted: the data as given, or as shuffled before?")
def shuffles_the_shuffled(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Keeps the shuffled data, so each epoch's permutation is applied on top of the ones before."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        order = torch.randperm(len(x))
        x, y = x[order], y[order]
        total = 0.0
        for i in range(0, len(x), batch_size):
            xb, yb = x[i : i + batch_size], y[i : i + batch_size]
            total += train_step(model, xb, yb, loss_fn, optimizer) * len(xb)
        losses.append(total / len(x))
    return losses


@misconception("train_minibatches", hint="Over what does `torch.randperm` have to run so that every example comes exactly once?")
def draws_with_replacement(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Draws row numbers independently, so some examples come twice in an epoch and others not at all."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        total = 0.0
        for rows in torch.randint(len(x), (len(x),)).split(batch_size):
            total += train_step(model, x[rows], y[rows], loss_fn, optimizer) * len(rows)
        losses.append(total / len(x))
    return losses


@misconception("train_minibatches", hint="Which generator does `torch.manual_seed` seed?")
def shuffles_with_random(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Shuffles with Python's `random`, which has a generator of its own and gives another order."""
    random.seed(seed)
    losses = []
    for _ in range(num_epochs):
        order = list(range(len(x)))
        random.shuffle(order)
        total = 0.0
        for i in range(0, len(x), batch_size):
            rows = order[i : i + batch_size]
            total += train_step(model, x[rows], y[rows], loss_fn, optimizer) * len(rows)
        losses.append(total / len(x))
    return losses


@misconception("train_minibatches", hint="Where does a DataLoader take its order from, and which one does the text name?")
def order_of_a_data_loader(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Lets a DataLoader shuffle. It draws more numbers than one permutation an epoch, so its order is another one."""
    torch.manual_seed(seed)
    data = torch.utils.data.TensorDataset(x, y)
    loader = torch.utils.data.DataLoader(data, batch_size=batch_size, shuffle=True)
    losses = []
    for _ in range(num_epochs):
        total = 0.0
        for xb, yb in loader:
            total += train_step(model, xb, yb, loss_fn, optimizer) * len(xb)
        losses.append(total / len(x))
    return losses


@misconception("train_minibatches", hint="When is the loss of each mini-batch to be taken?")
def loss_at_the_end_of_the_epoch(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Reports the loss on all the data after the epoch, not the mean of the losses on the way."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in torch.randperm(len(x)).split(batch_size):
            train_step(model, x[rows], y[rows], loss_fn, optimizer)
        losses.append(loss_fn(model(x), y).item())
    return losses


@misconception("train_minibatches", hint="Which of an epoch's batches does the reported loss speak of?")
def loss_of_the_last_batch(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Reports the loss of the epoch's last batch alone."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        for rows in torch.randperm(len(x)).split(batch_size):
            loss = train_step(model, x[rows], y[rows], loss_fn, optimizer)
        losses.append(loss)
    return losses


@misconception("train_minibatches", hint="Is the loss of an epoch a sum, or a mean?")
def sum_over_the_examples(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Adds up the examples' losses and never divides by how many there are."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        total = 0.0
        for rows in torch.randperm(len(x)).split(batch_size):
            total += train_step(model, x[rows], y[rows], loss_fn, optimizer) * len(rows)
        losses.append(total)
    return losses


@misconception("train_minibatches", hint="How many updates does an epoch of three batches have?")
def one_step_an_epoch(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Gathers the gradients of all batches and takes a single step at the end of the epoch."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        optimizer.zero_grad()
        total = 0.0
        for rows in torch.randperm(len(x)).split(batch_size):
            loss = loss_fn(model(x[rows]), y[rows])
            loss.backward()
            total += loss.item() * len(rows)
        optimizer.step()
        losses.append(total / len(x))
    return losses


@misconception("train_minibatches", hint="How often do the gradients have to be reset: once an epoch, or once a step?")
def resets_once_an_epoch(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Resets the gradients at the beginning of the epoch only, so its batches' gradients pile up."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        optimizer.zero_grad()
        total = 0.0
        for rows in torch.randperm(len(x)).split(batch_size):
            loss = loss_fn(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(x))
    return losses


@misconception("train_minibatches", hint="How many losses are asked for, whatever they are?")
def stops_epochs_early(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Stops early once the loss is small, or no longer falls, so there are fewer than num_epochs losses."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        total = 0.0
        for rows in torch.randperm(len(x)).split(batch_size):
            total += train_step(model, x[rows], y[rows], loss_fn, optimizer) * len(rows)
        losses.append(total / len(x))
        if losses[-1] < 1e-6:
            break
    return losses


@misconception("train_minibatches", hint="Which loss function were you given?")
def squared_errors_in_every_batch(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Always uses the mean squared error, whatever loss function was given."""
    return train_minibatches(model, x, y, nn.MSELoss(), optimizer, num_epochs, batch_size, seed)


@misconception("train_minibatches", hint="Is there a step, and what does it find in the gradients when its turn comes?")
def no_batch_moves_anything(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Moves no parameter: there is no `step`, or it finds no gradients, as `backward` is missing, too early or leads nowhere."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        total = 0.0
        for rows in torch.randperm(len(x)).split(batch_size):
            loss = loss_fn(model(x[rows]), y[rows])
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(x))
    return losses


@misconception("train_minibatches", hint="What does `backward` do with the gradients that are already there?")
def never_resets_in_minibatches(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Resets no gradients from batch to batch, so each step also follows those of all before, in earlier epochs too."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        total = 0.0
        for rows in torch.randperm(len(x)).split(batch_size):
            loss = loss_fn(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(x))
    return losses


@misconception("train_minibatches", hint="Is batch_size the number of batches, or the number of examples in one?")
def batch_size_as_number_of_batches(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Cuts the data into batch_size pieces instead of into pieces of batch_size examples."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        total = 0.0
        for rows in torch.randperm(len(x)).chunk(batch_size):
            total += train_step(model, x[rows], y[rows], loss_fn, optimizer) * len(rows)
        losses.append(total / len(x))
    return losses


# --- evaluate ---------------------------------------------------------------------------------------------------


@misconception("evaluate", hint="What if your caller had switched gradients off, too?")
def switches_gradients_on_afterwards(model, x, y, loss_fn):
    """Switches gradients off and then on, also where they were off before; `with torch.no_grad()` puts back what was."""
    was = [(module, module.training) for module in model.modules()]
    model.eval()
    torch.set_grad_enabled(False)
    loss = loss_fn(model(x), y).item()
    torch.set_grad_enabled(True)
    for module, training in was:
        module.training = training
    return loss


@misconception("evaluate", hint="Does every module behave in training as it does in use?")
def stays_in_training_mode(model, x, y, loss_fn):
    """Never switches to evaluation mode, so dropout and normalisation behave as in training."""
    with torch.no_grad():
        return loss_fn(model(x), y).item()


@misconception("evaluate", hint="In which mode does the caller get the model back?")
def leaves_evaluation_mode_on(model, x, y, loss_fn):
    """Switches to evaluation mode and leaves the model there."""
    model.eval()
    with torch.no_grad():
        return loss_fn(model(x), y).item()


@misconception("evaluate", hint="Was the model in training mode at all before?")
def always_back_to_training(model, x, y, loss_fn):
    """Puts the model into training mode afterwards, also where it was not in it before."""
    model.eval()
    with torch.no_grad():
        loss = loss_fn(model(x), y).item()
    model.train()
    return loss


@misconception("evaluate", hint="Which modules does `train(mode)` set besides the one it is called on?")
def one_flag_for_all(model, x, y, loss_fn):
    """Gives the flag of the outermost module to all the others as well, which is what `train(flag)` does."""
    was_training = model.training
    model.eval()
    with torch.no_grad():
        loss = loss_fn(model(x), y).item()
    model.train(was_training)
    return loss


@misconception("evaluate", hint="Who tells the modules inside the model that the mode has changed?")
def outermost_flag_only(model, x, y, loss_fn):
    """Sets the flag of the outermost module by hand, so the modules inside it stay as they were."""
    was_training = model.training
    model.training = False
    with torch.no_grad():
        loss = loss_fn(model(x), y).item()
    model.training = was_training
    return loss


@misconception("evaluate", hint="What does the prediction remember if nobody says that no gradient is needed?")
def graph_built_in_vain(model, x, y, loss_fn):
    """Predicts outside of `no_grad`, so a whole graph is built and thrown away."""
    flags = [(m, m.training) for m in model.modules()]
    model.eval()
    loss = loss_fn(model(x), y).item()
    for m, flag in flags:
        m.training = flag
    return loss


@misconception("evaluate", hint="Whose gradients were there before the call?")
def resets_the_gradients(model, x, y, loss_fn):
    """Resets the gradients, out of habit. The caller's are gone."""
    flags = [(m, m.training) for m in model.modules()]
    model.zero_grad()
    model.eval()
    with torch.no_grad():
        loss = loss_fn(model(x), y).item()
    for m, flag in flags:
        m.training = flag
    return loss


@misconception("evaluate", hint="Is there anything to learn from when a model is only looked at?")
def goes_backward_too(model, x, y, loss_fn):
    """Copies the training loop with its `backward`, which adds to the model's gradients."""
    flags = [(m, m.training) for m in model.modules()]
    model.eval()
    loss = loss_fn(model(x), y)
    loss.backward()
    for m, flag in flags:
        m.training = flag
    return loss.item()


@misconception("evaluate", hint="Can the parameters be trained afterwards?")
def leaves_the_model_frozen(model, x, y, loss_fn):
    """Switches requires_grad off for all parameters and never on again."""
    flags = [(m, m.training) for m in model.modules()]
    model.eval()
    for p in model.parameters():
        p.requires_grad = False
    loss = loss_fn(model(x), y).item()
    for m, flag in flags:
        m.training = flag
    return loss


@misconception("evaluate", hint="What type is asked for?")
def returns_a_tensor(model, x, y, loss_fn):
    """Returns the loss as a tensor, not as a float."""
    flags = [(m, m.training) for m in model.modules()]
    model.eval()
    with torch.no_grad():
        loss = loss_fn(model(x), y)
    for m, flag in flags:
        m.training = flag
    return loss


@misconception("evaluate", hint="Is recording gradients switched on again at the end?")
def switches_gradients_off_for_good(model, x, y, loss_fn):
    """Switches gradients off for everything that follows, also for the caller's next training step."""
    flags = [(m, m.training) for m in model.modules()]
    model.eval()
    torch.set_grad_enabled(False)
    loss = loss_fn(model(x), y).item()
    for m, flag in flags:
        m.training = flag
    return loss


# --- fit_vector -------------------------------------------------------------------------------------------------


@misconception("fit_vector", hint="Of which class is the network that you return?")
def another_class(steps=2000):
    """Trains a network of two layers that is no `TwoLayerNetwork`."""
    network = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 5))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    for _ in range(steps):
        optimizer.zero_grad()
        ((network(x) - y) ** 2).mean().backward()
        optimizer.step()
    return network


@misconception("fit_vector", hint="What has changed in the network between making and returning it?")
def returned_untrained():
    """Returns the network as it was made: nothing has moved its parameters since."""
    return TwoLayerNetwork()


@misconception("fit_vector", hint="How large is the loss when you stop?")
def stops_after_ten_steps():
    """Stops after ten small steps, long before the outputs are right."""
    model = TwoLayerNetwork()
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(10):
        train_step(model, x, y, nn.MSELoss(), optimizer)
    return model


@misconception("fit_vector", hint="Print the loss of the first steps. Does it fall?")
def rate_too_large():
    """Its parameters are no numbers any more, as after steps so large that each lands farther away than it started."""
    model = TwoLayerNetwork()
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    for _ in range(200):
        train_step(model, x, y, nn.MSELoss(), optimizer)
    return model


@misconception("fit_vector", hint="Which network has the optimizer, and which one do you return?")
def another_network_returned():
    """Trains one network and returns another one, made at the end."""
    model = TwoLayerNetwork()
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(100):
        train_step(model, x, y, nn.MSELoss(), optimizer)
    return TwoLayerNetwork()


@misconception("fit_vector", hint="How often should a network be made?")
def a_new_network_every_step():
    """Makes network and optimizer inside the loop, so each step starts from nothing."""
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    for _ in range(100):
        model = TwoLayerNetwork()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        train_step(model, x, y, nn.MSELoss(), optimizer)
    return model


@misconception("fit_vector", hint="What does `backward` do with the gradients that are already there?")
def fits_without_resetting():
    """Doesn't reset the gradients between steps, so the outputs swing past their targets and back."""
    model = TwoLayerNetwork()
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    for _ in range(300):
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
    return model


@misconception("fit_vector", hint="Which object is asked for: the network, or what it says?")
def prediction_returned():
    """Returns what the trained network answers, not the network."""
    model = TwoLayerNetwork()
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(1000):
        train_step(model, x, y, nn.MSELoss(), optimizer)
    return model(x)


@misconception("fit_vector", hint="Which dtype does `torch.tensor([1, 2, 3])` have, and which one do the weights have?")
def whole_numbers_as_input():
    """Feeds integers to a layer of floats, which raises."""
    model = TwoLayerNetwork()
    x, y = torch.tensor([1, 2, 3]), torch.tensor([1, 2, 3, 4, 5])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(100):
        train_step(model, x, y, nn.MSELoss(), optimizer)
    return model


@misconception("fit_vector", hint="Of which size should the network be?")
def a_wider_network():
    """Makes the network wider than its default size."""
    model = TwoLayerNetwork(3, 16, 5)
    x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(1000):
        train_step(model, x, y, nn.MSELoss(), optimizer)
    return model


# --- fit_sequence -----------------------------------------------------------------------------------------------


def _rows(low, high, count=64):
    x = torch.randint(low, high + 1, (count, 3)).float()
    return x, torch.cat([x, x[:, 2:] + 1, x[:, 2:] + 2], dim=1)


class _Scaled(nn.Module):
    def __init__(self, layers, unit=100.0):
        super().__init__()
        self.layers, self.unit = layers, unit

    def forward(self, x):
        return self.layers(x / self.unit) * self.unit


def _fit(model, rows, steps=300, lr=0.01):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(steps):
        x, y = rows()
        train_step(model, x, y, nn.MSELoss(), optimizer)
    return model


@misconception("fit_sequence", hint="How many independent numbers are in a row, and how many fit through the middle?")
def bottleneck_of_two():
    """Uses the network of default size. Three independent numbers don't fit through its middle of two."""
    return _fit(_Scaled(TwoLayerNetwork()), lambda: _rows(-100, 100))


@misconception("fit_sequence", hint="Ask it about a row that it has not seen.")
def one_row_remembered():
    """Trains on one row only. Any network whose bias has the right value then answers it."""
    x = torch.tensor([[1.0, 2.0, 3.0]])
    y = torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]])
    return _fit(TwoLayerNetwork(3, 8, 5), lambda: (x, y))


@misconception("fit_sequence", hint="Ask it about a row that it has not seen. How many rows does it take to pin down a map?")
def a_few_rows_remembered():
    """Trains on three rows only, and a few rows leave the network free to do anything between and beyond them."""
    x = torch.tensor([[1.0, 2.0, 3.0], [2.0, 0.0, 1.0], [4.0, 5.0, 6.0]])
    y = torch.cat([x, x[:, 2:] + 1, x[:, 2:] + 2], dim=1)
    model = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 5))
    return _fit(model, lambda: (x, y))


@misconception("fit_sequence", hint="Which of a, b and c do the last two outputs continue?")
def continues_a_and_b():
    """Learns (a, b, c, a + 1, b + 2): the right numbers are added to the wrong ones."""

    def rows():
        x = torch.randint(-100, 101, (64, 3)).float()
        return x, torch.cat([x, x[:, :1] + 1, x[:, 1:2] + 2], dim=1)

    return _fit(_Scaled(nn.Linear(3, 5)), rows, lr=0.05)


@misconception("fit_sequence", hint="What can be trained in your module?")
def nothing_to_train():
    """Answers rightly, but has no parameter that could be trained: the rule stands in forward, or all are frozen."""

    class Rule(nn.Module):
        def forward(self, x):
            return torch.cat([x, x[:, 2:] + 1, x[:, 2:] + 2], dim=1)

    return Rule()


@misconception("fit_sequence", hint="Which numbers has it seen in training, and which ones does it meet here?")
def small_positive_numbers_only():
    """Trains a network with ReLU on numbers from 0 to 9. It has learnt nothing about negative and large ones."""
    model = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 5))
    return _fit(model, lambda: _rows(0, 9), steps=1000)


@misconception("fit_sequence", hint="How large is the loss when you stop, and which error does that leave in one output?")
def stops_too_early():
    """Stops while the outputs are still far more than 0.1 away."""
    return _fit(_Scaled(TwoLayerNetwork(3, 8, 5)), lambda: _rows(-100, 100), steps=50)


@misconception("fit_sequence", hint="What has changed in the network between making and returning it?")
def a_wide_network_untrained():
    """Returns a network that is wide enough, but has not been trained."""
    return nn.Sequential(nn.Linear(3, 16), nn.Linear(16, 5))


@misconception("fit_sequence", hint="Which form does one row have, and which form do many rows have?")
def answers_a_single_row_only():
    """Handles a single row, but joins the columns of a batch along the wrong dimension."""

    class Single(nn.Module):
        def __init__(self):
            super().__init__()
            self.step = nn.Parameter(torch.tensor([1.0, 2.0]))

        def forward(self, x):
            return torch.cat([x, x[-1] + self.step])

    return Single()


@misconception("fit_sequence", hint="What is asked for, a number or a network?")
def losses_returned():
    """Returns the list of losses, not the module."""
    model = _Scaled(nn.Linear(3, 5))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    return [train_step(model, *_rows(-100, 100), nn.MSELoss(), optimizer) for _ in range(100)]


# --- fit_ones ---------------------------------------------------------------------------------------------------


@misconception("fit_ones", hint="What does `backward` do with the gradients of the epoch before?")
def ones_without_resetting(seed, num_epochs=10):
    """Doesn't reset the gradients between epochs, so from the second one on they pile up."""
    torch.manual_seed(seed)
    y = torch.ones(10, 5)
    x = y + torch.randn_like(y)
    model = MultilayerPerceptron(5, 3)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    losses = []
    for _ in range(num_epochs):
        loss = F.binary_cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception("fit_ones", hint="Which state of the model does each loss belong to?")
def ones_after_the_update(seed, num_epochs=10):
    """Notes each loss after its update, so the first one of all is missing."""
    torch.manual_seed(seed)
    y = torch.ones(10, 5)
    x = y + torch.randn_like(y)
    model = MultilayerPerceptron(5, 3)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    losses = []
    for _ in range(num_epochs):
        train_step(model, x, y, nn.BCELoss(), optimizer)
        losses.append(F.binary_cross_entropy(model(x), y).item())
    return losses


@misconception("fit_ones", hint="What is the seed for?")
def ones_without_the_seed(seed, num_epochs=10):
    """Doesn't use the seed, so every run gives other losses."""
    y = torch.ones(10, 5)
    x = y + torch.randn_like(y)
    model = MultilayerPerceptron(5, 3)
    return train(model, x, y, nn.BCELoss(), torch.optim.Adam(model.parameters(), lr=0.1), num_epochs)


@misconception("fit_ones", hint="In which order are the random numbers drawn?")
def model_before_the_noise(seed, num_epochs=10):
    """Makes the model before the noise is drawn, so both get other random numbers."""
    torch.manual_seed(seed)
    model = MultilayerPerceptron(5, 3)
    y = torch.ones(10, 5)
    x = y + torch.randn_like(y)
    return train(model, x, y, nn.BCELoss(), torch.optim.Adam(model.parameters(), lr=0.1), num_epochs)


@misconception("fit_ones", hint="Where do the numbers come from that you return?")
def losses_made_up(seed, num_epochs=10):
    """Returns numbers that fall nicely, without training anything."""
    return [0.7 * 0.8**epoch for epoch in range(num_epochs)]


@misconception("fit_ones", hint="Which loss does the text name?")
def squared_errors_for_cross_entropy(seed, num_epochs=10):
    """Uses the mean squared error, where binary cross entropy is asked."""
    torch.manual_seed(seed)
    y = torch.ones(10, 5)
    x = y + torch.randn_like(y)
    model = MultilayerPerceptron(5, 3)
    return train(model, x, y, nn.MSELoss(), torch.optim.Adam(model.parameters(), lr=0.1), num_epochs)


@misconception("fit_ones", hint="Has what the model gives been through a sigmoid already?")
def sigmoid_once_more(seed, num_epochs=10):
    """Uses the loss that applies a sigmoid itself, on answers that have been through one already."""
    torch.manual_seed(seed)
    y = torch.ones(10, 5)
    x = y + torch.randn_like(y)
    model = MultilayerPerceptron(5, 3)
    return train(model, x, y, nn.BCEWithLogitsLoss(), torch.optim.Adam(model.parameters(), lr=0.1), num_epochs)


@misconception("fit_ones", hint="Which optimizer does the text name?")
def sgd_for_adam(seed, num_epochs=10):
    """Uses SGD, where Adam is asked."""
    torch.manual_seed(seed)
    y = torch.ones(10, 5)
    x = y + torch.randn_like(y)
    model = MultilayerPerceptron(5, 3)
    return train(model, x, y, nn.BCELoss(), torch.optim.SGD(model.parameters(), lr=0.1), num_epochs)


@misconception("fit_ones", hint="What is the learning rate if you don't say it?")
def default_rate(seed, num_epochs=10):
    """Leaves Adam its default rate of 0.001, where 0.1 is asked."""
    torch.manual_seed(seed)
    y = torch.ones(10, 5)
    x = y + torch.randn_like(y)
    model = MultilayerPerceptron(5, 3)
    return train(model, x, y, nn.BCELoss(), torch.optim.Adam(model.parameters()), num_epochs)


@misconception("fit_ones", hint="Which mean does the noise of `randn_like` have, and which one that of `rand_like`?")
def uniform_noise(seed, num_epochs=10):
    """Adds uniform noise between 0 and 1, where normal noise is asked."""
    torch.manual_seed(seed)
    y = torch.ones(10, 5)
    x = y + torch.rand_like(y)
    model = MultilayerPerceptron(5, 3)
    return train(model, x, y, nn.BCELoss(), torch.optim.Adam(model.parameters(), lr=0.1), num_epochs)


@misconception("fit_ones", hint="How many losses are asked for if num_epochs is 3?")
def always_ten_epochs(seed, num_epochs=10):
    """Always runs ten epochs, whatever num_epochs says."""
    torch.manual_seed(seed)
    y = torch.ones(10, 5)
    x = y + torch.randn_like(y)
    model = MultilayerPerceptron(5, 3)
    return train(model, x, y, nn.BCELoss(), torch.optim.Adam(model.parameters(), lr=0.1), 10)


@misconception("fit_ones", hint="How wide is the middle of the network that the text names?")
def sizes_the_other_way_round(seed, num_epochs=10):
    """Makes the perceptron five wide in the middle as well, where three were asked."""
    torch.manual_seed(seed)
    y = torch.ones(10, 5)
    x = y + torch.randn_like(y)
    model = MultilayerPerceptron(5, 5)
    return train(model, x, y, nn.BCELoss(), torch.optim.Adam(model.parameters(), lr=0.1), num_epochs)


@misconception("fit_ones", hint="Which tensor does the model get to see?")
def noise_left_out(seed, num_epochs=10):
    """Trains on the ones themselves, so the noise that was drawn is never used."""
    torch.manual_seed(seed)
    y = torch.ones(10, 5)
    x = y + torch.randn_like(y)
    model = MultilayerPerceptron(5, 3)
    return train(model, y, y, nn.BCELoss(), torch.optim.Adam(model.parameters(), lr=0.1), num_epochs)


# --- right on the CPU only ------------------------------------------------------------------------------------


@misconception("linear", hint="Where is the result that you fill row by row?", device=True)
def outputs_collected_on_the_cpu(x, weight, bias=None):
    """Fills a result that was made on the CPU, wherever x and the weight are."""
    rows = x.reshape(-1, x.shape[-1])
    out = torch.zeros(len(rows), len(weight), dtype=x.dtype)
    for i in range(len(rows)):
        for j in range(len(weight)):
            out[i, j] = rows[i] @ weight[j]
            if bias is not None:
                out[i, j] += bias[j]
    return out.reshape(*x.shape[:-1], len(weight))


@misconception("linear", hint="Which bias do you add where none was given, and where is it?", device=True)
def missing_bias_as_cpu_zeros(x, weight, bias=None):
    """Takes zeros for a bias that was not given, and makes them on the CPU."""
    if bias is None:
        bias = torch.zeros(len(weight), dtype=x.dtype)
    return x @ weight.T + bias


@misconception("sigmoid", hint="On which device is the tensor of ones?", device=True)
def ones_on_the_cpu(z):
    """Divides ones that were made on the CPU."""
    small = torch.exp(-z.abs())
    ones = torch.ones(z.shape, dtype=z.dtype)
    return torch.where(z >= 0, ones, small) / (1 + small)


@misconception("sigmoid", hint="Every `.item()` leaves the device. What brings the numbers back?", device=True)
def one_number_after_another(z):
    """Works each element out as a Python number and makes a new tensor of them, on the CPU."""

    def one(value):
        if value >= 0:
            return 1 / (1 + math.exp(-value))
        return math.exp(value) / (1 + math.exp(value))

    values = [one(value.item()) for value in z.reshape(-1)]
    return torch.tensor(values, dtype=z.dtype).reshape(z.shape)


@misconception("TwoLayerNetwork", hint="Which of a module's tensors does .to(device) move?", device=True)
class ScaleIsNotABuffer(nn.Module):
    """Keeps a tensor as a plain attribute: .to(device) moves parameters and buffers, and nothing else."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.first = nn.Linear(d_in, d_hidden)
        self.second = nn.Linear(d_hidden, d_out)
        self.scale = torch.ones(d_hidden)

    def forward(self, x):
        return self.second(self.first(x) * self.scale)


@misconception("TwoLayerNetwork", hint="Who decides where the input of forward is?", device=True)
class InputMovedToTheCpu(nn.Module):
    """Moves its input to the CPU in forward, while its layers may have been moved elsewhere."""

    def __init__(self, d_in=3, d_hidden=2, d_out=5):
        super().__init__()
        self.first = nn.Linear(d_in, d_hidden)
        self.second = nn.Linear(d_hidden, d_out)

    def forward(self, x):
        x = x.to("cpu")
        return self.second(self.first(x))


@misconception("MultilayerPerceptron", hint="torch.max compares with what, and where is it?", device=True)
class ReluAgainstCpuZeros(nn.Module):
    """Compares with zeros that forward makes on the CPU."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden = nn.Linear(input_size, hidden_size)
        self.output = nn.Linear(hidden_size, input_size)

    def forward(self, x):
        hidden = self.hidden(x)
        zeros = torch.zeros(hidden.shape)
        return torch.sigmoid(self.output(torch.maximum(hidden, zeros)))


@misconception("MultilayerPerceptron", hint="What is torch.tensor([...]) in forward, and where?", device=True)
class ConstantInForward(nn.Module):
    """Makes a constant in forward with torch.tensor, which puts it on the CPU."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden = nn.Linear(input_size, hidden_size)
        self.output = nn.Linear(hidden_size, input_size)

    def forward(self, x):
        one = torch.tensor([1.0])
        hidden = torch.relu(self.hidden(x))
        return one / (one + torch.exp(-self.output(hidden)))


@misconception("train_step", hint="Is the target where the prediction is?", device=True)
def target_moved_to_the_cpu(model, x, y, loss_fn, optimizer):
    """Moves the target to the CPU, where the prediction need not be."""
    optimizer.zero_grad()
    loss = loss_fn(model(x), y.cpu())
    loss.backward()
    optimizer.step()
    return loss.item()


@misconception("train", hint="What does torch.Tensor(list) make, and where?", device=True)
def data_made_anew_on_the_cpu(model, x, y, loss_fn, optimizer, num_epochs):
    """Makes new tensors of the numbers of x and y, on the CPU, while the model is elsewhere."""
    x, y = torch.Tensor(x.tolist()), torch.Tensor(y.tolist())
    losses = []
    for _ in range(num_epochs):
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@misconception("train_minibatches", hint="Where is the tensor in which you add the losses up?", device=True)
def losses_added_up_on_the_cpu(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Adds the losses up in a one-element tensor that was made on the CPU."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        total = torch.zeros(1)
        for rows in torch.randperm(len(x)).split(batch_size):
            optimizer.zero_grad()
            loss = loss_fn(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            total += loss.detach().reshape(1) * len(rows)
        losses.append(total.item() / len(x))
    return losses


@misconception("train_minibatches", hint="Which generator draws the order on a GPU?", device=True)
def order_drawn_where_the_rows_are(model, x, y, loss_fn, optimizer, num_epochs, batch_size, seed):
    """Draws each epoch's order on the device of the rows, whose generator gives other numbers than the CPU's."""
    torch.manual_seed(seed)
    losses = []
    for _ in range(num_epochs):
        total = 0.0
        for rows in torch.split(torch.randperm(len(x), device=x.device), batch_size):
            total += train_step(model, x[rows], y[rows], loss_fn, optimizer) * len(rows)
        losses.append(total / len(x))
    return losses
