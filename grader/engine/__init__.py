"""The trusted side: answer keys, verdicts, counterexamples, diagnoses, scores."""
