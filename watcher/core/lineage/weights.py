"""What each feature weighs, as learned on simulated newsrooms (benchmarks/lineage_fit.py)."""

from __future__ import annotations

# In the order of features.PAIR and features.NONE.
PAIR = (
    -0.22, -1.29, 0.30, -1.50, -2.24, 0.43, -1.04, 0.40,
    -1.14, 4.15, 1.25, 0.26, 0.00, 0.98, 0.91,
)  # fmt: skip
NONE = (-0.27, -0.93, -0.89, -0.61, 1.39, 0.00, 1.95)
