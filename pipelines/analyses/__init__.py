"""From the rows of ``sql/analysis_inputs`` to the published tables of statistics: one module a question, frames in, frames out.

Belongs here: which groups are looked at, over which days, and with which labels. Does not belong here: formulas
(``pipelines.statistics``), SQL, Dagster, files, words for people (``dashboards.wording``), or how anything is drawn.

- ``early_read``      repeat_survival (M4)
- ``calibration``     calibration_summary, calibration_curve, confidence_histogram; ``recalibration`` likewise (M9)
- ``escalation``      escalation_cost, escalation_policy (M10)
- ``client_terms``    client_terms, client_terms_curve (M7)
- ``divergence``      segment_divergence (M16)
- ``validity``        proxy_validity (M17)
- ``small_segments``  small_segments (M18)
- ``handoffs``        handoff_rates (M11)
- ``promises``        promise_rates, and which event keeps which promise (M12)
- ``suggestions``     suggestion_reliance (M13)
- ``modes``           mode_outcomes (M14)
- ``failed_containment`` stuck (M19)
- ``compared``        outcomes_compared (M11, M12, M13, M19)
- ``reviews``         flag_precision (M15), review_accuracy (M9)

``groups`` and ``rates`` serve them all.

The same rows in any order give the same tables.
"""
