"""The border: a zygote and its workers, and the frames that cross."""
