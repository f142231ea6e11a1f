"""What each feature weighs, as learned on simulated newsrooms (benchmarks/lineage_fit.py)."""

from __future__ import annotations

# In the order of features.PAIR and features.NONE.
PAIR = (
    -0.29, -1.18, 0.31, -1.48, -2.19, 0.53, -1.13, 0.42,
    -0.96, 4.79, 1.89, 0.20, 0.00, 0.99, 1.35,
)  # fmt: skip
NONE = (0.22, -0.52, -0.93, -0.63, 1.70, 0.00, 2.19)
