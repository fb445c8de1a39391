"""The untrusted side: the only folder in which a line of a submission runs."""
