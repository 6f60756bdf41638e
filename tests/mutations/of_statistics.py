"""Faults of the statistics: clusters forgotten, bounds swapped, denominators wrong."""

from mutations.mutation import Mutation

_INTERVALS = ("tests/statistics/test_intervals.py",)
_CLUSTERS = ("tests/statistics/test_clusters.py",)
_BIAS = ("tests/statistics/test_bias.py",)
_SURVIVAL = ("tests/statistics/test_survival.py",)
_SHRINKAGE = ("tests/statistics/test_shrinkage.py",)
_DIVERGENCE = ("tests/statistics/test_divergence.py",)
_ESCALATION = ("tests/statistics/test_escalation.py",)
_STALE = ("tests/statistics/test_stale_maps.py",)
_CODING = ("tests/statistics/test_divergence_coding.py",)
_PARTS = ("tests/statistics/test_decomposition.py",)
_STEP = ("tests/statistics/test_change_point.py",)
_WORDS = ("tests/analyses/test_segment_words.py",)
_POWER = ("tests/statistics/test_smallest_change.py",)

MUTATIONS = (
    Mutation(
        "a cell that is empty on one side has the mean 0 there",
        "pipelines/statistics/decomposition.py",
        "np.nan_to_num(np.where(np.isnan(first), second, first))",
        "np.nan_to_num(first)",
        _PARTS,
    ),
    Mutation(
        "the bootstrap draws contacts rather than customers' groups: more customers than groups are all in one",
        "pipelines/statistics/decomposition.py",
        "(customers % np.uint64(MOST_CLUSTERS))",
        "(customers % np.uint64(20))",
        _PARTS,
    ),
    Mutation(
        "weeks that differ for reasons of their own are taken for a step",
        "pipelines/statistics/change_point.py",
        "noise = max(residual, _clustered(n, y, mean, best + 1, within))",
        "noise = _clustered(n, y, mean, best + 1, within)",
        _STEP,
    ),
    Mutation(
        "a customer who says a word ten times is ten customers",
        "pipelines/analyses/segment_words.py",
        """own.select("period", "customer", "word")
        .unique()
""",
        """own.select("period", "customer", "word")
""",
        _WORDS,
    ),
    Mutation(
        "customers who repeat do not widen the interval of a rate",
        "pipelines/statistics/intervals.py",
        "return wilson_at(successes / n, n / deff, _normal_quantile(level))",
        "return wilson_at(successes / n, n, _normal_quantile(level))",
        _INTERVALS,
    ),
    Mutation(
        "the upper bound of a count of events is that of one event fewer",
        "pipelines/statistics/intervals.py",
        "2 * events + 2",
        "2 * events",
        _INTERVALS,
    ),
    Mutation(
        "a gap between two judgements has the variance of independent rows",
        "pipelines/statistics/intervals.py",
        "math.sqrt(max(0.0, (b + c) - (b - c) ** 2 / m)) / m",
        "math.sqrt(max(0.0, (b + c))) / m",
        _INTERVALS,
    ),
    Mutation(
        "exactly as many contacts as a rate needs are too few",
        "pipelines/statistics/intervals.py",
        "    if n < min_n:\n",
        "    if n <= min_n:\n",
        _INTERVALS,
    ),
    Mutation(
        "the clustered variance lacks its factor for few customers",
        "pipelines/statistics/clusters.py",
        "np.sqrt(c / (c - 1) * np.square(spread).sum())",
        "np.sqrt(np.square(spread).sum())",
        _CLUSTERS,
    ),
    Mutation(
        "all unknown customers are one",
        "pipelines/statistics/clusters.py",
        "dense[unknown] = number + np.arange(int(unknown.sum()))",
        "dense[unknown] = number",
        _CLUSTERS,
    ),
    Mutation(
        "a design effect may narrow an interval",
        "pipelines/statistics/clusters.py",
        "estimated = max(1.0, spread * clusters / (clusters - 1) / variance)",
        "estimated = spread * clusters / (clusters - 1) / variance",
        _CLUSTERS,
    ),
    Mutation(
        "overconfidence has the sign of underconfidence",
        "pipelines/statistics/bias.py",
        "middle = means.confidence - means.accuracy",
        "middle = means.accuracy - means.confidence",
        _BIAS,
    ),
    Mutation(
        "the correlation of confidence and accuracy is added, not taken off",
        "pipelines/statistics/bias.py",
        "a * a + b * b - 2 * rho * a * b",
        "a * a + b * b + 2 * rho * a * b",
        _BIAS,
    ),
    Mutation(
        "p-values are not adjusted for how many there are",
        "pipelines/statistics/bias.py",
        "iter(false_discovery_control(known).tolist() if known else [])",
        "iter(known)",
        _BIAS,
    ),
    Mutation(
        "a confidence of a twentieth falls into the bar below its own",
        "pipelines/statistics/reliability.py",
        "counts.confidence * HISTOGRAM_BARS + 1e-9",
        "counts.confidence * HISTOGRAM_BARS - 1e-9",
        ("tests/statistics/test_reliability.py",),
    ),
    Mutation(
        "a repeat on the last day of the follow-up is lost",
        "pipelines/statistics/survival.py",
        "is_event = has & (day <= cut)",
        "is_event = has & (day < cut)",
        _SURVIVAL,
    ),
    Mutation(
        "customers who repeat do not widen the interval of a curve",
        "pipelines/statistics/survival.py",
        "np.maximum(greenwood, (c - 1) / c * total)",
        "greenwood",
        _SURVIVAL,
    ),
    Mutation(
        "the weight of a group is that of the prior",
        "pipelines/statistics/shrinkage.py",
        "return _Posterior(whole, total, weight @ (n / (n + m)), prior)",
        "return _Posterior(whole, total, weight @ (m / (n + m)), prior)",
        _SHRINKAGE,
    ),
    Mutation(
        "how much groups differ is taken as known in the interval of a shrunk rate",
        "pipelines/statistics/shrinkage.py",
        "weight = np.exp(log_weight - log_weight.max())",
        "weight = np.where(log_weight == log_weight.max(), 1.0, 0.0)",
        _SHRINKAGE,
    ),
    Mutation(
        "small groups are drawn to what is usual for large ones",
        "pipelines/statistics/shrinkage.py",
        "z = np.where(filled, size - average, 0.0)",
        "z = np.zeros(len(n))",
        _SHRINKAGE,
    ),
    Mutation(
        "a day on which a handful is left has a probability",
        "pipelines/statistics/survival.py",
        "(at_risk < min_at_risk) & ~complete",
        "(at_risk < 1) & ~complete",
        _SURVIVAL,
    ),
    Mutation(
        "the band of a calibrated model takes a customer's claims as independent",
        "pipelines/statistics/reliability.py",
        "together.draws(rng, replicates) * (drawn / size)",
        "0 * together.draws(rng, replicates) * (drawn / size)",
        ("tests/statistics/test_reliability.py",),
    ),
    Mutation(
        "the noise of clustered claims stays in the calibration error",
        "pipelines/statistics/calibration.py",
        "noise = deff * right * (1 - right) / (size - 1)",
        "noise = right * (1 - right) / (size - 1)",
        ("tests/statistics/test_calibration.py",),
    ),
    Mutation(
        "the worst rate has the last rank",
        "pipelines/statistics/shrinkage.py",
        "rankdata(-np.round(per * found.mean, 12)",
        "rankdata(np.round(per * found.mean, 12)",
        _SHRINKAGE,
    ),
    Mutation(
        "a proxy or an outcome is enough for a divergence",
        "pipelines/statistics/divergence_verdict.py",
        "np.maximum(smallest[0], smallest[1])",
        "np.minimum(smallest[0], smallest[1])",
        _DIVERGENCE,
    ),
    Mutation(
        "enough contacts in one period are enough",
        "pipelines/statistics/divergence_verdict.py",
        "np.minimum(change.n_baseline, change.n_period) >= max(1, min_n)",
        "np.maximum(change.n_baseline, change.n_period) >= max(1, min_n)",
        _DIVERGENCE,
    ),
    Mutation(
        "an event at the last instant keeps no promise",
        "pipelines/statistics/matching.py",
        "(at <= choosers.last[one])",
        "(at < choosers.last[one])",
        (
            "tests/statistics/test_matching.py",
            "tests/reference/test_matching_of_crowds.py",
            "tests/analyses/test_promises.py",
        ),
    ),
    Mutation(
        "a slice is read as if its customers came once",
        "pipelines/statistics/slices.py",
        "return 1 + correlation * (squares / n - 1) if n else 1.0",
        "return 1.0",
        ("tests/statistics/test_slices.py",),
    ),
    Mutation(
        "rare events of few heavy customers are read by the correlation alone",
        "pipelines/statistics/slices.py",
        "return max(deff, clustered.deff)",
        "return deff",
        ("tests/statistics/test_slices.py",),
    ),
    Mutation(
        "in a cut by two dimensions a customer may have more contacts than in each",
        "pipelines/statistics/slices.py",
        "most = min(most, squares, n * largest)",
        "most = min(most, squares)",
        ("tests/statistics/test_slices.py", "tests/dashboards/snapshot/test_filters.py"),
    ),
    Mutation(
        "claims that were handed off and have no label are right at worst",
        "pipelines/statistics/policy_costs.py",
        "np.where(bare, 0.0, self.correct)]",
        "np.where(bare, 1.0, self.correct)]",
        _ESCALATION,
    ),
    Mutation(
        "a threshold is recommended whose saving may be chance",
        "pipelines/statistics/escalation.py",
        "if self.regret.lower > 0:",
        "if self.regret.value > 0:",
        _ESCALATION,
    ),
    Mutation(
        "a map is withdrawn only where the whole later period is harmed",
        "pipelines/statistics/stale_maps.py",
        "month.upper is not None and month.upper < 0",
        "False",
        _STALE,
    ),
    Mutation(
        "the issue that a recoded one went into stays in the second test",
        "pipelines/statistics/divergence_coding.py",
        "found[order[:number]] |= against[order[:number]] > 0",
        "pass",
        _CODING,
    ),
    Mutation(
        "the smallest change that would be found is found in half of all cases",
        "pipelines/statistics/divergence_power.py",
        "critical * testing + each * own_error, least",
        "critical * testing, least",
        _POWER,
    ),
)
