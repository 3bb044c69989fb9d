"""The paper's experiments again, with baselines on the same rows: ``make paper``."""
