"""From labelled pages to the referee's two passes of trees, by LightGBM."""

from __future__ import annotations

import importlib
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from archive.extract.referee import model as referee
from archive.extract.referee.features import SCALE, Table
from scripts.training.examples import Example

Tree = Any
"""As ``archive.extract.referee.model`` keeps it."""

SEED = 0
"""Of folds, trees and draws, wherever nobody asks for another one."""
TREES, LEAVES, DEPTH, RATE, LEAST_IN_LEAF, INNER_FOLDS = 60, 12, 5, 0.12, 20, 4


def fit(pages: Sequence[Example], seed: int) -> referee.Model:
    """A model of these pages."""
    return referee.Model(*passes(pages, seed))


def passes(pages: Sequence[Example], seed: int) -> tuple[list[Tree], list[Tree]]:
    """The trees of both passes; the second learns from what the first says of pages it did not see."""
    first = _trees([e.features for e in pages], pages, seed)
    fold = folds(pages, INNER_FOLDS, seed + 1)
    second: list[Table] = []
    judges = {
        k: referee.Trees(_trees([e.features for e in kept], kept, seed))
        for k in range(INNER_FOLDS)
        if (kept := [e for e, f in zip(pages, fold, strict=True) if f != k])
    }
    for page, k in zip(pages, fold, strict=True):
        said = judges[k].probabilities(page.features)
        second.append(referee.with_first(page.features, said))
    return first, _trees(second, pages, seed)


def folds(pages: Sequence[Example], count: int, seed: int) -> list[int]:
    """The fold of each page; groups stay whole."""
    names = sorted({e.group for e in pages})
    random.Random(seed).shuffle(names)
    number = {name: i % count for i, name in enumerate(names)}
    return [number[e.group] for e in pages]


def _trees(features: Sequence[Table], pages: Sequence[Example], seed: int) -> list[Tree]:
    lightgbm = importlib.import_module("lightgbm")
    weights = np.concatenate([e.weights for e in pages])
    counted = weights > 0
    data = lightgbm.Dataset(
        np.concatenate(list(features))[counted].astype(np.float64),
        np.concatenate([e.text for e in pages])[counted].astype(np.float64),
        weight=weights[counted],
    )
    options = {
        "objective": "binary",
        "learning_rate": RATE,
        "num_leaves": LEAVES,
        "max_depth": DEPTH,
        "min_data_in_leaf": LEAST_IN_LEAF,
        "feature_fraction": 0.6,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "verbosity": -1,
        "num_threads": 1,
        "deterministic": True,
        "force_col_wise": True,
        "seed": seed,
    }
    dumped = lightgbm.train(options, data, TREES).dump_model()
    return [_whole(tree["tree_structure"]) for tree in dumped["tree_info"]]


def _whole(node: dict[str, Any]) -> Tree:
    """A tree in whole numbers: features are whole, so a threshold may be rounded down."""
    if "leaf_value" in node:
        return round(node["leaf_value"] * SCALE)
    low, high = _whole(node["left_child"]), _whole(node["right_child"])
    return [node["split_feature"], int(np.floor(node["threshold"])), low, high]
