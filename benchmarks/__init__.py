"""This room is for what things cost: every figure stands beside a baseline measured in the same run."""
